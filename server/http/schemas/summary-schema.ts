import { z } from "zod";
import type { FleetSummary } from "../../contract/status.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, verdictSchema } from "./scalars.ts";

/** Counts and one sentence about the whole fleet. */
export const fleetSummarySchema = exactSchema<FleetSummary>()(
  z
    .object({
      servers: countSchema,
      verdicts: z.record(verdictSchema, countSchema).describe("Servers by verdict."),
      confirmed: countSchema.describe("Mismatches that are confirmed and not expected."),
      suspected: countSchema,
      settling: countSchema,
      canBeFalselyUp: countSchema.describe("Servers whose check cannot detect a failing application."),
      instances: countSchema,
      instancesFailing: countSchema,
      sentence: z.string().describe("The summary as one sentence."),
    })
    .meta({ id: "Summary", description: "Counts over the whole fleet." }),
);
