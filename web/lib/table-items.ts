import type { ServerStatus } from "../../server/contract/status.ts";
import type { BackendGroup } from "./backend-group.ts";
import { matchesQuery, type ViewQuery } from "./view-query.ts";

/** One line of the table, or the fold under one. */
export type TableItem =
  | { readonly kind: "group"; readonly id: string; readonly isExpanded: boolean }
  | { readonly kind: "server"; readonly key: string; readonly isOpen: boolean }
  | { readonly kind: "detail"; readonly key: string };

/** The table's lines in order: groups without a match vanish, folded ones keep their head, the open server has its fold. */
export function tableItems(
  groups: readonly BackendGroup[],
  servers: ReadonlyMap<string, ServerStatus>,
  query: ViewQuery,
  isFolded: (group: BackendGroup) => boolean,
): TableItem[] {
  const items: TableItem[] = [];
  for (const group of groups) {
    const keys = group.keys.filter((key) => {
      const server = servers.get(key);
      return server !== undefined && (key === query.expandedKey || matchesQuery(query, server));
    });
    if (keys.length === 0) continue;
    const isOpen = !isFolded(group);
    items.push({ kind: "group", id: group.id, isExpanded: isOpen });
    if (!isOpen) continue;
    for (const key of keys) {
      items.push({ kind: "server", key, isOpen: key === query.expandedKey });
      if (key === query.expandedKey) items.push({ kind: "detail", key });
    }
  }
  return items;
}
