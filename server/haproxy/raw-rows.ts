import type { StatsColumn } from "../contract/incident.ts";
import { decodeField } from "./field-text.ts";
import { ROW_TYPE } from "./stat-columns.ts";
import { readStatHeader, scanStatCsv } from "./stat-csv.ts";
import { StatRecord } from "./stat-record.ts";

/** A response and, once a row of it was looked for, the offset of each server's row. */
interface Table {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly backend: string | null;
  rows: ReadonlyMap<string, number> | null;
}

const KEY_COLUMNS = ["pxname", "svname", "type"];

/** Rows of the newest responses as they came; a response is searched only when a row of it is asked for. */
export class RawRows {
  /** The newest response about everything, and the newest about one backend after it. */
  #full: Table | null = null;
  #partial: Table | null = null;

  /** Keeps an accepted response; `backend` null: about everything. */
  add(bytes: Buffer, offset: number, backend: string | null): void {
    const table: Table = { bytes, offset, backend, rows: null };
    if (backend !== null) {
      this.#partial = table;
      return;
    }
    this.#full = table;
    this.#partial = null;
  }

  /** The columns of a server that have a value; null where no kept response has the server. */
  find(backend: string, server: string): readonly StatsColumn[] | null {
    const table = this.#partial?.backend === backend ? this.#partial : this.#full;
    if (table === null) return null;
    table.rows ??= indexRows(table);
    const at = table.rows.get(`${backend}/${server}`);
    return at === undefined ? null : readRow(table, at);
  }
}

function indexRows({ bytes, offset }: Table): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  let start = offset + readStatHeader(bytes, offset).length + 1;
  const scan = scanStatCsv(bytes, offset, KEY_COLUMNS, {
    onRecord(record) {
      const key = `${decodeField(record.raw(0))}/${decodeField(record.raw(1))}`;
      // With several workers (nbproc) the first row counts.
      if (record.number(2) === ROW_TYPE.server && !rows.has(key)) rows.set(key, start);
      start = record.endOffset;
    },
    onMalformed() {
      start = -1;
    },
    skip(from) {
      start = from;
      return -1;
    },
  });
  while (scan.next().done !== true);
  return rows;
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
