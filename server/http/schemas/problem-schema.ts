import { z } from "zod";
import type { ProblemDetails } from "../../access/problem-details.ts";
import { exactSchema } from "./exact-schema.ts";

/** RFC 9457 problem details: the body of every error. */
export const problemSchema = exactSchema<ProblemDetails>()(
  z
    .object({
      type: z.literal("about:blank"),
      title: z.string().describe("The status in words."),
      status: z.int(),
      detail: z.string().describe("A sentence about this request."),
    })
    .meta({ id: "Problem", description: "RFC 9457 problem details: the body of every error." }),
);
