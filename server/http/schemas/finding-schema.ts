import { z } from "zod";
import { FINDING_CODES, type Finding } from "../../contract/finding.ts";
import { exactSchema } from "./exact-schema.ts";
import { timestampSchema } from "./scalars.ts";

/** A configuration problem with its cure. */
export const findingSchema = exactSchema<Finding>()(
  z
    .object({
      id: z.string().describe("Stays the same while the finding lasts."),
      code: z.enum(FINDING_CODES),
      subject: z
        .object({ instance: z.string().nullable(), backend: z.string().nullable(), server: z.string().nullable() })
        .describe("An instance, one of its backends, one server of that; all null for haprobe itself."),
      sentence: z.string(),
      advice: z.string().describe("What to do, with lines to paste where there are any."),
      since: timestampSchema,
      vantages: z
        .array(z.object({ site: z.string(), vantage: z.string() }))
        .describe("On a hub with other vantages, those that report it; empty where it is this haprobe's own."),
    })
    .meta({ id: "Finding", description: "A configuration problem with its cure." }),
);
