import type { ServerStatus } from "../../server/contract/status.ts";
import type { BackendGroup } from "./backend-group.ts";
import { matchesQuery, type ViewQuery } from "./view-query.ts";

/** One row of the table: a group or a server. */
export type TableItem =
  | { readonly kind: "group"; readonly id: string; readonly isExpanded: boolean }
  | { readonly kind: "server"; readonly key: string };

/** Rows of the table in order: groups without a match are left out, collapsed ones keep their head. */
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
      return server !== undefined && matchesQuery(query, server);
    });
    if (keys.length === 0) continue;
    const isExpanded = !isCollapsed(group);
    items.push({ kind: "group", id: group.id, isExpanded });
    if (!isExpanded) continue;
    for (const key of keys) items.push({ kind: "server", key });
  }
  return items;
}
