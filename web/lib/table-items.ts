import type { ServerStatus } from "../../server/contract/status.ts";
import type { BackendGroup } from "./backend-group.ts";
import { queryMatcher, type ViewQuery } from "./view-query.ts";

/** One row of the table: a group or a server. */
export type TableItem =
  | { readonly kind: "group"; readonly id: string; readonly isExpanded: boolean }
  | { readonly kind: "server"; readonly key: string; readonly name: string };

/** Rows of the table in order: groups without a match are left out, collapsed ones keep their head. */
export interface TableItems {
  readonly items: readonly TableItem[];
  /** Servers that the query lets through, also those in collapsed groups. */
  readonly matching: number;
}

/** Makes the rows; those of `before` where they are the same, so that a view can compare by reference. */
export function tableItems(
  groups: readonly BackendGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
  query: ViewQuery,
  isCollapsed: (group: BackendGroup) => boolean,
  before: readonly TableItem[] = [],
): TableItems {
  const items: TableItem[] = [];
  const matches = queryMatcher(query);
  let matching = 0;
  /** Adds the row; the object of before where it is the same row. */
  const push = (item: TableItem): void => {
    const same = before[items.length];
    items.push(same !== undefined && isSameItem(same, item) ? same : item);
  };
  for (const group of groups) {
    const isExpanded = !isCollapsed(group);
    const first = matching;
    for (const key of group.keys) {
      const server = servers.get(key);
      if (server === undefined || !matches(server)) continue;
      if (matching === first) push({ kind: "group", id: group.id, isExpanded });
      matching += 1;
      if (isExpanded) push({ kind: "server", key, name: server.server });
    }
  }
  const isSame = items.length === before.length && items.every((item, index) => item === before[index]);
  return { items: isSame ? before : items, matching };
}

function isSameItem(a: TableItem, b: TableItem): boolean {
  return a.kind === "group"
    ? b.kind === "group" && a.id === b.id && a.isExpanded === b.isExpanded
    : b.kind === "server" && a.key === b.key;
}
