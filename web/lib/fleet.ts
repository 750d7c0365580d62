import { applyDelta, type FleetReplica, fromSnapshot } from "../../server/contract/apply-delta.ts";
import { expandPatch, type PatchMessage } from "../../server/contract/row-patch.ts";
import type { DeltaMessage, ServerStatus, SnapshotMessage } from "../../server/contract/status.ts";
import { displayVerdictOf } from "./display-verdict.ts";
import { listSites } from "./sites.ts";

/** The page's copy of the published state. A new object for each message, so that React can compare. */
export interface Fleet extends FleetReplica {
  /** Grows when a row comes, goes or changes its verdict: only then is there anything to sort. */
  readonly orderVersion: number;
  /** By name; a fleet without sites has one. */
  readonly sites: readonly string[];
}

/** The state of a snapshot; `orderVersion` continues that of the state before it. */
export function fleetFromSnapshot(message: SnapshotMessage, before: Fleet | null = null): Fleet {
  const sites = listSites(message.servers, message.instances, before?.sites);
  return { ...fromSnapshot(message), orderVersion: (before?.orderVersion ?? 0) + 1, sites };
}

/** The fleet after one message, and the message with whole rows. */
export interface FleetUpdate {
  readonly fleet: Fleet;
  readonly delta: DeltaMessage;
}

/** Applies one message; `old` where the fleet has it already, `gap` where only a new snapshot helps. */
export function updateFleet(fleet: Fleet, message: DeltaMessage | PatchMessage): FleetUpdate | "old" | "gap" {
  const { servers, position } = fleet;
  if (message.epoch === position.epoch && message.seq <= position.seq) return "old";
  const delta = message.type === "patch" ? expandPatch(message, servers) : message;
  if (delta === null) return "gap";
  const applied = applyDelta(fleet, delta);
  if (applied.kind !== "applied") return applied.kind;
  const isReordered =
    delta.servers.some((server) => isOrderChange(servers.get(server.key), server)) ||
    delta.removed.some((key) => servers.has(key));
  const { replica } = applied;
  const isSame = !isReordered && delta.instances.length === 0 && delta.removedInstances.length === 0;
  const sites = isSame ? fleet.sites : listSites(replica.servers.values(), replica.instances.values(), fleet.sites);
  return { fleet: { ...replica, orderVersion: fleet.orderVersion + (isReordered ? 1 : 0), sites }, delta };
}

function isOrderChange(before: ServerStatus | undefined, after: ServerStatus): boolean {
  return (
    before === undefined ||
    displayVerdictOf(before) !== displayVerdictOf(after) ||
    (before.expected === null) !== (after.expected === null)
  );
}
