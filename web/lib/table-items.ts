import type { ServerStatus } from "../../server/contract/status.ts";
import type { BackendGroup } from "./backend-group.ts";
import { matchesQuery, type ViewQuery } from "./view-query.ts";

/** One row of the table: a group, a server, or the detail under a server. */
export type TableItem =
  | { readonly kind: "group"; readonly id: string; readonly isExpanded: boolean }
  | { readonly kind: "server"; readonly key: string; readonly isOpen: boolean }
  | { readonly kind: "detail"; readonly key: string };

/** Rows of the table in order: groups without a match are left out, collapsed ones keep their head, the expanded server has its detail row. */
export function tableItems(
  groups: readonly BackendGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
  query: ViewQuery,
  isCollapsed: (group: BackendGroup) => boolean,
): TableItem[] {
  const items: TableItem[] = [];
  for (const group of groups) {
    const keys = group.keys.filter((key) => {
      const server = servers.get(key);
      return server !== undefined && (key === query.expandedKey || matchesQuery(query, server));
    });
    if (keys.length === 0) continue;
    const isExpanded = !isCollapsed(group);
    items.push({ kind: "group", id: group.id, isExpanded });
    if (!isExpanded) continue;
    for (const key of keys) {
      items.push({ kind: "server", key, isOpen: key === query.expandedKey });
      if (key === query.expandedKey) items.push({ kind: "detail", key });
    }
  }
  return items;
}
