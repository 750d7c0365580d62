import { z } from "zod";
import type { FleetSummary } from "../../contract/status.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, verdictSchema } from "./scalars.ts";

/** Counts and the one sentence over everything. */
export const fleetSummarySchema = exactSchema<FleetSummary>()(
  z
    .object({
      servers: countSchema,
      verdicts: z.record(verdictSchema, countSchema).describe("Servers by verdict."),
      confirmed: countSchema.describe("Mismatches that are confirmed and not expected."),
      suspected: countSchema,
      settling: countSchema,
      canBeFalselyUp: countSchema.describe("Servers whose check could not notice a sick application."),
      instances: countSchema,
      instancesFailing: countSchema,
      sentence: z.string().describe("All of it in one sentence."),
    })
    .meta({ id: "Summary", description: "Counts over the whole fleet." }),
);
