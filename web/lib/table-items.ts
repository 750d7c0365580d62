import type { ServerStatus } from "../../server/contract/status.ts";
import type { Group } from "./order.ts";
import { matchesQuery, type Query } from "./query.ts";

/** One line of the table, or the fold under one. */
export type TableItem =
  | { readonly kind: "group"; readonly id: string; readonly isOpen: boolean }
  | { readonly kind: "server"; readonly key: string; readonly isOpen: boolean }
  | { readonly kind: "detail"; readonly key: string };

/** The table's lines in order: groups without a match vanish, folded ones keep their head, the open server has its fold. */
export function tableItems(
  groups: readonly Group[],
  servers: ReadonlyMap<string, ServerStatus>,
  query: Query,
  isFolded: (group: Group) => boolean,
): TableItem[] {
  const items: TableItem[] = [];
  for (const group of groups) {
    const keys = group.keys.filter((key) => {
      const server = servers.get(key);
      return server !== undefined && (key === query.open || matchesQuery(query, server));
    });
    if (keys.length === 0) continue;
    const isOpen = !isFolded(group);
    items.push({ kind: "group", id: group.id, isOpen });
    if (!isOpen) continue;
    for (const key of keys) {
      items.push({ kind: "server", key, isOpen: key === query.open });
      if (key === query.open) items.push({ kind: "detail", key });
    }
  }
  return items;
}
