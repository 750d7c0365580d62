import { useLayoutEffect, useRef, useState } from "react";
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
  const latestSort = useRef(sort);
  latestSort.current = sort;
  const sortedAt = useRef(Number.NEGATIVE_INFINITY);
  useLayoutEffect(() => {
    if (isPaused || sorted.version === orderVersion) return;
    const sortNow = (): void => {
      sortedAt.current = performance.now();
      setSorted(latestSort.current());
    };
    const delayMs = sortedAt.current + SORT_EVERY_MS - performance.now();
    if (delayMs <= 0) return sortNow();
    const timer = setTimeout(sortNow, delayMs);
    return () => clearTimeout(timer);
  }, [isPaused, orderVersion, sorted.version]);
  return sorted.groups;
}
