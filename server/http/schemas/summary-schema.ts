import { z } from "zod";
import type { FleetSummary } from "../../contract/status.ts";
import { exactly } from "./exactly.ts";
import { count, verdict } from "./words.ts";

/** Counts and the one sentence over everything. */
export const fleetSummary = exactly<FleetSummary>()(
  z
    .object({
      servers: count,
      verdicts: z.record(verdict, count).describe("Servers by verdict."),
      confirmed: count.describe("Mismatches that are confirmed and not expected."),
      suspected: count,
      settling: count,
      canBeFalselyUp: count.describe("Servers whose check could not notice a sick application."),
      instances: count,
      instancesFailing: count,
      sentence: z.string().describe("All of it in one sentence."),
    })
    .meta({ id: "Summary", description: "Counts over the whole fleet." }),
);
