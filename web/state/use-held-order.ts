import { useEffect, useRef, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type Group, groupServers } from "../lib/order.ts";

const SORT_EVERY_MS = 1_000;

/**
 * Groups in their order, sorted again at most once a second and never while `isHeld` (under the pointer or the focus).
 * `orderVersion` tells that there is something to sort; `filterKey` that the reader asked for other rows, which is done at once.
 */
export function useHeldOrder(
  servers: readonly ServerStatus[],
  orderVersion: number,
  filterKey: string,
  isHeld: boolean,
): readonly Group[] {
  const shown = useRef<{ version: number; filter: string; at: number; groups: readonly Group[] } | null>(null);
  const [, again] = useState(0);
  const now = performance.now();
  const last = shown.current;
  const waits = last === null ? 0 : last.at + SORT_EVERY_MS - now;
  const isStale = last !== null && last.version !== orderVersion;
  if (last === null || last.filter !== filterKey || (isStale && !isHeld && waits <= 0)) {
    shown.current = { version: orderVersion, filter: filterKey, at: now, groups: groupServers(servers) };
  }
  const isDue = isStale && !isHeld && waits > 0;
  useEffect(() => {
    if (!isDue) return;
    const timer = setTimeout(() => again((n) => n + 1), waits);
    return () => clearTimeout(timer);
  }, [isDue, waits]);
  return shown.current?.groups ?? [];
}
