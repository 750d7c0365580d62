import { z } from "zod";
import {
  CONTRACT_VERSION,
  type DeltaMessage,
  type SnapshotMessage,
  type StreamMessage,
} from "../../contract/status.ts";
import { exactly } from "./exactly.ts";
import { instanceStatus } from "./instance-schema.ts";
import { serverStatus } from "./server-schema.ts";
import { fleetSummary } from "./summary-schema.ts";
import { tidy } from "./tidy.ts";
import { count } from "./words.ts";

/** Place in the stream of published states; members of every message and list. */
export const position = {
  version: z.literal(CONTRACT_VERSION).describe("Of the contract."),
  epoch: z.string().describe("Another epoch is another process: start over."),
  seq: count.describe("Grows by one with each published change."),
};

/** First message of a stream. */
export const snapshotMessage = exactly<SnapshotMessage>()(
  z
    .object({
      type: z.literal("snapshot"),
      ...position,
      servers: z.array(serverStatus),
      instances: z.array(instanceStatus),
      summary: fleetSummary,
    })
    .meta({ id: "Snapshot", description: "The whole state: first message of a stream." }),
);

const deltaMessage = exactly<DeltaMessage>()(
  z
    .object({
      type: z.literal("delta"),
      ...position,
      servers: z.array(serverStatus).describe("Whole objects, to be put in place of the old ones."),
      removed: z.array(z.string()).describe("Keys of servers that are gone, or that the filter keeps no more."),
      instances: z.array(instanceStatus),
      removedInstances: z.array(z.string()),
      summary: fleetSummary,
    })
    .meta({ id: "Delta", description: "What changed since `seq - 1`." }),
);

/** Every message of `/api/v1/stream`. */
export const streamMessage = exactly<StreamMessage>()(z.discriminatedUnion("type", [snapshotMessage, deltaMessage]));

/** JSON Schema (2020-12) of the messages. Fields may be added within a version, so objects are open. */
export function streamJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(streamMessage, { override: tidy });
  return {
    $schema,
    title: "Message of haprobe's stream",
    description: "Text frames of /api/v1/stream, subprotocol haprobe.v1: a snapshot first, then deltas.",
    ...schema,
  };
}
