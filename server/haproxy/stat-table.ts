import { BOUNDS } from "../bounds.ts";
import type { BackendView, ServerView } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { type CheckResetDetector, createCheckResetDetector } from "./epoch.ts";
import { COMMA, LF, parseInteger, UINT32_MAX } from "./field-bytes.ts";
import { decodeName } from "./field-text.ts";
import { createHintCollector, type HintCollector } from "./hint-collector.ts";
import type { KnownServer, KnownServers } from "./known-servers.ts";
import { RowCache } from "./row-cache.ts";
import { confirmLocation, locationOf, NO_LOCATION } from "./server-location.ts";
import { parseBackendRow, parseServerRow } from "./server-row.ts";
import type { ServerLocations } from "./servers-state.ts";
import type { StatsResponse } from "./stats-source.ts";
import { ROW_TYPE, STAT_INDEX, STAT_COLUMNS } from "./stat-columns.ts";
import { scanStatCsv, readStatHeader } from "./stat-csv.ts";
import type { StatRecord } from "./stat-record.ts";

/** The parsed form of a row; other rows are not cached. */
type TableRow =
  | { readonly kind: "server"; readonly known: KnownServer }
  | { readonly kind: "backend"; readonly view: BackendView; readonly counterKey: string }
  | { readonly kind: "left-out" };

/** A server beyond the limit of one instance: of its row nothing is kept. */
const LEFT_OUT: TableRow = { kind: "left-out" };

export type TableRowCache = RowCache<TableRow>;

/** Columns that increment each second, in the order of each HAProxy up to 3.5. */
const TICKING_COLUMNS = [STAT_INDEX.lastchg, STAT_INDEX.downtime, STAT_INDEX.lastsess];
const LASTCHG_TICKING_INDEX = 0;

/** HAProxy rounds to seconds, and each of two responses is up to a second old. */
const LASTCHG_TOLERANCE_S = 1.5;

export function createTableRowCache(): TableRowCache {
  return new RowCache<TableRow>(TICKING_COLUMNS.length, COMMA);
}

/** The state and the selection with which a table is parsed. */
export interface TableContext {
  /** Unique within one instance. */
  readonly tableNumber: number;
  readonly previous: KnownServers;
  /** Null: a server keeps its previous location, unless the table shows its address. */
  readonly locations: ServerLocations | null;
  /** The one backend to keep; null for all. */
  readonly onlyBackend: string | null;
  /** Rows of the last full table; the caller commits it after it accepts this table. Null: each row is parsed. */
  readonly rowCache: TableRowCache | null;
}

/** A parsed table. */
export interface StatTable {
  readonly backends: BackendView[];
  /** Unchanged servers are the same objects as before. */
  readonly servers: KnownServer[];
  /** Where the row of each of the servers begins; -1 for one without a row. */
  readonly rowOffsets: number[];
  readonly hints: HintCollector;
  /** Session counters of frontends and backends, by type and name. */
  readonly sessionTotals: Map<string, number>;
  readonly checkResets: CheckResetDetector;
  /** Servers beyond the limit of one instance. */
  leftOut: number;
  /** A server is new, has another address or id, or returned from maintenance. */
  serversChanged: boolean;
}

/** Parses all rows, or those of one backend; an address comes from the table, else from `locations`, else from the previous table. */
export function* parseStatTable(
  response: StatsResponse,
  tableOffset: number,
  context: TableContext,
): Generator<void, StatTable, void> {
  const { bytes, sentAt } = response;
  const { tableNumber, previous, locations, onlyBackend, rowCache } = context;
  const table: StatTable = {
    backends: [],
    servers: [],
    rowOffsets: [],
    hints: createHintCollector(),
    sessionTotals: new Map(),
    checkResets: createCheckResetDetector(),
    leftOut: 0,
    serversChanged: false,
  };
  /** Names of the servers that are new in this table, by backend. */
  const added = new Map<string, Set<string>>();
  // The rows of one backend are adjacent, so that its name is looked up once.
  let rawBackend: string | null = null;
  let backend = "";
  let servers: ReadonlyMap<string, KnownServer> | undefined;
  let malformedRows = 0;
  let rowStart = -1;
  const tickingOffsets = TICKING_COLUMNS.map(() => -1);

  rowCache?.beginTable(bytes, readStatHeader(bytes, tableOffset));
  yield* scanStatCsv(bytes, tableOffset, STAT_COLUMNS, {
    onRecord,
    onMalformed,
    skip(at) {
      rowStart = at;
      return rowCache === null ? -1 : skipUnchanged(rowCache, at);
    },
  });
  keepMissingServers();
  return table;

  /** Reuses the parsed row if its bytes are unchanged; returns the offset after it, else -1. */
  function skipUnchanged(rows: TableRowCache, from: number): number {
    const row = rows.matchUnchanged(from);
    if (row === null) return -1;
    if (row.kind === "left-out") {
      if (!isFull()) return -1;
      table.leftOut += 1;
    } else if (row.kind === "backend") {
      if (table.sessionTotals.has(row.counterKey)) return -1;
      addBackend(row.view, row.counterKey);
    } else {
      const { known } = row;
      if (
        !known.current ||
        known.lastTableNumber === tableNumber ||
        !isStillValid(known, rows.tickingFieldOffset(LASTCHG_TICKING_INDEX))
      )
        return -1;
      addServer(known, known);
    }
    rows.keepMatched(row);
    return rows.matchedEnd;
  }

  /** Whether the time of the last change and the location of an unchanged row still hold. */
  function isStillValid(known: KnownServer, lastChangeOffset: number): boolean {
    const { view, readAt } = known;
    const lastChange = parseLastChange(bytes, lastChangeOffset);
    if (lastChange === null || view.lastChangeSeconds === null) {
      if (lastChange !== view.lastChangeSeconds) return false;
    } else {
      const expected = view.lastChangeSeconds + (sentAt - readAt) / 1_000;
      if (Math.abs(lastChange - expected) > LASTCHG_TOLERANCE_S) return false;
    }
    return locations === null || locations === known.verifiedLocations || confirmLocation(locations, known);
  }

  function onRecord(record: StatRecord): void {
    const row = parseRow(record);
    if (rowCache === null) return;
    for (let tick = 0; tick < TICKING_COLUMNS.length; tick += 1)
      tickingOffsets[tick] = record.fieldOffset(TICKING_COLUMNS[tick] ?? 0);
    rowCache.addParsed(row, record.endOffset, tickingOffsets);
  }

  /** Keeps the rows after it aligned with those of the last table. */
  function onMalformed(from: number): void {
    addMalformedRow(bytes.toString("latin1", from, from + BOUNDS.statNameMaxChars));
    rowCache?.addParsed(null, -1, tickingOffsets);
  }

  function parseRow(record: StatRecord): TableRow | null {
    const type = record.number(STAT_INDEX.type);
    const raw = record.raw(STAT_INDEX.pxname);
    if (type === null || !isName(raw)) return malformed(record);
    if (type === ROW_TYPE.frontend) addSessionTotal(`${type}/${raw}`, record.number(STAT_INDEX.stot));
    if (type !== ROW_TYPE.backend && type !== ROW_TYPE.server) return null;
    if (raw !== rawBackend) {
      const name = decodeName(raw, backend);
      if (onlyBackend !== null && name !== onlyBackend) return null;
      rawBackend = raw;
      backend = name;
      servers = previous.serversOf(name);
    }
    return type === ROW_TYPE.server ? parseServer(record) : parseBackend(record, `${type}/${raw}`);
  }

  function malformed(record: StatRecord): null {
    addMalformedRow(`${record.raw(STAT_INDEX.pxname)},${record.raw(STAT_INDEX.svname)},`);
    return null;
  }

  function addMalformedRow(text: string): void {
    malformedRows += 1;
    table.hints.addMalformedRow(text);
  }

  /** A known server without a row may be that of a malformed one: its status is unknown, and it is not removed. */
  function keepMissingServers(): void {
    if (malformedRows === 0) return;
    rowStart = -1;
    for (const known of previous.all(onlyBackend)) {
      if (known.lastTableNumber === tableNumber) continue;
      addServer(withUnknownStatus(known), known);
      if ((malformedRows -= 1) === 0) return;
    }
  }

  function parseBackend(record: StatRecord, counterKey: string): TableRow | null {
    // With several workers (nbproc) the first row counts.
    if (table.sessionTotals.has(counterKey)) return null;
    const view = parseBackendRow(record, backend);
    addBackend(view, counterKey);
    return { kind: "backend", view, counterKey };
  }

  function addBackend(view: BackendView, counterKey: string): void {
    addSessionTotal(counterKey, view.sessionsTotal);
    table.backends.push(view);
  }

  function addSessionTotal(key: string, sessions: number | null): void {
    if (table.sessionTotals.size >= BOUNDS.statProxiesMax) {
      throw new HaprobeError("HAPROBE_STATS_TOO_LARGE", `the table has more than ${BOUNDS.statProxiesMax} proxies`);
    }
    table.sessionTotals.set(key, sessions ?? 0);
  }

  function parseServer(record: StatRecord): TableRow | null {
    if (table.servers.length + table.leftOut >= BOUNDS.serversMax) {
      throw new HaprobeError("HAPROBE_STATS_TOO_MANY_SERVERS", `there are more than ${BOUNDS.serversMax} servers`);
    }
    const rawName = record.raw(STAT_INDEX.svname);
    if (!isName(rawName)) return malformed(record);
    const last = findPrevious(rawName);
    if (last === undefined && isFull()) {
      table.leftOut += 1;
      return LEFT_OUT;
    }
    const name = decodeName(rawName, last?.view.server);
    // With several workers (nbproc) the first row counts.
    if (last?.lastTableNumber === tableNumber || added.get(backend)?.has(name) === true) return null;
    const proxyId = record.unsigned(STAT_INDEX.iid, UINT32_MAX) ?? 0;
    const addr = record.text(STAT_INDEX.addr, last?.addr);
    const location =
      locations === null
        ? (last?.location ?? NO_LOCATION)
        : locationOf(proxyId, record.unsigned(STAT_INDEX.sid, UINT32_MAX) ?? 0, addr, locations);
    const { view, unknownWords } = parseServerRow(record, backend, name, last?.view ?? null, location);
    table.serversChanged ||= last === undefined || hasMoved(last, view, addr);
    const known: KnownServer = {
      backend,
      view,
      readAt: sentAt,
      addr,
      location,
      verifiedLocations: locations ?? last?.verifiedLocations ?? null,
      unknownWords,
      current: false,
      lastTableNumber: tableNumber,
    };
    if (last === undefined) markAdded(name);
    addServer(known, last);
    return { kind: "server", known };
  }

  /** Whether a server that was not known before is left out. */
  function isFull(): boolean {
    const count = onlyBackend === null ? table.servers.length : previous.count(null);
    return count >= BOUNDS.serversPerInstanceMax;
  }

  /** Tries the row at the same position of the last table first, which avoids the lookup for most rows. */
  function findPrevious(rawName: string): KnownServer | undefined {
    const row = rowCache?.previousRow ?? null;
    if (row?.kind === "server") {
      const { known } = row;
      if (known.current && known.backend === backend && known.view.server === rawName && servers !== undefined)
        return known;
    }
    return servers?.get(rawName) ?? servers?.get(decodeName(rawName));
  }

  function markAdded(name: string): void {
    const names = added.get(backend) ?? new Set<string>();
    added.set(backend, names.add(name));
  }

  function addServer(known: KnownServer, last: KnownServer | undefined): void {
    if (last !== undefined) {
      last.lastTableNumber = tableNumber;
      table.checkResets.addPair(last.view, known.view);
    }
    table.hints.addServer(known.view, known.addr);
    for (const word of known.unknownWords) table.hints.addUnknownWord(word);
    table.servers.push(known);
    table.rowOffsets.push(rowStart);
  }
}

function withUnknownStatus(known: KnownServer): KnownServer {
  const { view } = known;
  if (view.state === "unknown" && view.status === "") return known;
  const unknown: ServerView = { ...view, status: "", state: "unknown", counting: null, byAgent: false };
  return { ...known, view: unknown, unknownWords: [], current: false };
}

function isName(raw: string): boolean {
  return raw !== "" && raw.length <= BOUNDS.statNameMaxChars;
}

/** The unquoted field at `from` as parseServerRow reads it. */
function parseLastChange(bytes: Uint8Array, from: number): number | null {
  let to = from;
  for (let c = bytes[to]; c !== undefined && c !== COMMA && c !== LF; c = bytes[to]) to += 1;
  const seconds = parseInteger(bytes, from, to);
  return seconds === null ? null : Math.max(0, Math.min(seconds, UINT32_MAX));
}

function hasMoved(last: KnownServer, view: ServerView, addr: string): boolean {
  return (
    last.addr !== addr ||
    last.view.serverId !== view.serverId ||
    last.view.proxyId !== view.proxyId ||
    // An address changes in maintenance, and level user does not see it.
    (last.view.state === "maint" && view.state !== "maint")
  );
}
