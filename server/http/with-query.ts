import type { Request, Response } from "express";
import { z } from "zod";
import { sendProblem } from "./problems.ts";
import type { Route } from "./route.ts";

/** A handler that gets the parameters parsed by `schema`; 400 where they do not fit. Only an array may be repeated. */
export function withQuery<S extends z.ZodObject>(
  schema: S,
  handle: (query: z.output<S>, request: Request, response: Response) => unknown,
): Route["handle"] {
  return (request, response) => {
    // The app's query parser makes URLSearchParams, for which express has no type.
    const parsed = parseQuery(schema, request.query as unknown as URLSearchParams);
    return parsed.kind === "bad" ? sendProblem(response, 400, parsed.detail) : handle(parsed.query, request, response);
  };
}

type ParsedQuery<T> = { readonly kind: "query"; readonly query: T } | { readonly kind: "bad"; readonly detail: string };

function parseQuery<S extends z.ZodObject>(schema: S, parameters: URLSearchParams): ParsedQuery<z.output<S>> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of parameters) {
    const before = values.get(name);
    if (Array.isArray(before)) before.push(value);
    else if (before !== undefined) return { kind: "bad", detail: `${name} is given twice.` };
    else values.set(name, isRepeatable(schema.shape[name]) ? [value] : value);
  }
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (parsed.success) return { kind: "query", query: parsed.data };
  const [issue] = parsed.error.issues;
  const detail =
    issue?.code === "unrecognized_keys"
      ? `${issue.keys[0]} is not a parameter; those are ${Object.keys(schema.shape).join(", ")}.`
      : `${String(issue?.path[0])}: ${issue?.message}.`;
  return { kind: "bad", detail };
}

function isRepeatable(schema: z.core.$ZodType | undefined): boolean {
  return schema instanceof z.ZodOptional && schema.unwrap() instanceof z.ZodArray;
}
