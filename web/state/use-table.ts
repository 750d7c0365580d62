import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { Fleet } from "../lib/fleet.ts";
import { type DisplayVerdict, isUnexpectedMismatch } from "../lib/display-verdict.ts";
import { type BackendGroup, groupBySite, MISMATCH_RANK_MAX, type SiteGroup } from "../lib/backend-group.ts";
import { DEFAULT_SERVER_SORT } from "../lib/server-sort.ts";
import { isFiltered, type ViewQuery } from "../lib/view-query.ts";
import { itemId, type TableItem, tableItems } from "../lib/table-items.ts";
import { useThrottledGroups } from "./use-throttled-groups.ts";

/** The table's rows, which of them are expanded and active, and the actions on them. */
export interface TableState {
  readonly items: readonly TableItem[];
  /** Servers that the query lets through. */
  readonly matching: number;
  readonly groups: ReadonlyMap<string, BackendGroup>;
  /** Empty unless rows are grouped by site. */
  readonly sites: ReadonlyMap<string, SiteGroup>;
  readonly members: ReadonlyMap<string, readonly ServerStatus[]>;
  readonly activeId: string | null;
  /** Id of a row that should take the focus, until `onFocused` is called. */
  readonly focusRequest: string | null;
  readonly onFocused: () => void;
  readonly setActive: (id: string) => void;
  readonly focus: (id: string) => void;
  readonly moveFocus: (step: number) => void;
  readonly focusNextMismatch: () => void;
  readonly setExpanded: (id: string, isExpanded: boolean) => void;
  readonly isExpanded: (id: string) => boolean;
  readonly setSortPaused: (isSortPaused: boolean) => void;
}

const NO_GROUPS: readonly SiteGroup[] = [];

/** State of the table from the fleet, the verdicts of servers with an ongoing incident, the query, the open server and the user's actions. */
export function useTable(
  fleet: Fleet,
  ongoing: ReadonlyMap<string, DisplayVerdict>,
  query: ViewQuery,
  openKey: string | null,
): TableState {
  const [isSortPaused, setSortPaused] = useState(false);
  const [toggledGroups, setToggledGroups] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string | null>(null);
  const [focusRequest, setFocusRequest] = useState<string | null>(null);
  const servers = useMemo(() => [...fleet.servers.values()], [fleet.servers]);
  const sortedGroups = useThrottledGroups(servers, fleet.orderVersion, ongoing, query, isSortPaused);
  const groups = useMemo(() => new Map(sortedGroups.map((group) => [group.id, group])), [sortedGroups]);
  const bySite = useMemo(
    () => (query.grouping === "site" && fleet.sites.length > 1 ? groupBySite(sortedGroups) : NO_GROUPS),
    [query.grouping, fleet.sites, sortedGroups],
  );
  const sites = useMemo(() => new Map(bySite.map((site) => [site.id, site])), [bySite]);
  const members = useMemo(() => membersOf(sortedGroups, fleet.servers), [sortedGroups, fleet.servers]);
  // Groups without a mismatch start collapsed, unless servers are filtered or sorted, or one of theirs is open.
  const isCollapsed = useCallback(
    (group: BackendGroup | SiteGroup) => {
      const isQuiet = group.worstRank > MISMATCH_RANK_MAX && !isFiltered(query) && query.sort === DEFAULT_SERVER_SORT;
      const backends = "groups" in group ? group.groups : [group];
      const isOpen = openKey !== null && backends.some(({ keys }) => keys.includes(openKey));
      const startsCollapsed = isQuiet && !isOpen;
      return startsCollapsed !== toggledGroups.has(group.id);
    },
    [query, openKey, toggledGroups],
  );
  const shown = useRef<readonly TableItem[]>([]);
  const { items, matching } = useMemo(
    () => tableItems(sortedGroups, fleet.servers, query, isCollapsed, shown.current, bySite),
    [sortedGroups, fleet.servers, query, isCollapsed, bySite],
  );
  useLayoutEffect(() => void (shown.current = items), [items]);
  const ids = useMemo(() => items.map(itemId), [items]);
  const activeId = useMemo(() => (chosen !== null && ids.includes(chosen) ? chosen : (ids[0] ?? null)), [ids, chosen]);

  const focus = useCallback((id: string) => {
    setChosen(id);
    setFocusRequest(id);
  }, []);
  const setExpanded = useCallback(
    (id: string, isExpanded: boolean) => {
      const group = groups.get(id) ?? sites.get(id);
      if (group === undefined || isCollapsed(group) !== isExpanded) return;
      setToggledGroups((before) => {
        const next = new Set(before);
        if (!next.delete(id)) next.add(id);
        return next;
      });
    },
    [groups, sites, isCollapsed],
  );
  const isExpanded = (id: string): boolean => {
    const group = groups.get(id) ?? sites.get(id);
    return group !== undefined && !isCollapsed(group);
  };
  const step = (from: number, by: number): void => {
    const id = ids[Math.max(0, Math.min(ids.length - 1, from + by))];
    if (id !== undefined) focus(id);
  };
  return {
    items,
    matching,
    groups,
    sites,
    members,
    activeId,
    focusRequest,
    onFocused: useCallback(() => setFocusRequest(null), []),
    setActive: setChosen,
    focus,
    // Without an active row the first step goes to the first row.
    moveFocus: (by) => (chosen === null ? step(0, 0) : step(activeId === null ? 0 : ids.indexOf(activeId), by)),
    focusNextMismatch: () => {
      const from = chosen === null || activeId === null ? -1 : ids.indexOf(activeId);
      const later = [...ids.slice(from + 1), ...ids.slice(0, from + 1)];
      const next = later.find((id) => {
        const server = fleet.servers.get(id);
        return server !== undefined && isUnexpectedMismatch(server);
      });
      if (next !== undefined) focus(next);
    },
    setExpanded,
    isExpanded,
    setSortPaused,
  };
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
