import type { StatsColumn } from "../contract/incident.ts";
import type { StatsSnapshot, SnapshotHint } from "../contract/view.ts";
import { splitResponse } from "./response-sections.ts";
import { type Epoch, nextEpoch } from "./epoch.ts";
import { KnownServers } from "./known-servers.ts";
import { createServersStateParser } from "./servers-state.ts";
import { RawRows } from "./raw-rows.ts";
import { parseShowInfo } from "./show-info.ts";
import type { StatsResponse } from "./stats-source.ts";
import { createTableRowCache, parseStatTable } from "./stat-table.ts";

/** What was requested of a response. */
export interface ParseContext {
  /** The requested backend, null for all. */
  readonly backend: string | null;
  readonly serversState: boolean;
  /** Wall clock at the response, milliseconds since 1970. */
  readonly wallMs: number;
}

export type ParseResult =
  | {
      readonly kind: "parsed";
      readonly snapshot: StatsSnapshot & { readonly hints: readonly SnapshotHint[] };
      /** The table has addresses, so that it shows a changed one itself. */
      readonly tableHasAddresses: boolean;
    }
  /**
   * Servers were added, removed, moved or returned from maintenance, or another process answers: without `show servers
   * state` for everything their addresses would be guesses. The parser discards this response.
   */
  | { readonly kind: "needs-servers-state" };

/** Parses the responses of one instance into snapshots; deterministic, with the last response as its only state. */
export interface SnapshotParser {
  /** Yields after a few milliseconds of work. Throws a HaprobeError for an incomplete response, or one that is not HAProxy's. */
  parse(response: StatsResponse, context: ParseContext): Generator<void, ParseResult, void>;
  /** HAProxy's id of a backend with servers; null for one that the last response did not have. */
  findProxyId(backend: string): number | null;
  /** The row of a server in the newest response that has it, as it came; null for none. */
  statsRow(backend: string, server: string): readonly StatsColumn[] | null;
}

/** A parser without state; it keeps as much memory as the last responses need. */
export function createSnapshotParser(instance: string): SnapshotParser {
  const known = new KnownServers();
  const rowCache = createTableRowCache();
  const states = createServersStateParser();
  const rawRows = new RawRows();
  let epoch: Epoch | null = null;
  let tableNumber = 0;

  return {
    *parse(response, context) {
      try {
        return yield* parse(response, context);
      } finally {
        rowCache.discard();
      }
    },
    findProxyId(backend) {
      for (const { view } of known.serversOf(backend)?.values() ?? []) return view.proxyId;
      return null;
    },
    statsRow: (backend, server) => rawRows.find(backend, server),
  };

  function* parse(response: StatsResponse, context: ParseContext): Generator<void, ParseResult, void> {
    const { bytes } = response;
    const sections = yield* splitResponse(bytes, context.serversState);
    const info =
      sections.info === null
        ? null
        : parseShowInfo(bytes.toString("latin1", sections.info.from, sections.info.to), context.wallMs);
    const locations = context.serversState ? yield* states.parse(bytes, sections.serversState) : null;
    // A new process has other servers, even with the same names.
    const isSameProcess = epoch?.processKey === (info?.processKey ?? null);
    if (!isSameProcess) rowCache.clear();
    tableNumber += 1;
    const table = yield* parseStatTable(response, sections.tableOffset, {
      tableNumber,
      previous: isSameProcess ? known : new KnownServers(),
      locations,
      onlyBackend: context.backend,
      rowCache: context.backend === null ? rowCache : null,
    });

    const next = nextEpoch(epoch, {
      info,
      sessionTotals: table.sessionTotals,
      checksReset: table.checkResets.isReset(),
      isPartial: context.backend !== null,
    });
    const isComplete =
      locations !== null ||
      (next.id === epoch?.id && !table.serversChanged && table.servers.length === known.count(context.backend));
    if (!isComplete) return { kind: "needs-servers-state" };
    epoch = next;
    rawRows.add(bytes, sections.tableOffset, context.backend, table);
    if (context.backend === null) {
      rowCache.commit();
      if (locations !== null) known.clear();
    }
    yield* known.update(table.servers);
    return {
      kind: "parsed",
      tableHasAddresses: table.hints.hasAddresses(),
      snapshot: {
        instance,
        scope: context.backend === null ? "all" : { backend: context.backend },
        sentAt: response.sentAt,
        receivedAt: response.receivedAt,
        epoch: next.id,
        info: info?.info ?? null,
        backends: table.backends,
        servers: table.servers.map(({ view }) => view),
        ...(table.leftOut === 0 ? {} : { serversLeftOut: table.leftOut }),
        // Only a response to a full request shows whether addresses are missing.
        hints: table.hints.toHints(info === null && context.backend === null),
      },
    };
  }
}
