import type { StatsColumn } from "../contract/incident.ts";
import { decodeField } from "./field-text.ts";
import type { KnownServer } from "./known-servers.ts";
import { readStatHeader } from "./stat-csv.ts";
import { StatRecord } from "./stat-record.ts";
import type { StatTable } from "./stat-table.ts";

/** A response, its servers and where their rows begin. */
interface Table extends Pick<StatTable, "rowOffsets"> {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly backend: string | null;
  readonly servers: readonly KnownServer[];
  /** Place of each server, by `backend/server`; made with the first row that is asked for. */
  places: ReadonlyMap<string, number> | null;
}

/** Rows of the newest responses as they came; a row is read only when it is asked for. */
export class RawRows {
  /** The newest response about everything, and the newest about one backend after it. */
  #full: Table | null = null;
  #partial: Table | null = null;

  /** Keeps an accepted response, whose table begins at `offset`; `backend` null: about everything. */
  add(
    bytes: Buffer,
    offset: number,
    backend: string | null,
    { servers, rowOffsets }: Pick<StatTable, "servers" | "rowOffsets">,
  ): void {
    const table: Table = { bytes, offset, backend, servers, rowOffsets, places: null };
    if (backend !== null) {
      this.#partial = table;
      return;
    }
    this.#full = table;
    this.#partial = null;
  }

  /** The columns of a server that have a value; null where no kept response has its row. */
  find(backend: string, server: string): readonly StatsColumn[] | null {
    const table = this.#partial?.backend === backend ? this.#partial : this.#full;
    if (table === null) return null;
    table.places ??= new Map(table.servers.map(({ view }, place) => [`${view.backend}/${view.server}`, place]));
    const at = table.rowOffsets[table.places.get(`${backend}/${server}`) ?? -1] ?? -1;
    return at < 0 ? null : readRow(table, at);
  }
}

function readRow({ bytes, offset }: Table, at: number): readonly StatsColumn[] {
  const names = readStatHeader(bytes, offset).slice(2).split(",");
  const record = new StatRecord(bytes, names.length);
  record.scan(at, Int16Array.from(names.keys()));
  return names.flatMap((name, column) => {
    const value = name === "" || name === "-" ? "" : decodeField(record.raw(column));
    return value === "" ? [] : [{ name: decodeField(name), value }];
  });
}
