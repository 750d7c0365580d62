import { BOUNDS } from "../bounds.ts";
import type { BackendView, ServerAddress, ServerView, Snapshot, SnapshotHint } from "../contract/view.ts";
import { HaprobeError } from "../errors.ts";
import { splitAnswer } from "./answer-parts.ts";
import { type CheckTally, type Epoch, nextEpoch, tallyChecks } from "./epoch.ts";
import { fieldText } from "./field-text.ts";
import { collectHints, type HintCollector } from "./hints.ts";
import { NO_ADDRESS, readStatAddress } from "./server-address.ts";
import { readBackendRow, readServerRow } from "./server-row.ts";
import { placeKey, readServersState, type ServerPlace, type ServerPlaces } from "./servers-state.ts";
import { readShowInfo } from "./show-info.ts";
import type { Answer } from "./source.ts";
import { ROW_TYPE, STAT, STAT_COLUMNS } from "./stat-columns.ts";
import { type StatRecord, scanStatCsv } from "./stat-csv.ts";

/** What an answer is read as. */
export interface Asked {
  /** The one backend that was asked about, null for all. */
  readonly backend: string | null;
  readonly serversState: boolean;
  /** Wall clock at the answer, milliseconds since 1970. */
  readonly wallMs: number;
}

export type Reading =
  | { readonly kind: "read"; readonly snapshot: Snapshot & { readonly hints: readonly SnapshotHint[] } }
  /**
   * Servers came, went, moved or returned from maintenance, or another process answers: without `show servers state` for
   * everything their addresses would be guesses. Nothing was remembered of this answer.
   */
  | { readonly kind: "ask-for-everything" };

/** Turns the answers of one instance into snapshots; pure, but for what it remembers of the last one. */
export interface Reader {
  /** Throws a HaprobeError for an answer that is not a complete one of HAProxy. */
  read(answer: Answer, asked: Asked): Reading;
  /** HAProxy's id of a backend with servers; null for one that the last answer did not have. */
  proxyId(backend: string): number | null;
}

/** A server as it was last read. */
interface Known {
  readonly view: ServerView;
  /** Its `addr` column as it stands: empty at level user, and where there is no address. */
  readonly addr: string;
  readonly place: ServerPlace;
}
type KnownServers = Map<string, Known>;

const NO_PLACE: ServerPlace = { address: NO_ADDRESS, fqdn: null, checkElsewhere: false };

/** A reader that has not seen anything yet. What it remembers is as large as the last answer. */
export function createReader(instance: string): Reader {
  let known = new Map<string, KnownServers>();
  let epoch: Epoch | null = null;

  return {
    read(answer, asked) {
      const parts = splitAnswer(answer.text, asked.serversState);
      const info = parts.info === null ? null : readShowInfo(parts.info, asked.wallMs);
      const places = asked.serversState ? readServersState(parts.serversState) : null;
      // Servers of another process are others, even under the same names.
      const before = epoch?.process === (info?.process ?? null) ? known : new Map<string, KnownServers>();
      const table = readTable(answer.text, parts.tableAt, before, places, asked.backend);

      const next = nextEpoch(epoch, {
        info,
        counters: table.counters,
        checksBeganAnew: table.checks.beganAnew(),
        partial: asked.backend !== null,
      });
      const complete =
        places !== null || (next.id === epoch?.id && !table.moved && sameServers(before, table.known, asked));
      if (!complete) return { kind: "ask-for-everything" };
      epoch = next;
      if (asked.backend === null) known = table.known;
      else for (const [backend, servers] of table.known) known.set(backend, servers);
      return {
        kind: "read",
        snapshot: {
          instance,
          scope: asked.backend === null ? "all" : { backend: asked.backend },
          sentAt: answer.sentAt,
          receivedAt: answer.receivedAt,
          epoch: next.id,
          info: info?.info ?? null,
          backends: table.backends,
          servers: table.servers,
          // Whether the addresses are missing or only not repeated is known where everything was asked for.
          hints: table.hints.hints(info === null && asked.backend === null),
        },
      };
    },
    proxyId(backend) {
      for (const { view } of known.get(backend)?.values() ?? []) return view.proxyId;
      return null;
    },
  };
}

interface Table {
  readonly backends: BackendView[];
  readonly servers: ServerView[];
  readonly known: Map<string, KnownServers>;
  readonly hints: HintCollector;
  /** Of frontends and backends, by kind and name. */
  readonly counters: Map<string, number>;
  readonly checks: CheckTally;
  /** A server is new, has another address or id, or came back from maintenance. */
  moved: boolean;
}

/** Reads all rows, or those of backend `only`; addresses that the table does not show come from `places`, else from `before`. */
function readTable(
  text: string,
  tableAt: number,
  before: ReadonlyMap<string, KnownServers>,
  places: ServerPlaces | null,
  only: string | null,
): Table {
  const table: Table = {
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
  let backend = "";
  let servers: KnownServers = new Map();
  let serversBefore: KnownServers | undefined;

  scanStatCsv(text, tableAt, STAT_COLUMNS, (record) => {
    const type = record.number(STAT.type);
    const raw = record.text(STAT.pxname);
    if (type === ROW_TYPE.frontend) table.counters.set(`${type}/${raw}`, record.number(STAT.stot) ?? 0);
    if (type !== ROW_TYPE.backend && type !== ROW_TYPE.server) return;
    if (raw !== rawBackend) {
      backend = fieldText(raw);
      if (only !== null && backend !== only) return;
      rawBackend = raw;
      serversBefore = before.get(backend);
      servers = table.known.get(backend) ?? new Map();
      table.known.set(backend, servers);
    }
    if (type === ROW_TYPE.server) readServer(record);
    else if (!table.counters.has(`${type}/${raw}`)) readBackend(record, `${type}/${raw}`);
  });
  return table;

  function readBackend(record: StatRecord, counter: string): void {
    const view = readBackendRow(record, backend);
    table.counters.set(counter, view.sessionsTotal ?? 0);
    table.backends.push(view);
  }

  function readServer(record: StatRecord): void {
    if (table.servers.length >= BOUNDS.serversMax) {
      throw new HaprobeError("HAPROBE_STATS_TOO_MANY_SERVERS", `there are more than ${BOUNDS.serversMax} servers`);
    }
    const rawName = record.text(STAT.svname);
    const last = serversBefore?.get(rawName);
    const name = fieldText(rawName, last?.view.server);
    // Of several workers (nbproc) the first one counts.
    if (servers.get(name)?.view.proxyId === record.number(STAT.iid)) return;
    const addr = fieldText(record.text(STAT.addr), last?.addr);
    const place = places === null ? (last?.place ?? NO_PLACE) : placeOf(record, addr, places);
    const { view, unknownWords } = readServerRow(record, backend, name, last?.view ?? null, place);
    table.moved ||= last === undefined || hasMoved(last, view, addr);
    if (last !== undefined) table.checks.pair(last.view, view);
    table.hints.server(view, addr);
    for (const word of unknownWords) table.hints.unknownWord(word);
    servers.set(name, { view, addr, place });
    table.servers.push(view);
  }
}

/** The address as the table shows it, else (level user, not resolved) as the servers' state does. */
function placeOf(record: StatRecord, addr: string, places: ServerPlaces): ServerPlace {
  const place = places.get(placeKey(record.number(STAT.iid) ?? 0, record.number(STAT.sid) ?? 0)) ?? NO_PLACE;
  if (addr === "") return place;
  const address: ServerAddress = readStatAddress(addr);
  return { ...place, address };
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

/** With all of them known, an equal count means the same servers. */
function sameServers(
  before: ReadonlyMap<string, KnownServers>,
  now: ReadonlyMap<string, KnownServers>,
  asked: Asked,
): boolean {
  if (asked.backend !== null) return now.size === 1 && now.get(asked.backend)?.size === before.get(asked.backend)?.size;
  if (now.size !== before.size) return false;
  for (const [backend, servers] of now) if (servers.size !== before.get(backend)?.size) return false;
  return true;
}
