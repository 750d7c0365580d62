import { z } from "zod";
import { finding } from "./finding-schema.ts";
import { incident } from "./incident-schema.ts";
import { instanceStatus } from "./instance-schema.ts";
import { position, snapshotMessage } from "./stream-schema.ts";
import { fleetSummary } from "./summary-schema.ts";
import { instant } from "./words.ts";

const next = z.string().nullable().describe("Cursor of the next page; null on the last one.");

/** Body of `/api/v1/servers`. */
export const serversAnswer = z.object({ ...snapshotMessage.shape, next }).meta({ id: "ServersAnswer" });

/** Body of `/api/v1/servers?form=columns`. */
export const serversInColumns = z
  .object({
    type: snapshotMessage.shape.type,
    ...position,
    rows: z.int().min(0).describe("How many servers there are."),
    columns: z
      .record(z.string(), z.union([z.array(z.unknown()), z.object({ all: z.unknown() })]))
      .describe(
        "Each field of a server, `verdict` or `haproxy.status`: its values in the order of the servers, or `all` where it is the same for each.",
      ),
    instances: snapshotMessage.shape.instances,
    summary: snapshotMessage.shape.summary,
    next,
  })
  .meta({ id: "ServersInColumns" });

/** Body of `/api/v1/instances`. */
export const instancesAnswer = z
  .object({ ...position, instances: z.array(instanceStatus), next })
  .meta({ id: "InstancesAnswer" });

/** Body of `/api/v1/findings`. */
export const findingsAnswer = z
  .object({ version: position.version, findings: z.array(finding).describe("Worst first."), next })
  .meta({ id: "FindingsAnswer" });

/** Body of `/api/v1/incidents`. */
export const incidentsAnswer = z
  .object({ version: position.version, incidents: z.array(incident).describe("Newest first."), next })
  .meta({ id: "IncidentsAnswer" });

/** Body of `/api/v1/status`. */
export const statusAnswer = z
  .object({
    ...position,
    haprobe: z.string().describe("Version of the program."),
    node: z.string().describe("Version of its runtime."),
    vantage: z.string().describe("Where it probes from."),
    startedAt: instant,
    ready: z.boolean(),
    notReady: z.array(z.string()).describe("Why it is not."),
    remarks: z.array(z.string()).describe("Worth knowing, such as an unreachable HAProxy."),
    summary: fleetSummary,
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .describe("Facts of the configuration, none of them secret."),
  })
  .meta({ id: "StatusAnswer" });

/** What zod infers, with `readonly` everywhere: nobody writes into an answer. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export type InstancesAnswer = Frozen<z.output<typeof instancesAnswer>>;
export type FindingsAnswer = Frozen<z.output<typeof findingsAnswer>>;
export type IncidentsAnswer = Frozen<z.output<typeof incidentsAnswer>>;
export type StatusAnswer = Frozen<z.output<typeof statusAnswer>>;
