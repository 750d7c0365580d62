import {
  type BackendView,
  CHECK_STATUSES,
  type CheckStatus,
  SERVER_STATES,
  type ServerAddress,
  type ServerView,
} from "../contract/view.ts";
import { flag, InvalidRecording, number, numberOrNull, oneOf, text, textOrNull } from "./checked-values.ts";

/** One value of a row. */
export type Cell = string | number | boolean | null;

type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>>;

/** What a recording keeps of a server's row, all of it single values, so that two rows are compared cell by cell. */
const SERVER_COLUMNS = {
  backend: (view) => view.backend,
  server: (view) => view.server,
  proxyId: (view) => view.proxyId,
  serverId: (view) => view.serverId,
  mode: (view) => view.mode,
  status: (view) => view.status,
  state: (view) => view.state,
  countingN: (view) => view.counting?.n ?? null,
  countingOf: (view) => view.counting?.of ?? null,
  byAgent: (view) => view.byAgent,
  weight: (view) => view.weight,
  backup: (view) => view.backup,
  checkStatus: (view) => view.check.status,
  checkRunning: (view) => view.check.running,
  checkCode: (view) => view.check.code,
  checkText: (view) => view.check.text,
  checkDurationMs: (view) => view.check.durationMs,
  checkHealth: (view) => view.check.health,
  checkRise: (view) => view.check.rise,
  checkFall: (view) => view.check.fall,
  checkFailures: (view) => view.check.failures,
  agentStatus: (view) => view.agentStatus,
  agentText: (view) => view.agentText,
  tracked: (view) => view.tracked,
  addressKind: (view) => view.address.kind,
  addressHost: (view) => (view.address.kind === "ip" ? view.address.host : null),
  addressPort: (view) => (view.address.kind === "ip" ? view.address.port : null),
  fqdn: (view) => view.fqdn,
  checkElsewhere: (view) => view.checkElsewhere,
  checkPort: (view) => view.checkPort ?? null,
  sessionsTotal: (view) => view.sessionsTotal,
  sessionsCurrent: (view) => view.sessionsCurrent,
  bytesOut: (view) => view.bytesOut,
  connectErrors: (view) => view.connectErrors,
  responseErrors: (view) => view.responseErrors,
  retries: (view) => view.retries,
  responses2xx: (view) => view.responses2xx,
  responses5xx: (view) => view.responses5xx,
  lastChangeSeconds: (view) => view.lastChangeSeconds,
} as const satisfies Columns<ServerView>;

const BACKEND_COLUMNS = {
  backend: (view) => view.backend,
  proxyId: (view) => view.proxyId,
  mode: (view) => view.mode,
  status: (view) => view.status,
  activeServers: (view) => view.activeServers,
  backupServers: (view) => view.backupServers,
  sessionsTotal: (view) => view.sessionsTotal,
} as const satisfies Columns<BackendView>;

/** Columns that mostly grow: what changed is written as a difference. */
const COUNTERS = new Set([
  "sessionsTotal",
  "bytesOut",
  "connectErrors",
  "responseErrors",
  "retries",
  "responses2xx",
  "responses5xx",
]);

/** How the rows of one kind are written. */
export interface RowWriter<Row> {
  readonly names: readonly string[];
  readonly cells: readonly ((row: Row) => Cell)[];
  readonly isCounter: readonly boolean[];
}

/** How the rows of one file are read. */
export interface RowReader<Row> {
  readonly isCounter: readonly boolean[];
  /** Makes a row of its cells; throws InvalidRecording. */
  readonly toRow: (cells: readonly unknown[]) => Row;
}

function rowWriter<Row>(columns: Columns<Row>): RowWriter<Row> {
  const names = Object.keys(columns);
  return { names, cells: Object.values(columns), isCounter: names.map((name) => COUNTERS.has(name)) };
}

export const SERVER_ROWS = rowWriter<ServerView>(SERVER_COLUMNS);
export const BACKEND_ROWS = rowWriter<BackendView>(BACKEND_COLUMNS);

type PlacesOf<Names> = Readonly<Record<keyof Names, number>>;

/** Reads rows whose cells have these names; columns that a later haprobe added are skipped. */
export function serverRowReader(names: readonly string[]): RowReader<ServerView> {
  const at = placesOf(SERVER_COLUMNS, names);
  return { isCounter: names.map((name) => COUNTERS.has(name)), toRow: (cells) => toServerView(cells, at) };
}

/** The same for the rows of backends. */
export function backendRowReader(names: readonly string[]): RowReader<BackendView> {
  const at = placesOf(BACKEND_COLUMNS, names);
  return { isCounter: names.map((name) => COUNTERS.has(name)), toRow: (cells) => toBackendView(cells, at) };
}

/** Place of each known column; -1, where no cell is, for one that the file does not have. */
function placesOf<Names extends object>(columns: Names, names: readonly string[]): PlacesOf<Names> {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, names.indexOf(name)])) as PlacesOf<Names>;
}

/** All cells of a row as JSON values, joined by commas. */
export function encodeRow<Row>(writer: RowWriter<Row>, row: Row): string {
  return writer.cells.map((cell) => JSON.stringify(cell(row))).join(",");
}

/** The changed cells of a row: `column,value,column,value`; empty where none changed. A counter's number is the difference, a number in brackets is the counter itself. */
export function encodeChanges<Row>({ cells, isCounter }: RowWriter<Row>, before: Row, now: Row): string {
  let changes = "";
  for (let column = 0; column < cells.length; column += 1) {
    const cell = cells[column];
    if (cell === undefined) break;
    const was = cell(before);
    const is = cell(now);
    if (was === is) continue;
    let value: string;
    if (isCounter[column] !== true) value = JSON.stringify(is);
    else value = typeof was === "number" && typeof is === "number" ? String(is - was) : `[${is}]`;
    changes += changes === "" ? `${column},${value}` : `,${column},${value}`;
  }
  return changes;
}

/** Cells with the changes of `encodeChanges` from place `from` applied; throws InvalidRecording. */
export function applyChanges<Row>(
  { isCounter }: RowReader<Row>,
  before: readonly unknown[],
  changes: readonly unknown[],
  from: number,
): unknown[] {
  const cells = [...before];
  for (let place = from; place < changes.length; place += 2) {
    const column = changes[place];
    const value = changes[place + 1];
    if (typeof column !== "number" || isCounter[column] === undefined) throw new InvalidRecording("an unknown column");
    if (!isCounter[column]) cells[column] = value;
    else
      cells[column] =
        typeof value === "number" ? Number(cells[column]) + value : Array.isArray(value) ? value[0] : null;
  }
  return cells;
}

function toServerView(cells: readonly unknown[], at: PlacesOf<typeof SERVER_COLUMNS>): ServerView {
  const countingN = numberOrNull(cells[at.countingN]);
  const countingOf = numberOrNull(cells[at.countingOf]);
  const checkPort = numberOrNull(cells[at.checkPort]);
  return {
    backend: text(cells[at.backend]),
    server: text(cells[at.server]),
    proxyId: number(cells[at.proxyId]),
    serverId: number(cells[at.serverId]),
    mode: text(cells[at.mode]),
    status: text(cells[at.status]),
    state: oneOf(SERVER_STATES, cells[at.state]),
    counting: countingN === null || countingOf === null ? null : { n: countingN, of: countingOf },
    byAgent: flag(cells[at.byAgent]),
    weight: number(cells[at.weight]),
    backup: flag(cells[at.backup]),
    check: {
      status: checkStatusOrNull(cells[at.checkStatus]),
      running: flag(cells[at.checkRunning]),
      code: numberOrNull(cells[at.checkCode]),
      text: text(cells[at.checkText]),
      durationMs: numberOrNull(cells[at.checkDurationMs]),
      health: numberOrNull(cells[at.checkHealth]),
      rise: numberOrNull(cells[at.checkRise]),
      fall: numberOrNull(cells[at.checkFall]),
      failures: numberOrNull(cells[at.checkFailures]),
    },
    agentStatus: checkStatusOrNull(cells[at.agentStatus]),
    agentText: text(cells[at.agentText] ?? ""),
    tracked: textOrNull(cells[at.tracked]),
    address: toAddress(cells[at.addressKind], cells[at.addressHost], cells[at.addressPort]),
    fqdn: textOrNull(cells[at.fqdn]),
    checkElsewhere: flag(cells[at.checkElsewhere]),
    ...(checkPort === null ? {} : { checkPort }),
    sessionsTotal: numberOrNull(cells[at.sessionsTotal]),
    sessionsCurrent: numberOrNull(cells[at.sessionsCurrent]),
    bytesOut: numberOrNull(cells[at.bytesOut]),
    connectErrors: numberOrNull(cells[at.connectErrors]),
    responseErrors: numberOrNull(cells[at.responseErrors]),
    retries: numberOrNull(cells[at.retries]),
    responses2xx: numberOrNull(cells[at.responses2xx]),
    responses5xx: numberOrNull(cells[at.responses5xx]),
    lastChangeSeconds: numberOrNull(cells[at.lastChangeSeconds]),
  };
}

function toBackendView(cells: readonly unknown[], at: PlacesOf<typeof BACKEND_COLUMNS>): BackendView {
  return {
    backend: text(cells[at.backend]),
    proxyId: number(cells[at.proxyId]),
    mode: text(cells[at.mode]),
    status: text(cells[at.status]),
    activeServers: number(cells[at.activeServers]),
    backupServers: number(cells[at.backupServers]),
    sessionsTotal: numberOrNull(cells[at.sessionsTotal]),
  };
}

function toAddress(kind: unknown, host: unknown, port: unknown): ServerAddress {
  const known = oneOf(["ip", "unix", "unresolved", "none"] as const, kind);
  return known === "ip" ? { kind: "ip", host: text(host), port: number(port) } : { kind: known };
}

function checkStatusOrNull(value: unknown): CheckStatus | null {
  return value === null || value === undefined ? null : oneOf(CHECK_STATUSES, value);
}
