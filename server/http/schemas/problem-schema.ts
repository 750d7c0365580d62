import { z } from "zod";
import type { Problem } from "../../access/problem.ts";
import { exactly } from "./exactly.ts";

/** RFC 9457 problem details: the body of every error. */
export const problemDetails = exactly<Problem>()(
  z
    .object({
      type: z.literal("about:blank"),
      title: z.string().describe("The status in words."),
      status: z.int(),
      detail: z.string().describe("A sentence about this very request."),
    })
    .meta({ id: "Problem", description: "RFC 9457 problem details: the body of every error." }),
);
