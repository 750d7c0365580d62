import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useMemo, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { Fleet } from "../lib/fleet.ts";
import { isUnexpectedMismatch } from "../lib/display-verdict.ts";
import { type BackendGroup, MISMATCH_RANK_MAX } from "../lib/backend-group.ts";
import { isFiltered, type ViewQuery } from "../lib/view-query.ts";
import { type TableItem, tableItems } from "../lib/table-items.ts";
import { useThrottledGroups } from "./use-throttled-groups.ts";

/** The table's lines, what is folded, which row is active, and the ways to move among them. */
export interface TableState {
  readonly items: readonly TableItem[];
  readonly groups: ReadonlyMap<string, BackendGroup>;
  readonly members: ReadonlyMap<string, readonly ServerStatus[]>;
  readonly activeId: string | null;
  readonly focusRequest: number;
  readonly setActive: (id: string) => void;
  readonly focus: (id: string) => void;
  readonly moveFocus: (step: number) => void;
  readonly focusNextMismatch: () => void;
  readonly setExpanded: (id: string, isOpen: boolean) => void;
  readonly toggleExpanded: (id: string) => void;
  readonly setSortPaused: (isHeld: boolean) => void;
}

/** Joins the fleet, the query and what the reader did to the table's state. */
export function useTable(fleet: Fleet, query: ViewQuery, change: (part: Partial<ViewQuery>) => void): TableState {
  const [isHeld, hold] = useState(false);
  const [flipped, setFlipped] = useState<ReadonlySet<string>>(new Set());
  const isNarrow = useMediaQuery("(max-width: 599.98px)");
  const [chosen, setChosen] = useState<string | null>(null);
  const [focusRequest, setFocusRequest] = useState(0);
  const servers = useMemo(() => [...fleet.servers.values()], [fleet.servers]);
  const filterKey = `${query.verdicts.join()} ${query.mismatchesOnly} ${query.text}`;
  const order = useThrottledGroups(servers, fleet.orderVersion, filterKey, isHeld);
  const groups = useMemo(() => new Map(order.map((group) => [group.id, group])), [order]);
  const members = useMemo(() => membersOf(order, fleet.servers), [order, fleet.servers]);
  // On a phone what is calm stays folded, unless somebody looks for it.
  const isFolded = useCallback(
    (group: BackendGroup) =>
      (isNarrow && !isFiltered(query) && group.worstRank > MISMATCH_RANK_MAX) !== flipped.has(group.id),
    [isNarrow, query, flipped],
  );
  const items = useMemo(
    () => tableItems(order, fleet.servers, query, isFolded),
    [order, fleet.servers, query, isFolded],
  );
  const ids = useMemo(() => items.flatMap((item) => idsOf(item)), [items]);
  const active = chosen !== null && ids.includes(chosen) ? chosen : (ids[0] ?? null);

  const focus = useCallback((id: string) => {
    setChosen(id);
    setFocusRequest((n) => n + 1);
  }, []);
  const fold = useCallback(
    (id: string, isOpen: boolean) => {
      if (fleet.servers.has(id)) return change({ expandedKey: isOpen ? id : null });
      const group = groups.get(id);
      if (group === undefined || isFolded(group) !== isOpen) return;
      setFlipped((before) => {
        const next = new Set(before);
        if (!next.delete(id)) next.add(id);
        return next;
      });
    },
    [fleet.servers, change, groups, isFolded],
  );
  const isOpen = (id: string): boolean => {
    const group = groups.get(id);
    return group === undefined ? query.expandedKey === id : !isFolded(group);
  };
  const step = (from: number, by: number): void => {
    const id = ids[Math.max(0, Math.min(ids.length - 1, from + by))];
    if (id !== undefined) focus(id);
  };
  return {
    items,
    groups,
    members,
    activeId: active,
    focusRequest,
    setActive: setChosen,
    focus,
    // The first step of somebody who has not chosen a row goes to the first row.
    moveFocus: (by) => (chosen === null ? step(0, 0) : step(active === null ? 0 : ids.indexOf(active), by)),
    focusNextMismatch: () => {
      const from = chosen === null || active === null ? -1 : ids.indexOf(active);
      const later = [...ids.slice(from + 1), ...ids.slice(0, from + 1)];
      const next = later.find((id) => {
        const server = fleet.servers.get(id);
        return server !== undefined && isUnexpectedMismatch(server);
      });
      if (next !== undefined) focus(next);
    },
    setExpanded: fold,
    toggleExpanded: (id) => fold(id, !isOpen(id)),
    setSortPaused: hold,
  };
}

function idsOf(item: TableItem): string[] {
  if (item.kind === "detail") return [];
  return [item.kind === "group" ? item.id : item.key];
}

function membersOf(
  groups: readonly BackendGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
): ReadonlyMap<string, readonly ServerStatus[]> {
  return new Map(
    groups.map((group) => [
      group.id,
      group.keys.map((key) => servers.get(key)).filter((server) => server !== undefined),
    ]),
  );
}
