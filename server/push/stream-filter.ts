import { FULL_VISIBILITY, type Visibility } from "../access/visibility.ts";
import { visibleSnapshot } from "../access/visible-snapshot.ts";
import { type InstanceName, type ServerKey, splitServerKey } from "../contract/server-key.ts";
import type { DeltaMessage, ServerStatus, SnapshotMessage } from "../contract/status.ts";

/** The servers that a client of the stream asks for. */
export interface StreamFilter {
  /** Only servers with a mismatch, whatever its phase. */
  readonly mismatchesOnly: boolean;
  /** Only these instances; null for all. */
  readonly instances: ReadonlySet<InstanceName> | null;
}

export type ParsedStreamFilter =
  | { readonly kind: "filter"; readonly filter: StreamFilter; readonly groupKey: string }
  | { readonly kind: "bad"; readonly detail: string };

/** Reads `?problems=1&instance=a&instance=b`; `groupKey` is equal for equivalent filters. */
export function parseStreamFilter(query: URLSearchParams): ParsedStreamFilter {
  const instances = new Set<InstanceName>();
  let mismatchesOnly = false;
  if (query.getAll("problems").length > 1) return { kind: "bad", detail: "`problems` is given twice." };
  for (const [parameter, value] of query) {
    if (parameter === "instance" && value !== "") instances.add(value);
    else if (parameter === "problems" && (value === "0" || value === "1")) mismatchesOnly = value === "1";
    else return { kind: "bad", detail: "The filters of the stream are `problems=1` and `instance=NAME` (repeatable)." };
  }
  const filter = { mismatchesOnly, instances: instances.size > 0 ? instances : null };
  return { kind: "filter", filter, groupKey: JSON.stringify([mismatchesOnly, [...instances].sort()]) };
}

/** The stream of one filter: every `seq`, with the matching rows only. */
export interface FilteredStream {
  filterSnapshot(full: SnapshotMessage): SnapshotMessage;
  /** Must be called once for each delta, in order. */
  filterDelta(full: DeltaMessage): DeltaMessage;
}

/**
 * A stream from the snapshot `start` on, of what its clients see; without a filter it passes messages through unchanged.
 * `current` is the state after the newest delta.
 */
export function createFilteredStream(
  filter: StreamFilter,
  start: SnapshotMessage,
  visibility: Visibility = FULL_VISIBILITY,
  current: () => SnapshotMessage = () => start,
): FilteredStream {
  const { mismatchesOnly, instances } = filter;
  const seesAll = visibility.key === "";
  if (!mismatchesOnly && instances === null && seesAll) {
    return { filterSnapshot: (full) => full, filterDelta: (full) => full };
  }

  // A row keeps its instance but may stop being a mismatch, so the keys that clients hold are remembered.
  const held = new Set<ServerKey>();
  if (mismatchesOnly) for (const row of start.servers) if (matches(row)) held.add(row.key);

  function ofInstance(name: InstanceName | undefined): boolean {
    if (name === undefined || !visibility.sees(name)) return false;
    return instances === null || instances.has(name);
  }

  function matches(row: ServerStatus): boolean {
    return ofInstance(row.instance) && (!mismatchesOnly || row.phase !== null);
  }

  function leaves(key: ServerKey): boolean {
    return mismatchesOnly ? held.delete(key) : ofInstance(splitServerKey(key)?.instance);
  }

  return {
    filterSnapshot: (full) => ({
      ...full,
      servers: full.servers.filter(matches).map(visibility.server),
      instances: full.instances.filter((instance) => ofInstance(instance.name)).map(visibility.instance),
      summary: visibleSnapshot(full, visibility).summary,
    }),
    filterDelta(full) {
      const servers = full.servers.filter(matches);
      const stopped = mismatchesOnly ? full.servers.filter((row) => !matches(row)).map((row) => row.key) : [];
      const removed = [...full.removed, ...stopped].filter(leaves);
      if (mismatchesOnly) for (const row of servers) held.add(row.key);
      return {
        ...full,
        servers: servers.map(visibility.server),
        removed,
        instances: full.instances.filter((instance) => ofInstance(instance.name)).map(visibility.instance),
        removedInstances: full.removedInstances.filter(ofInstance),
        summary: visibility.seesAllInstances ? full.summary : visibleSnapshot(current(), visibility).summary,
      };
    },
  };
}
