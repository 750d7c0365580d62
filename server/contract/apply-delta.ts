import type { InstanceName, ServerKey } from "./server-key.ts";
import type {
  DeltaMessage,
  FleetSummary,
  InstanceStatus,
  ServerStatus,
  SnapshotMessage,
  StreamPosition,
} from "./status.ts";

/** The published state as a client of the stream keeps it. Each message makes a new one. */
export interface FleetReplica {
  readonly position: StreamPosition;
  /** In the order of their first message. */
  readonly servers: ReadonlyMap<ServerKey, ServerStatus>;
  readonly instances: ReadonlyMap<InstanceName, InstanceStatus>;
  readonly summary: FleetSummary;
}

/** What a delta did: `old` is part of the replica already; after `gap` only a new snapshot helps. */
export type AppliedDelta =
  | { readonly kind: "applied"; readonly replica: FleetReplica }
  | { readonly kind: "old" }
  | { readonly kind: "gap" };

/** Makes the replica that a snapshot describes. */
export function fromSnapshot(message: SnapshotMessage): FleetReplica {
  return {
    position: positionOf(message),
    servers: new Map(message.servers.map((server) => [server.key, server])),
    instances: new Map(message.instances.map((instance) => [instance.name, instance])),
    summary: message.summary,
  };
}

/** Applies one delta. Another epoch, or a `seq` that is not the next one, is a gap. */
export function applyDelta(replica: FleetReplica, delta: DeltaMessage): AppliedDelta {
  const { epoch, seq } = replica.position;
  if (delta.epoch !== epoch || delta.seq > seq + 1) return { kind: "gap" };
  if (delta.seq <= seq) return { kind: "old" };
  return {
    kind: "applied",
    replica: {
      position: positionOf(delta),
      servers: replace(replica.servers, delta.servers, ({ key }) => key, delta.removed),
      instances: replace(replica.instances, delta.instances, ({ name }) => name, delta.removedInstances),
      summary: delta.summary,
    },
  };
}

/** The same map where nothing changes, so that an observer can compare by reference. */
function replace<T>(
  known: ReadonlyMap<string, T>,
  changed: readonly T[],
  keyOf: (value: T) => string,
  removed: readonly string[],
): ReadonlyMap<string, T> {
  if (changed.length === 0 && removed.length === 0) return known;
  const next = new Map(known);
  for (const value of changed) next.set(keyOf(value), value);
  for (const key of removed) next.delete(key);
  return next;
}

function positionOf({ version, epoch, seq }: StreamPosition): StreamPosition {
  return { version, epoch, seq };
}
