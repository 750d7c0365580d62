import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { toColumns } from "../contract/columns.ts";
import type { PublishedState } from "../contract/ports.ts";
import type { SnapshotMessage } from "../contract/status.ts";
import { forEachInSlices } from "../slices.ts";

/** Layout of a list of servers: by server, or by field, which is the dashboard's own. */
export const LIST_FORMS = ["rows", "columns"] as const;
export type ListForm = (typeof LIST_FORMS)[number];

/** The published state, or a page of its servers. */
export type ServerListPage = SnapshotMessage & { readonly next: string | null };

/** Renders a list as JSON in UTF-8; yields to the event loop every `sliceMs`. */
export type RenderListBody = (list: ServerListPage, form: ListForm) => Promise<Uint8Array>;

/** Rows are rendered by `published`, which shares them with the streams, columns by this module. */
export function createListRenderer(published: PublishedState, clock: Clock): RenderListBody {
  return (list, form) => (form === "rows" ? published.renderJsonBytes(list) : renderColumns(list, clock));
}

async function renderColumns(
  { servers, instances, summary, next, ...position }: ServerListPage,
  clock: Clock,
): Promise<Uint8Array> {
  const columns: string[] = [];
  await forEachInSlices(clock, BOUNDS.sliceMs, toColumns(servers), ([name, column]) =>
    columns.push(`${JSON.stringify(name)}:${JSON.stringify(column)}`),
  );
  const head = JSON.stringify({ ...position, rows: servers.length });
  const tail = JSON.stringify({ instances, summary, next });
  return Buffer.from(`${head.slice(0, -1)},"columns":{${columns.join(",")}},${tail.slice(1)}`);
}
