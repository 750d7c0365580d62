import { z } from "zod";
import type { ZodOpenApiResponseObject } from "zod-openapi";
import { PROBLEM_CONTENT_TYPE } from "../../access/problem-details.ts";
import { problemSchema } from "../schemas/problem-schema.ts";

/** Path of a server. */
export const serverPath = z.object({
  instance: z.string().meta({ param: { example: "lb-1" } }),
  backend: z.string().meta({ description: "Percent-encoded: `a/b` is `a%2Fb`.", param: { example: "k8s-api" } }),
  server: z.string().meta({ param: { example: "cp-2" } }),
});

/** A JSON body with an example. */
export function json(description: string, schema: z.ZodType, example: unknown): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema, example } } };
}

/** A body of plain text. */
export function text(description: string): ZodOpenApiResponseObject {
  return { description, content: { "text/plain": { schema: z.string() } } };
}

/** A problem of RFC 9457. */
export function problemResponse(description: string, example?: unknown): ZodOpenApiResponseObject {
  const media = { schema: problemSchema, ...(example === undefined ? {} : { example }) };
  return { description, content: { [PROBLEM_CONTENT_TYPE]: media } };
}
