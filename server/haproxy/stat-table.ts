import { BOUNDS } from "../bounds.ts";
import type { BackendView, ServerAddress, ServerView } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { type CheckResetDetector, createCheckResetDetector } from "./epoch.ts";
import { COMMA, LF, parseInteger } from "./field-bytes.ts";
import { decodeField } from "./field-text.ts";
import { createHintCollector, type HintCollector } from "./hint-collector.ts";
import type { KnownServer, KnownServers } from "./known-servers.ts";
import { RowCache } from "./row-cache.ts";
import { NO_ADDRESS, parseStatAddress } from "./server-address.ts";
import { parseBackendRow, parseServerRow } from "./server-row.ts";
import { locationKey, type ServerLocation, type ServerLocations } from "./servers-state.ts";
import type { StatsResponse } from "./stats-source.ts";
import { ROW_TYPE, STAT_INDEX, STAT_COLUMNS } from "./stat-columns.ts";
import { type StatRecord, scanStatCsv, readStatHeader } from "./stat-csv.ts";

/** What a row was read as; rows that it does not pay to know again have none. */
type TableRow =
  | { readonly kind: "server"; readonly known: KnownServer }
  | { readonly kind: "backend"; readonly view: BackendView; readonly counter: string };

export type TableRowCache = RowCache<TableRow>;

/** Columns that tick each second, in the order in which every HAProxy up to 3.5 has them. */
const TICKING_COLUMNS = [STAT_INDEX.lastchg, STAT_INDEX.downtime, STAT_INDEX.lastsess];
const LASTCHG_TICKING_INDEX = 0;
/** No row without quotes ends there: it is read each time. */
const NO_OFFSET = -1;

/** HAProxy counts whole seconds, and each of two answers was some part of a second old. */
const LASTCHG_TOLERANCE_S = 1.5;

const NO_LOCATION: ServerLocation = { address: NO_ADDRESS, fqdn: null, checkElsewhere: false };

export function createTableRowCache(): TableRowCache {
  return new RowCache<TableRow>(TICKING_COLUMNS.length, COMMA);
}

/** How a table is read. */
export interface TableContext {
  /** Never the same twice for one instance. */
  readonly tableNumber: number;
  readonly previous: KnownServers;
  /** Null: places are as they were before, where the table does not show them. */
  readonly locations: ServerLocations | null;
  /** The one backend whose rows count; null for all. */
  readonly onlyBackend: string | null;
  /** Of the last whole table; its owner commits it once this one was found good. Null: each row is read. */
  readonly rowCache: TableRowCache | null;
}

/** A table that was read. */
export interface StatTable {
  readonly backends: BackendView[];
  /** The very same one as before where a server says the same. */
  readonly servers: KnownServer[];
  readonly hints: HintCollector;
  /** Of frontends and backends, by kind and name. */
  readonly sessionTotals: Map<string, number>;
  readonly checkResets: CheckResetDetector;
  /** A server is new, has another address or id, or came back from maintenance. */
  serversChanged: boolean;
}

/** Reads all rows, or those of one backend; addresses that the table does not show come from the places, else from before. */
export function parseStatTable(answer: StatsResponse, tableAt: number, context: TableContext): StatTable {
  const { bytes, sentAt } = answer;
  const { tableNumber: number, previous: before, locations: places, onlyBackend: only, rowCache: memory } = context;
  const table: StatTable = {
    backends: [],
    servers: [],
    hints: createHintCollector(),
    sessionTotals: new Map(),
    checkResets: createCheckResetDetector(),
    serversChanged: false,
  };
  /** Servers that were not known before, by backend and name. */
  const added = new Map<string, Map<string, KnownServer>>();
  // Rows of one backend follow each other, so its name is looked up once.
  let rawBackend: string | null = null;
  let backend = "";
  let servers: ReadonlyMap<string, KnownServer> | undefined;
  const ticks = TICKING_COLUMNS.map(() => NO_OFFSET);

  memory?.beginTable(bytes, readStatHeader(bytes, tableAt));
  const skip = memory === null ? undefined : (at: number) => skipRepeated(memory, at);
  scanStatCsv(bytes, tableAt, STAT_COLUMNS, readRecord, skip);
  return table;

  /** The offset behind a row that says what it said before, and is taken as that; else -1. */
  function skipRepeated(rows: TableRowCache, from: number): number {
    const row = rows.matchUnchanged(from);
    if (row === null) return -1;
    if (row.kind === "backend") {
      if (table.sessionTotals.has(row.counter)) return -1;
      takeBackend(row.view, row.counter);
    } else {
      const { known } = row;
      if (
        !known.current ||
        known.lastTableNumber === number ||
        !holds(known, rows.tickingFieldOffset(LASTCHG_TICKING_INDEX))
      )
        return -1;
      takeServer(known, known);
    }
    rows.keepMatched(row);
    return rows.matchedEnd;
  }

  /** The row says the same; so does what was read beside it, its time and its place. */
  function holds(known: KnownServer, lastChangeAt: number): boolean {
    const { view, readAt } = known;
    const lastChange = parseIntegerAt(bytes, lastChangeAt);
    if (lastChange === null || view.lastChangeSeconds === null) {
      if (lastChange !== view.lastChangeSeconds) return false;
    } else {
      const expected = view.lastChangeSeconds + (sentAt - readAt) / 1_000;
      if (Math.abs(lastChange - expected) > LASTCHG_TOLERANCE_S) return false;
    }
    return places === null || places === known.verifiedLocations || confirmLocation(places, known);
  }

  function readRecord(record: StatRecord): void {
    const row = readRow(record);
    if (memory === null) return;
    TICKING_COLUMNS.forEach((column, tick) => {
      ticks[tick] = record.fieldOffset(column);
    });
    memory.addParsed(row, record.endOffset, ticks);
  }

  function readRow(record: StatRecord): TableRow | null {
    const type = record.number(STAT_INDEX.type);
    const raw = record.raw(STAT_INDEX.pxname);
    if (type === ROW_TYPE.frontend) table.sessionTotals.set(`${type}/${raw}`, record.number(STAT_INDEX.stot) ?? 0);
    if (type !== ROW_TYPE.backend && type !== ROW_TYPE.server) return null;
    if (raw !== rawBackend) {
      const name = decodeField(raw, backend);
      if (only !== null && name !== only) return null;
      rawBackend = raw;
      backend = name;
      servers = before.serversOf(name);
    }
    return type === ROW_TYPE.server ? readServer(record) : readBackend(record, `${type}/${raw}`);
  }

  function readBackend(record: StatRecord, counter: string): TableRow | null {
    // Of several workers (nbproc) the first one counts.
    if (table.sessionTotals.has(counter)) return null;
    const view = parseBackendRow(record, backend);
    takeBackend(view, counter);
    return { kind: "backend", view, counter };
  }

  function takeBackend(view: BackendView, counter: string): void {
    table.sessionTotals.set(counter, view.sessionsTotal ?? 0);
    table.backends.push(view);
  }

  function readServer(record: StatRecord): TableRow | null {
    if (table.servers.length >= BOUNDS.serversMax) {
      throw new HaprobeError("HAPROBE_STATS_TOO_MANY_SERVERS", `there are more than ${BOUNDS.serversMax} servers`);
    }
    const rawName = record.raw(STAT_INDEX.svname);
    const last = lastOf(rawName);
    const name = decodeField(rawName, last?.view.server);
    const proxyId = record.number(STAT_INDEX.iid) ?? 0;
    const met = last?.lastTableNumber === number ? last : added.get(backend)?.get(name);
    if (met?.view.proxyId === proxyId) return null;
    const addr = record.text(STAT_INDEX.addr, last?.addr);
    const place =
      places === null
        ? (last?.location ?? NO_LOCATION)
        : locationOf(proxyId, record.number(STAT_INDEX.sid) ?? 0, addr, places);
    const { view, unknownWords } = parseServerRow(record, backend, name, last?.view ?? null, place);
    table.serversChanged ||= last === undefined || hasMoved(last, view, addr);
    const known: KnownServer = {
      backend,
      view,
      readAt: sentAt,
      addr,
      location: place,
      verifiedLocations: places ?? last?.verifiedLocations ?? null,
      unknownWords,
      current: false,
      lastTableNumber: number,
    };
    if (last === undefined) add(known);
    takeServer(known, last);
    return { kind: "server", known };
  }

  /** Nearly always what stood in this place before: then nothing has to be looked up. */
  function lastOf(rawName: string): KnownServer | undefined {
    const row = memory?.previousRow ?? null;
    if (row?.kind === "server") {
      const { known } = row;
      if (known.current && known.backend === backend && known.view.server === rawName && servers !== undefined)
        return known;
    }
    return servers?.get(rawName);
  }

  function add(known: KnownServer): void {
    const names = added.get(known.backend) ?? new Map<string, KnownServer>();
    names.set(known.view.server, known);
    added.set(known.backend, names);
  }

  function takeServer(known: KnownServer, last: KnownServer | undefined): void {
    if (last !== undefined) {
      last.lastTableNumber = number;
      table.checkResets.addPair(last.view, known.view);
    }
    table.hints.addServer(known.view, known.addr);
    for (const word of known.unknownWords) table.hints.addUnknownWord(word);
    table.servers.push(known);
  }
}

/** The address as the table shows it, else (level user, not resolved) as the servers' state does. */
function locationOf(proxyId: number, serverId: number, addr: string, places: ServerLocations): ServerLocation {
  const place = places.get(locationKey(proxyId, serverId)) ?? NO_LOCATION;
  if (addr === "") return place;
  const address: ServerAddress = parseStatAddress(addr);
  return { ...place, address };
}

/** Whether these states have the server where it is known to be; remembered, since they are mostly the same for a long time. */
function confirmLocation(places: ServerLocations, known: KnownServer): boolean {
  const { view, addr, location: place } = known;
  if (!isSameLocation(locationOf(view.proxyId, view.serverId, addr, places), place)) return false;
  known.verifiedLocations = places;
  return true;
}

function isSameLocation(a: ServerLocation, b: ServerLocation): boolean {
  if (a.fqdn !== b.fqdn || a.checkElsewhere !== b.checkElsewhere) return false;
  if (a.address.kind !== "ip" || b.address.kind !== "ip") return a.address.kind === b.address.kind;
  return a.address.host === b.address.host && a.address.port === b.address.port;
}

/** The field that begins at `from`, as a whole number; null where it is empty or something else. For records without quotes. */
function parseIntegerAt(bytes: Uint8Array, from: number): number | null {
  let to = from;
  for (let c = bytes[to]; c !== undefined && c !== COMMA && c !== LF; c = bytes[to]) to += 1;
  return parseInteger(bytes, from, to);
}

function hasMoved(last: KnownServer, view: ServerView, addr: string): boolean {
  return (
    last.addr !== addr ||
    last.view.serverId !== view.serverId ||
    last.view.proxyId !== view.proxyId ||
    // Whoever gives a slot another address does it in maintenance; level user sees no address here.
    (last.view.state === "maint" && view.state !== "maint")
  );
}
