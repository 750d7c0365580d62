import { BOUNDS } from "../bounds.ts";
import type { BackendView, ServerAddress, ServerView } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { type CheckTally, tallyChecks } from "./epoch.ts";
import { COMMA, LF, wholeNumber } from "./field-bytes.ts";
import { fieldText } from "./field-text.ts";
import { collectHints, type HintCollector } from "./hints.ts";
import type { Known, KnownServers } from "./known-servers.ts";
import { RowMemory } from "./row-memory.ts";
import { NO_ADDRESS, readStatAddress } from "./server-address.ts";
import { readBackendRow, readServerRow } from "./server-row.ts";
import { placeKey, type ServerPlace, type ServerPlaces } from "./servers-state.ts";
import type { Answer } from "./source.ts";
import { ROW_TYPE, STAT, STAT_COLUMNS } from "./stat-columns.ts";
import { type StatRecord, scanStatCsv, statHeader } from "./stat-csv.ts";

/** What a row was read as; rows that it does not pay to know again have none. */
type Row =
  | { readonly kind: "server"; readonly known: Known }
  | { readonly kind: "backend"; readonly view: BackendView; readonly counter: string };

export type TableMemory = RowMemory<Row>;

/** Columns that tick each second, in the order in which every HAProxy up to 3.5 has them. */
const TICKING = [STAT.lastchg, STAT.downtime, STAT.lastsess];
const LASTCHG_TICK = 0;
/** No row without quotes ends there: it is read each time. */
const QUOTED = -1;

/** HAProxy counts whole seconds, and each of two answers was some part of a second old. */
const LASTCHG_TOLERANCE_S = 1.5;

const NO_PLACE: ServerPlace = { address: NO_ADDRESS, fqdn: null, checkElsewhere: false };

export function createTableMemory(): TableMemory {
  return new RowMemory<Row>(TICKING.length, COMMA);
}

/** How a table is read. */
export interface TableContext {
  /** Never the same twice for one instance. */
  readonly number: number;
  readonly before: KnownServers;
  /** Null: places are as they were before, where the table does not show them. */
  readonly places: ServerPlaces | null;
  /** The one backend whose rows count; null for all. */
  readonly only: string | null;
  /** Of the last whole table; its owner commits it once this one was found good. Null: each row is read. */
  readonly memory: TableMemory | null;
}

/** A table that was read. */
export interface StatTable {
  readonly backends: BackendView[];
  /** The very same one as before where a server says the same. */
  readonly rows: Known[];
  readonly hints: HintCollector;
  /** Of frontends and backends, by kind and name. */
  readonly counters: Map<string, number>;
  readonly checks: CheckTally;
  /** A server is new, has another address or id, or came back from maintenance. */
  moved: boolean;
}

/** Reads all rows, or those of one backend; addresses that the table does not show come from the places, else from before. */
export function readTable(answer: Answer, tableAt: number, context: TableContext): StatTable {
  const { bytes, sentAt } = answer;
  const { number, before, places, only, memory } = context;
  const table: StatTable = {
    backends: [],
    rows: [],
    hints: collectHints(),
    counters: new Map(),
    checks: tallyChecks(),
    moved: false,
  };
  /** Servers that were not known before, by backend and name. */
  const added = new Map<string, Map<string, Known>>();
  // Rows of one backend follow each other, so its name is looked up once.
  let rawBackend: string | null = null;
  let backend = "";
  let servers: ReadonlyMap<string, Known> | undefined;
  const ticks = TICKING.map(() => QUOTED);

  memory?.open(bytes, statHeader(bytes, tableAt));
  const skip = memory === null ? undefined : (at: number) => skipRepeated(memory, at);
  scanStatCsv(bytes, tableAt, STAT_COLUMNS, readRecord, skip);
  return table;

  /** The offset behind a row that says what it said before, and is taken as that; else -1. */
  function skipRepeated(rows: TableMemory, from: number): number {
    const row = rows.repeated(from);
    if (row === null) return -1;
    if (row.kind === "backend") {
      if (table.counters.has(row.counter)) return -1;
      takeBackend(row.view, row.counter);
    } else {
      const { known } = row;
      if (!known.current || known.table === number || !holds(known, rows.tickAt(LASTCHG_TICK))) return -1;
      takeServer(known, known);
    }
    rows.keep(row);
    return rows.end;
  }

  /** The row says the same; so does what was read beside it, its time and its place. */
  function holds(known: Known, lastChangeAt: number): boolean {
    const { view, readAt } = known;
    const lastChange = numberAt(bytes, lastChangeAt);
    if (lastChange === null || view.lastChangeSeconds === null) {
      if (lastChange !== view.lastChangeSeconds) return false;
    } else {
      const expected = view.lastChangeSeconds + (sentAt - readAt) / 1_000;
      if (Math.abs(lastChange - expected) > LASTCHG_TOLERANCE_S) return false;
    }
    return places === null || places === known.places || isIn(places, known);
  }

  function readRecord(record: StatRecord): void {
    const row = readRow(record);
    if (memory === null) return;
    TICKING.forEach((column, tick) => {
      ticks[tick] = record.start(column);
    });
    memory.learn(row, record.end, ticks);
  }

  function readRow(record: StatRecord): Row | null {
    const type = record.number(STAT.type);
    const raw = record.raw(STAT.pxname);
    if (type === ROW_TYPE.frontend) table.counters.set(`${type}/${raw}`, record.number(STAT.stot) ?? 0);
    if (type !== ROW_TYPE.backend && type !== ROW_TYPE.server) return null;
    if (raw !== rawBackend) {
      const name = fieldText(raw, backend);
      if (only !== null && name !== only) return null;
      rawBackend = raw;
      backend = name;
      servers = before.of(name);
    }
    return type === ROW_TYPE.server ? readServer(record) : readBackend(record, `${type}/${raw}`);
  }

  function readBackend(record: StatRecord, counter: string): Row | null {
    // Of several workers (nbproc) the first one counts.
    if (table.counters.has(counter)) return null;
    const view = readBackendRow(record, backend);
    takeBackend(view, counter);
    return { kind: "backend", view, counter };
  }

  function takeBackend(view: BackendView, counter: string): void {
    table.counters.set(counter, view.sessionsTotal ?? 0);
    table.backends.push(view);
  }

  function readServer(record: StatRecord): Row | null {
    if (table.rows.length >= BOUNDS.serversMax) {
      throw new HaprobeError("HAPROBE_STATS_TOO_MANY_SERVERS", `there are more than ${BOUNDS.serversMax} servers`);
    }
    const rawName = record.raw(STAT.svname);
    const last = lastOf(rawName);
    const name = fieldText(rawName, last?.view.server);
    const proxyId = record.number(STAT.iid) ?? 0;
    const met = last?.table === number ? last : added.get(backend)?.get(name);
    if (met?.view.proxyId === proxyId) return null;
    const addr = record.text(STAT.addr, last?.addr);
    const place =
      places === null ? (last?.place ?? NO_PLACE) : placeOf(proxyId, record.number(STAT.sid) ?? 0, addr, places);
    const { view, unknownWords } = readServerRow(record, backend, name, last?.view ?? null, place);
    table.moved ||= last === undefined || hasMoved(last, view, addr);
    const known: Known = {
      backend,
      view,
      readAt: sentAt,
      addr,
      place,
      places: places ?? last?.places ?? null,
      unknownWords,
      current: false,
      table: number,
    };
    if (last === undefined) add(known);
    takeServer(known, last);
    return { kind: "server", known };
  }

  /** Nearly always what stood in this place before: then nothing has to be looked up. */
  function lastOf(rawName: string): Known | undefined {
    const row = memory?.expected ?? null;
    if (row?.kind === "server") {
      const { known } = row;
      if (known.current && known.backend === backend && known.view.server === rawName && servers !== undefined)
        return known;
    }
    return servers?.get(rawName);
  }

  function add(known: Known): void {
    const names = added.get(known.backend) ?? new Map<string, Known>();
    names.set(known.view.server, known);
    added.set(known.backend, names);
  }

  function takeServer(known: Known, last: Known | undefined): void {
    if (last !== undefined) {
      last.table = number;
      table.checks.pair(last.view, known.view);
    }
    table.hints.server(known.view, known.addr);
    for (const word of known.unknownWords) table.hints.unknownWord(word);
    table.rows.push(known);
  }
}

/** The address as the table shows it, else (level user, not resolved) as the servers' state does. */
function placeOf(proxyId: number, serverId: number, addr: string, places: ServerPlaces): ServerPlace {
  const place = places.get(placeKey(proxyId, serverId)) ?? NO_PLACE;
  if (addr === "") return place;
  const address: ServerAddress = readStatAddress(addr);
  return { ...place, address };
}

/** Whether these states have the server where it is known to be; remembered, since they are mostly the same for a long time. */
function isIn(places: ServerPlaces, known: Known): boolean {
  const { view, addr, place } = known;
  if (!samePlace(placeOf(view.proxyId, view.serverId, addr, places), place)) return false;
  known.places = places;
  return true;
}

function samePlace(a: ServerPlace, b: ServerPlace): boolean {
  if (a.fqdn !== b.fqdn || a.checkElsewhere !== b.checkElsewhere) return false;
  if (a.address.kind !== "ip" || b.address.kind !== "ip") return a.address.kind === b.address.kind;
  return a.address.host === b.address.host && a.address.port === b.address.port;
}

/** The field that begins at `from`, as a whole number; null where it is empty or something else. For records without quotes. */
function numberAt(bytes: Uint8Array, from: number): number | null {
  let to = from;
  for (let c = bytes[to]; c !== undefined && c !== COMMA && c !== LF; c = bytes[to]) to += 1;
  return wholeNumber(bytes, from, to);
}

function hasMoved(last: Known, view: ServerView, addr: string): boolean {
  return (
    last.addr !== addr ||
    last.view.serverId !== view.serverId ||
    last.view.proxyId !== view.proxyId ||
    // Whoever gives a slot another address does it in maintenance; level user sees no address here.
    (last.view.state === "maint" && view.state !== "maint")
  );
}
