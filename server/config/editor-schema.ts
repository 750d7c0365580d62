import { z } from "zod";

/** The JSON Schema of a value as it is written in the file. `${NAME}` may stand for any text, since only haprobe knows what it holds. */
export function editorSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...form } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => admitVariables(jsonSchema),
  });
  return form;
}

const VARIABLE = "\\$\\{";

function admitVariables(schema: z.core.JSONSchema.BaseSchema): void {
  if (typeof schema.pattern === "string" && !schema.pattern.endsWith(VARIABLE)) schema.pattern += `|${VARIABLE}`;
  // Several patterns of one text.
  for (const part of schema.allOf ?? []) admitVariables(part);
  if (schema.enum === undefined) return;
  schema.anyOf = [{ enum: schema.enum }, { type: "string", pattern: VARIABLE }];
  delete schema.enum;
  delete schema.type;
}
