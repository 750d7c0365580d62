import type { Request, Response } from "express";
import type { z } from "zod";
import { sendProblem } from "./problems.ts";
import type { Route } from "./route.ts";

/** A handler that gets the JSON body parsed by `schema`; 400 where it does not fit. */
export function withBody<S extends z.ZodObject>(
  schema: S,
  handle: (body: z.output<S>, request: Request, response: Response) => unknown,
): Route["handle"] {
  return (request, response) => {
    const parsed = schema.safeParse(request.body ?? {});
    if (parsed.success) return handle(parsed.data, request, response);
    const [issue] = parsed.error.issues;
    const detail =
      issue?.code === "unrecognized_keys"
        ? `${issue.keys[0]} is not a field; those are ${Object.keys(schema.shape).join(", ")}.`
        : `${issue?.path.join(".") || "The body"}: ${issue?.message}.`;
    return sendProblem(response, 400, detail);
  };
}
