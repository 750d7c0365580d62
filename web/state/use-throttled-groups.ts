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
 * Sorted groups. They are sorted again when `orderVersion` changes, at most once a second and not while `isPaused`
 * (pointer over the table); a change of `filterKey` sorts at once.
 */
export function useThrottledGroups(
  servers: readonly ServerStatus[],
  orderVersion: number,
  filterKey: string,
  isPaused: boolean,
): readonly BackendGroup[] {
  const sort = (): Sorted => ({ version: orderVersion, filter: filterKey, groups: groupByBackend(servers) });
  const [sorted, setSorted] = useState(sort);
  if (sorted.filter !== filterKey) setSorted(sort());
  const isDue = sorted.version !== orderVersion && !isPaused;
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
