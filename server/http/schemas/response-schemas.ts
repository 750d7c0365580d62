import { z } from "zod";
import { findingSchema } from "./finding-schema.ts";
import { incidentSchema } from "./incident-schema.ts";
import { instanceStatusSchema } from "./instance-schema.ts";
import { positionFields, snapshotSchema } from "./stream-schema.ts";
import { fleetSummarySchema } from "./summary-schema.ts";
import { timestampSchema } from "./scalars.ts";
import { vantageReportSchema } from "./vantage-schema.ts";

const next = z.string().nullable().describe("Cursor of the next page; null on the last one.");

/** Body of `/api/v1/servers`. */
export const serversResponseSchema = z.object({ ...snapshotSchema.shape, next }).meta({ id: "ServersAnswer" });

/** Body of `/api/v1/instances`. */
export const instancesResponseSchema = z
  .object({ ...positionFields, instances: z.array(instanceStatusSchema), next })
  .meta({ id: "InstancesAnswer" });

/** Body of `/api/v1/vantages`. */
export const vantagesResponseSchema = z
  .object({ version: positionFields.version, vantages: z.array(vantageReportSchema), next })
  .meta({ id: "VantagesAnswer" });

/** Body of `/api/v1/findings`. */
export const findingsResponseSchema = z
  .object({ version: positionFields.version, findings: z.array(findingSchema).describe("Worst first."), next })
  .meta({ id: "FindingsAnswer" });

/** Body of `/api/v1/incidents`. */
export const incidentsResponseSchema = z
  .object({
    version: positionFields.version,
    incidents: z.array(incidentSchema).describe("Newest first."),
    next,
    complete: z.boolean().describe("False while the store cannot be read, so that older ones may be missing."),
  })
  .meta({ id: "IncidentsAnswer" });

/** Body of `/api/v1/status`. */
export const statusResponseSchema = z
  .object({
    ...positionFields,
    haprobe: z.string().describe("Version of the program."),
    node: z.string().describe("Version of its runtime."),
    vantage: z.string().describe("The vantage of its probes."),
    startedAt: timestampSchema,
    ready: z.boolean(),
    notReady: z.array(z.string()).describe("Reasons why it is not ready."),
    remarks: z.array(z.string()).describe("Remarks that do not affect readiness, such as an unreachable HAProxy."),
    tried: z
      .array(z.object({ stats: z.string(), result: z.string() }))
      .describe("While no HAProxy is polled: the default addresses of the stats, and what is there."),
    summary: fleetSummarySchema,
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .describe("Settings that are no secret."),
  })
  .meta({ id: "StatusAnswer" });

/** The inferred type with `readonly` at every level. */
type ReadonlyDeep<T> = T extends object ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> } : T;

export type InstancesResponse = ReadonlyDeep<z.output<typeof instancesResponseSchema>>;
export type VantagesResponse = ReadonlyDeep<z.output<typeof vantagesResponseSchema>>;
export type FindingsResponse = ReadonlyDeep<z.output<typeof findingsResponseSchema>>;
export type StatusResponse = ReadonlyDeep<z.output<typeof statusResponseSchema>>;
