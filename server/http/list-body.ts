import { BOUNDS } from "../bounds.ts";
import { type Clock, forEachInSlices } from "../clock.ts";
import { toColumns } from "../contract/columns.ts";
import type { PublishedState } from "../contract/ports.ts";
import type { SnapshotMessage } from "../contract/status.ts";

/** How a list of servers is laid out: server by server, or field by field, which is small. */
export const LIST_FORMS = ["rows", "columns"] as const;
export type ListForm = (typeof LIST_FORMS)[number];

/** The published state, or an answer made of some of its servers. */
export type ServerListPage = SnapshotMessage & { readonly next: string | null };

/** Makes the JSON of a list, in UTF-8; gives the loop back every `renderSliceMs`. */
export type RenderListBody = (list: ServerListPage, form: ListForm) => Promise<Uint8Array>;

/** Rows come as `published` makes them for everybody; columns are made here. */
export function createListRenderer(published: PublishedState, clock: Clock): RenderListBody {
  return async (list, form) => (form === "rows" ? published.toJsonBytes(list) : renderColumns(list, clock));
}

async function renderColumns(
  { servers, instances, summary, next, ...position }: ServerListPage,
  clock: Clock,
): Promise<Uint8Array> {
  const columns: string[] = [];
  await forEachInSlices(clock, BOUNDS.renderSliceMs, toColumns(servers), ([name, column]) =>
    columns.push(`${JSON.stringify(name)}:${JSON.stringify(column)}`),
  );
  const head = JSON.stringify({ ...position, rows: servers.length });
  const tail = JSON.stringify({ instances, summary, next });
  return Buffer.from(`${head.slice(0, -1)},"columns":{${columns.join(",")}},${tail.slice(1)}`);
}
