import { BOUNDS } from "../bounds.ts";
import type { BackendView, ServerAddress, ServerView } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { type CheckTally, tallyChecks } from "./epoch.ts";
import { fieldText } from "./field-text.ts";
import { collectHints, type HintCollector } from "./hints.ts";
import { RowMemory } from "./row-memory.ts";
import { NO_ADDRESS, readStatAddress } from "./server-address.ts";
import { readBackendRow, readServerRow } from "./server-row.ts";
import { placeKey, type ServerPlace, type ServerPlaces } from "./servers-state.ts";
import type { Answer } from "./source.ts";
import { ROW_TYPE, STAT, STAT_COLUMNS } from "./stat-columns.ts";
import { numberAt, type StatRecord, scanStatCsv, statHeader } from "./stat-csv.ts";

/** A server as it was last read. */
export interface Known {
  readonly view: ServerView;
  /** When the answer was asked for that this view was read from. */
  readonly readAt: number;
  /** Its `addr` column as it stands: empty at level user, and where there is no address. */
  readonly addr: string;
  readonly place: ServerPlace;
  readonly unknownWords: readonly string[];
}
export type KnownServers = Map<string, Known>;

/** What a row was read as; rows that it does not pay to know again have none. */
type Row =
  | { readonly kind: "server"; readonly backend: string; readonly known: Known }
  | { readonly kind: "backend"; readonly backend: string; readonly view: BackendView; readonly counter: string };

export type TableMemory = RowMemory<Row>;

/** Columns that tick each second, in the order in which every HAProxy up to 3.5 has them. */
const TICKING = [STAT.lastchg, STAT.downtime, STAT.lastsess];
const LASTCHG_TICK = 0;

/** HAProxy counts whole seconds, and each of two answers was some part of a second old. */
const LASTCHG_TOLERANCE_S = 1.5;

const NO_PLACE: ServerPlace = { address: NO_ADDRESS, fqdn: null, checkElsewhere: false };

export function createTableMemory(): TableMemory {
  return new RowMemory<Row>(TICKING);
}

/** How a table is read. */
export interface TableContext {
  readonly before: ReadonlyMap<string, KnownServers>;
  /** Null: places are as they were before, where the table does not show them. */
  readonly places: ServerPlaces | null;
  /** The one backend whose rows count; null for all. */
  readonly only: string | null;
  /** Of the last whole table; its owner commits it once this one was found good. */
  readonly memory: TableMemory;
}

/** A table that was read. */
export interface StatTable {
  readonly backends: BackendView[];
  /** The very same view as before where a server says the same. */
  readonly servers: ServerView[];
  readonly known: Map<string, KnownServers>;
  readonly hints: HintCollector;
  /** Of frontends and backends, by kind and name. */
  readonly counters: Map<string, number>;
  readonly checks: CheckTally;
  /** A server is new, has another address or id, or came back from maintenance. */
  moved: boolean;
}

/** Reads all rows, or those of one backend; addresses that the table does not show come from the places, else from before. */
export function readTable(answer: Answer, tableAt: number, context: TableContext): StatTable {
  const { text, sentAt } = answer;
  const { before, places, only, memory } = context;
  const table: StatTable = {
    backends: [],
    servers: [],
    known: new Map(),
    hints: collectHints(),
    counters: new Map(),
    checks: tallyChecks(),
    moved: false,
  };
  // Rows of one backend follow each other, so its name is looked up once.
  let rawBackend: string | null = null;
  let backend: string | null = null;
  let servers: KnownServers = new Map();
  let serversBefore: KnownServers | undefined;

  if (only === null) memory.open(text, statHeader(text, tableAt));
  scanStatCsv(text, tableAt, STAT_COLUMNS, readRecord, only === null ? skipRepeated : undefined);
  return table;

  function enterBackend(name: string): void {
    backend = name;
    serversBefore = before.get(name);
    servers = table.known.get(name) ?? new Map();
    table.known.set(name, servers);
  }

  /** The offset behind a row that says what it said before, and is taken as that; else -1. */
  function skipRepeated(from: number): number {
    const row = memory.repeated(from);
    if (row === null) return -1;
    if (row.backend !== backend) {
      enterBackend(row.backend);
      rawBackend = null;
    }
    if (row.kind === "server" ? !holds(row.known) : table.counters.has(row.counter)) return -1;
    memory.keep(row);
    if (row.kind === "server") takeServer(row.known, row.known);
    else takeBackend(row.view, row.counter);
    return memory.end;
  }

  /** The row is the same; what was read from it beside the row is, too. */
  function holds(known: Known): boolean {
    const { view, readAt, addr } = known;
    if (serversBefore?.get(view.server) !== known || servers.has(view.server)) return false;
    const lastChange = numberAt(text, memory.tickAt(LASTCHG_TICK));
    if (lastChange === null || view.lastChangeSeconds === null) {
      if (lastChange !== view.lastChangeSeconds) return false;
    } else {
      const expected = view.lastChangeSeconds + (sentAt - readAt) / 1_000;
      if (Math.abs(lastChange - expected) > LASTCHG_TOLERANCE_S) return false;
    }
    return places === null || samePlace(placeOf(view.proxyId, view.serverId, addr, places), known.place);
  }

  function readRecord(record: StatRecord): void {
    const type = record.number(STAT.type);
    const raw = record.text(STAT.pxname);
    let row: Row | null = null;
    if (type === ROW_TYPE.frontend) table.counters.set(`${type}/${raw}`, record.number(STAT.stot) ?? 0);
    if (type === ROW_TYPE.backend || type === ROW_TYPE.server) {
      if (raw !== rawBackend) {
        const name = fieldText(raw, backend ?? "");
        if (only !== null && name !== only) return;
        rawBackend = raw;
        if (name !== backend) enterBackend(name);
      }
      const name = backend ?? "";
      row = type === ROW_TYPE.server ? readServer(record, name) : readBackend(record, name, `${type}/${raw}`);
    }
    if (only === null) memory.learn(record, row);
  }

  function readBackend(record: StatRecord, name: string, counter: string): Row | null {
    // Of several workers (nbproc) the first one counts.
    if (table.counters.has(counter)) return null;
    const view = readBackendRow(record, name);
    takeBackend(view, counter);
    return { kind: "backend", backend: name, view, counter };
  }

  function takeBackend(view: BackendView, counter: string): void {
    table.counters.set(counter, view.sessionsTotal ?? 0);
    table.backends.push(view);
  }

  function readServer(record: StatRecord, inBackend: string): Row | null {
    if (table.servers.length >= BOUNDS.serversMax) {
      throw new HaprobeError("HAPROBE_STATS_TOO_MANY_SERVERS", `there are more than ${BOUNDS.serversMax} servers`);
    }
    const rawName = record.text(STAT.svname);
    const last = serversBefore?.get(rawName);
    const name = fieldText(rawName, last?.view.server);
    if (servers.get(name)?.view.proxyId === record.number(STAT.iid)) return null;
    const addr = fieldText(record.text(STAT.addr), last?.addr);
    const place =
      places === null
        ? (last?.place ?? NO_PLACE)
        : placeOf(record.number(STAT.iid) ?? 0, record.number(STAT.sid) ?? 0, addr, places);
    const { view, unknownWords } = readServerRow(record, inBackend, name, last?.view ?? null, place);
    table.moved ||= last === undefined || hasMoved(last, view, addr);
    const known: Known = { view, readAt: sentAt, addr, place, unknownWords };
    takeServer(known, last);
    return { kind: "server", backend: inBackend, known };
  }

  function takeServer(known: Known, last: Known | undefined): void {
    const { view, addr, unknownWords } = known;
    if (last !== undefined) table.checks.pair(last.view, view);
    table.hints.server(view, addr);
    for (const word of unknownWords) table.hints.unknownWord(word);
    servers.set(view.server, known);
    table.servers.push(view);
  }
}

/** The address as the table shows it, else (level user, not resolved) as the servers' state does. */
function placeOf(proxyId: number, serverId: number, addr: string, places: ServerPlaces): ServerPlace {
  const place = places.get(placeKey(proxyId, serverId)) ?? NO_PLACE;
  if (addr === "") return place;
  const address: ServerAddress = readStatAddress(addr);
  return { ...place, address };
}

function samePlace(a: ServerPlace, b: ServerPlace): boolean {
  if (a.fqdn !== b.fqdn || a.checkElsewhere !== b.checkElsewhere) return false;
  if (a.address.kind !== "ip" || b.address.kind !== "ip") return a.address.kind === b.address.kind;
  return a.address.host === b.address.host && a.address.port === b.address.port;
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
