import { BOUNDS } from "../bounds.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { BackendView, InstanceInfo, ServerView, StatsSnapshot } from "../contract/view.ts";
import { encodeTable } from "./encode-table.ts";
import type { Lines } from "./lines.ts";
import { encodeTime } from "./recorded-time.ts";
import { BACKEND_ROWS, encodeRow, SERVER_ROWS } from "./row-columns.ts";

/** The newest answer of an instance, as the reader of the recording has it by now. Its arrays are never written to. */
export interface InstanceState {
  readonly snapshot: StatsSnapshot;
  readonly everyMs: number;
  /** Place of each server; made when it is needed. */
  places: ReadonlyMap<ServerKey, number> | null;
  failure: { readonly code: string; readonly message: string } | null;
}

/** Names a server within its instance. */
export function rowKey({ backend, server }: ServerView): string {
  return `${backend}/${server}`;
}

/** A full answer as the difference to the one before; its new rows and the changes of many rows are lines of their own. */
export function encodeFullPoll(
  at: number,
  time: string,
  before: InstanceState | null,
  snapshot: StatsSnapshot,
  everyMs: number,
): string | Lines {
  const backends = encodeTable<BackendView>(
    BACKEND_ROWS,
    before?.snapshot.backends ?? [],
    snapshot.backends,
    ({ backend }) => backend,
  );
  const servers = encodeTable(SERVER_ROWS, before?.snapshot.servers ?? [], snapshot.servers, rowKey);
  const more = {
    ...(backends.layout === null ? {} : { backends: backends.layout }),
    ...(servers.layout === null ? {} : { servers: servers.layout }),
    ...(sameJson(before?.snapshot.hints ?? [], snapshot.hints ?? []) ? {} : { hints: snapshot.hints ?? [] }),
  };
  // A large table is compared later, some rows at a time.
  const isLarge = snapshot.servers.length > BOUNDS.recordingLargeRows;
  const changes = isLarge ? "" : joined(servers.changes);
  const line = encodePollLine(at, time, before, snapshot, everyMs, more, joined(backends.changes), changes);
  if (backends.newRows.length === 0 && servers.newRows.length === 0 && !isLarge) return line;
  return encodeTables(backends.newRows, servers.newRows, isLarge ? servers.changes : [], line);
}

function* encodeTables(
  newBackends: readonly BackendView[],
  newServers: readonly ServerView[],
  changes: Iterable<string>,
  line: string,
): Generator<string, void, void> {
  for (const row of newBackends) yield `["b",${encodeRow(BACKEND_ROWS, row)}]`;
  for (const row of newServers) yield `["s",${encodeRow(SERVER_ROWS, row)}]`;
  for (const some of changes) yield `["d",[${some}]]`;
  yield line;
}

/** Joins what `encodeRows` gives. */
export function joined(texts: Iterable<string>): string {
  return [...texts].join(",");
}

/** The line of one answer. `more`: what differs besides the usual. */
export function encodePollLine(
  at: number,
  time: string,
  before: InstanceState | null,
  { instance, sentAt, receivedAt, epoch, info }: StatsSnapshot,
  everyMs: number,
  more: Readonly<Record<string, unknown>>,
  backendChanges: string,
  serverChanges: string,
): string {
  const known = before?.snapshot;
  const changed = {
    ...more,
    ...(before?.everyMs === everyMs ? {} : { every: everyMs }),
    ...(known?.epoch === epoch ? {} : { epoch }),
    ...(isSameInfo(known?.info ?? null, info) ? {} : { info }),
    ...(info === null || known?.info?.uptimeSeconds === info.uptimeSeconds ? {} : { up: info.uptimeSeconds }),
  };
  const times = `${encodeTime(at, sentAt)},${encodeTime(sentAt, receivedAt)}`;
  return `["p",${time},${JSON.stringify(instance)},${times},${JSON.stringify(changed)},[${backendChanges}],[${serverChanges}]]`;
}

/** True where nothing but the uptime differs. */
function isSameInfo(a: InstanceInfo | null, b: InstanceInfo | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.version === b.version &&
    a.pid === b.pid &&
    a.startTimeSeconds === b.startTimeSeconds &&
    a.node === b.node &&
    a.stopping === b.stopping
  );
}

function sameJson(a: readonly unknown[], b: readonly unknown[]): boolean {
  return (a.length === 0 && b.length === 0) || JSON.stringify(a) === JSON.stringify(b);
}
