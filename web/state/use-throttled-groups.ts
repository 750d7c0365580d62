import { useEffect, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type BackendGroup, groupByBackend } from "../lib/backend-group.ts";

const SORT_EVERY_MS = 1_000;

interface Sorted {
  readonly version: number;
  readonly filter: string;
  readonly groups: readonly BackendGroup[];
}

/**
 * Groups in their order, sorted again at most once a second and never while `isHeld` (under the pointer).
 * `orderVersion` tells that there is something to sort; `filterKey` that the reader asked for other rows, which is done at once.
 */
export function useThrottledGroups(
  servers: readonly ServerStatus[],
  orderVersion: number,
  filterKey: string,
  isHeld: boolean,
): readonly BackendGroup[] {
  const sort = (): Sorted => ({ version: orderVersion, filter: filterKey, groups: groupByBackend(servers) });
  const [sorted, setSorted] = useState(sort);
  if (sorted.filter !== filterKey) setSorted(sort());
  const isDue = sorted.version !== orderVersion && !isHeld;
  const [rested, setRested] = useState(true);
  if (isDue && rested) {
    setSorted(sort());
    setRested(false);
  }
  useEffect(() => {
    if (rested) return;
    const timer = setTimeout(() => setRested(true), SORT_EVERY_MS);
    return () => clearTimeout(timer);
  }, [rested]);
  return sorted.groups;
}
