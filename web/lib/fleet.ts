import type {
  DeltaMessage,
  FleetSummary,
  InstanceStatus,
  ServerStatus,
  SnapshotMessage,
  StreamPosition,
} from "../../server/contract/status.ts";
import { displayVerdictOf } from "./display-verdict.ts";

/** The page's copy of the published state. A new object for each message, so that React can compare. */
export interface Fleet {
  readonly position: StreamPosition;
  /** In the order in which they were told. */
  readonly servers: ReadonlyMap<string, ServerStatus>;
  readonly instances: ReadonlyMap<string, InstanceStatus>;
  readonly summary: FleetSummary;
  /** Grows when a row came, went or changed its verdict: only then is there anything to sort. */
  readonly orderVersion: number;
}

/** What a delta did: `old` was in the snapshot already; after `gap` only a new snapshot helps. */
export type ApplyResult =
  | { readonly kind: "applied"; readonly fleet: Fleet }
  | { readonly kind: "old" }
  | { readonly kind: "gap" };

/** The state of a snapshot; `orderVersion` goes on from the state before it. */
export function fromSnapshot(message: SnapshotMessage, before: Fleet | null = null): Fleet {
  return {
    position: { version: message.version, epoch: message.epoch, seq: message.seq },
    servers: new Map(message.servers.map((server) => [server.key, server])),
    instances: new Map(message.instances.map((instance) => [instance.name, instance])),
    summary: message.summary,
    orderVersion: (before?.orderVersion ?? 0) + 1,
  };
}

/** Applies one delta. Another epoch, or a seq that is not the next one, is a gap: part of the truth is missing. */
export function applyDelta(fleet: Fleet, delta: DeltaMessage): ApplyResult {
  if (delta.epoch !== fleet.position.epoch) return { kind: "gap" };
  if (delta.seq <= fleet.position.seq) return { kind: "old" };
  if (delta.seq !== fleet.position.seq + 1) return { kind: "gap" };
  let reordered = false;
  let servers = fleet.servers;
  if (delta.servers.length > 0 || delta.removed.length > 0) {
    const next = new Map(fleet.servers);
    for (const server of delta.servers) {
      reordered ||= isOrderChange(next.get(server.key), server);
      next.set(server.key, server);
    }
    for (const key of delta.removed) reordered = next.delete(key) || reordered;
    servers = next;
  }
  let instances = fleet.instances;
  if (delta.instances.length > 0 || delta.removedInstances.length > 0) {
    const next = new Map(fleet.instances);
    for (const instance of delta.instances) next.set(instance.name, instance);
    for (const name of delta.removedInstances) next.delete(name);
    instances = next;
  }
  return {
    kind: "applied",
    fleet: {
      position: { version: delta.version, epoch: delta.epoch, seq: delta.seq },
      servers,
      instances,
      summary: delta.summary,
      orderVersion: fleet.orderVersion + (reordered ? 1 : 0),
    },
  };
}

function isOrderChange(before: ServerStatus | undefined, after: ServerStatus): boolean {
  if (before === undefined) return true;
  return (
    displayVerdictOf(before) !== displayVerdictOf(after) || (before.expected === null) !== (after.expected === null)
  );
}
