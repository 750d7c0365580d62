import { z } from "zod";
import {
  CONTRACT_VERSION,
  type DeltaMessage,
  type SnapshotMessage,
  type StreamMessage,
} from "../../contract/status.ts";
import { exactSchema } from "./exact-schema.ts";
import { instanceStatusSchema } from "./instance-schema.ts";
import { serverStatusSchema } from "./server-schema.ts";
import { fleetSummarySchema } from "./summary-schema.ts";
import { relaxJsonSchema } from "./relax-json-schema.ts";
import { countSchema } from "./scalars.ts";

/** Position in the stream of published states; part of every message and list. */
export const positionFields = {
  version: z.literal(CONTRACT_VERSION).describe("Of the contract."),
  epoch: z.string().describe("Another epoch is another process: take a new snapshot."),
  seq: countSchema.describe("Grows by one with each published change."),
};

/** First message of a stream. */
export const snapshotSchema = exactSchema<SnapshotMessage>()(
  z
    .object({
      type: z.literal("snapshot"),
      ...positionFields,
      servers: z.array(serverStatusSchema),
      instances: z.array(instanceStatusSchema),
      summary: fleetSummarySchema,
    })
    .meta({ id: "Snapshot", description: "The whole state: first message of a stream." }),
);

const deltaSchema = exactSchema<DeltaMessage>()(
  z
    .object({
      type: z.literal("delta"),
      ...positionFields,
      servers: z.array(serverStatusSchema).describe("Complete objects that replace the old ones."),
      removed: z.array(z.string()).describe("Keys of servers that are removed or no longer match the filter."),
      instances: z.array(instanceStatusSchema),
      removedInstances: z.array(z.string()),
      summary: fleetSummarySchema,
    })
    .meta({ id: "Delta", description: "What changed since `seq - 1`." }),
);

/** Every message of `/api/v1/stream`. */
export const streamMessageSchema = exactSchema<StreamMessage>()(
  z.discriminatedUnion("type", [snapshotSchema, deltaSchema]),
);

/** JSON Schema (2020-12) of the messages. Fields may be added within a version, so objects are open. */
export function streamJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(streamMessageSchema, { override: relaxJsonSchema });
  return {
    $schema,
    title: "Message of haprobe's stream",
    description: "Text frames of /api/v1/stream, subprotocol haprobe.v1: a snapshot first, then deltas.",
    ...schema,
  };
}
