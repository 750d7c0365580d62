import { z } from "zod";
import type { VantageReport } from "../../contract/vantage.ts";
import { exactSchema } from "./exact-schema.ts";
import { countSchema, timestampSchema } from "./scalars.ts";

/** One vantage that reports to a hub. */
export const vantageReportSchema = exactSchema<VantageReport>()(
  z
    .object({
      site: z.string(),
      vantage: z.string(),
      own: z.boolean().describe("It is the hub itself."),
      state: z.enum(["ok", "silent", "blind"]).describe("`silent`: not heard for three heartbeats."),
      version: z.string().nullable().describe("Of haprobe there; null before its first heartbeat."),
      heardAt: timestampSchema.describe("When it was heard last."),
      skewMs: z.number().describe("How far its clock was ahead of the database's then."),
      seq: countSchema.describe("Number of its newest event that is applied."),
      behind: countSchema
        .nullable()
        .describe("Events that waited in its spool when it was heard; null where it writes to the database itself."),
      instances: z.array(z.string()).describe("The HAProxies that it polls."),
    })
    .meta({ id: "Vantage", description: "A vantage that reports to a hub." }),
);
