import type { ServerStatus } from "../../server/contract/status.ts";
import type { BackendGroup, SiteGroup } from "./backend-group.ts";
import { queryMatcher, type ViewQuery } from "./view-query.ts";

/** One row of the table: a site where rows are grouped by these, a group or a server. */
export type TableItem =
  | { readonly kind: "site"; readonly id: string; readonly isExpanded: boolean }
  | { readonly kind: "group"; readonly id: string; readonly isExpanded: boolean }
  | { readonly kind: "server"; readonly key: string; readonly name: string };

/** Rows of the table in order: groups without a match are left out, collapsed ones keep their head. */
export interface TableItems {
  readonly items: readonly TableItem[];
  /** Servers that the query lets through, also those in collapsed groups. */
  readonly matching: number;
}

/**
 * Makes the rows, below `sites` where there are some; those of `before` where they are the same, so that a view can compare
 * by reference.
 */
export function tableItems(
  groups: readonly BackendGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
  query: ViewQuery,
  isCollapsed: (group: BackendGroup | SiteGroup) => boolean,
  before: readonly TableItem[] = [],
  sites: readonly SiteGroup[] = [],
): TableItems {
  const items: TableItem[] = [];
  const matches = queryMatcher(query);
  let matching = 0;
  /** Adds the row; the object of before where it is the same row. */
  const push = (item: TableItem): void => {
    const same = before[items.length];
    items.push(same !== undefined && isSameItem(same, item) ? same : item);
  };
  const addGroups = (of: readonly BackendGroup[], isHidden: boolean): void => {
    for (const group of of) {
      const isExpanded = !isCollapsed(group);
      const first = matching;
      for (const key of group.keys) {
        const server = servers.get(key);
        if (server === undefined || !matches(server)) continue;
        if (matching === first && !isHidden) push({ kind: "group", id: group.id, isExpanded });
        matching += 1;
        if (isExpanded && !isHidden) push({ kind: "server", key, name: server.server });
      }
    }
  };
  if (sites.length === 0) addGroups(groups, false);
  for (const site of sites) {
    const isMatch = ({ keys }: BackendGroup): boolean =>
      keys.some((key) => {
        const server = servers.get(key);
        return server !== undefined && matches(server);
      });
    if (!site.groups.some(isMatch)) continue;
    const isExpanded = !isCollapsed(site);
    push({ kind: "site", id: site.id, isExpanded });
    addGroups(site.groups, !isExpanded);
  }
  const isSame = items.length === before.length && items.every((item, index) => item === before[index]);
  return { items: isSame ? before : items, matching };
}

/** What identifies a row: the key of a server, the id of the others. */
export function itemId(item: TableItem): string {
  return item.kind === "server" ? item.key : item.id;
}

function isSameItem(a: TableItem, b: TableItem): boolean {
  return a.kind === "server"
    ? b.kind === "server" && a.key === b.key
    : a.kind === b.kind && a.id === b.id && a.isExpanded === b.isExpanded;
}
