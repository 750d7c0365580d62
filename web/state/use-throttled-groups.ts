import { useLayoutEffect, useRef, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { DisplayVerdict } from "../lib/display-verdict.ts";
import { type BackendGroup, groupByBackend } from "../lib/backend-group.ts";
import { formatViewQuery, type ViewQuery } from "../lib/view-query.ts";

const SORT_EVERY_MS = 1_000;

interface Sorted {
  readonly orderKey: string;
  readonly filter: string;
  readonly groups: readonly BackendGroup[];
}

/**
 * Sorted groups. They are sorted again when `orderVersion` or `ongoing` changes, at most once a second and not while `isPaused`
 * (pointer over the table); a change of the query sorts at once.
 */
export function useThrottledGroups(
  servers: readonly ServerStatus[],
  orderVersion: number,
  ongoing: ReadonlyMap<string, DisplayVerdict>,
  query: ViewQuery,
  isPaused: boolean,
): readonly BackendGroup[] {
  const filterKey = formatViewQuery(query);
  const orderKey = `${orderVersion} ${[...ongoing.keys()].join()}`;
  const sort = (): Sorted => ({ orderKey, filter: filterKey, groups: groupByBackend(servers, ongoing, query) });
  const [sorted, setSorted] = useState(sort);
  if (sorted.filter !== filterKey) setSorted(sort());
  const latestSort = useRef(sort);
  latestSort.current = sort;
  const sortedAt = useRef(Number.NEGATIVE_INFINITY);
  useLayoutEffect(() => {
    if (isPaused || sorted.orderKey === orderKey) return;
    const sortNow = (): void => {
      sortedAt.current = performance.now();
      setSorted(latestSort.current());
    };
    const delayMs = sortedAt.current + SORT_EVERY_MS - performance.now();
    if (delayMs <= 0) return sortNow();
    const timer = setTimeout(sortNow, delayMs);
    return () => clearTimeout(timer);
  }, [isPaused, orderKey, sorted.orderKey]);
  return sorted.groups;
}
