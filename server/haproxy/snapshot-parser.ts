import type { StatsSnapshot, SnapshotHint } from "../contract/view.ts";
import { splitResponse } from "./response-sections.ts";
import { type Epoch, nextEpoch } from "./epoch.ts";
import { KnownServers } from "./known-servers.ts";
import { createServersStateParser } from "./servers-state.ts";
import { parseShowInfo } from "./show-info.ts";
import type { StatsResponse } from "./stats-source.ts";
import { createTableRowCache, parseStatTable } from "./stat-table.ts";

/** What an answer is read as. */
export interface ParseContext {
  /** The one backend that was asked about, null for all. */
  readonly backend: string | null;
  readonly serversState: boolean;
  /** Wall clock at the answer, milliseconds since 1970. */
  readonly wallMs: number;
}

export type ParseResult =
  | {
      readonly kind: "read";
      readonly snapshot: StatsSnapshot & { readonly hints: readonly SnapshotHint[] };
      /** An address that changes is seen in the table itself. */
      readonly tableHasAddresses: boolean;
    }
  /**
   * Servers came, went, moved or returned from maintenance, or another process answers: without `show servers state` for
   * everything their addresses would be guesses. Nothing was remembered of this answer.
   */
  | { readonly kind: "ask-for-everything" };

/** Turns the answers of one instance into snapshots; pure, but for what it remembers of the last one. */
export interface SnapshotParser {
  /** Throws a HaprobeError for an answer that is not a complete one of HAProxy. */
  parse(answer: StatsResponse, asked: ParseContext): ParseResult;
  /** HAProxy's id of a backend with servers; null for one that the last answer did not have. */
  findProxyId(backend: string): number | null;
}

/** A reader that has not seen anything yet. What it remembers is as large as the last answers. */
export function createSnapshotParser(instance: string): SnapshotParser {
  const known = new KnownServers();
  const memory = createTableRowCache();
  const states = createServersStateParser();
  let epoch: Epoch | null = null;
  let tables = 0;

  return {
    parse(answer, asked) {
      const { bytes } = answer;
      const parts = splitResponse(bytes, asked.serversState);
      const { info: told } = parts;
      const info = told === null ? null : parseShowInfo(bytes.toString("latin1", told.from, told.to), asked.wallMs);
      const places = asked.serversState ? states.parse(bytes, parts.serversState) : null;
      // Servers of another process are others, even under the same names.
      const sameProcess = epoch?.processKey === (info?.processKey ?? null);
      if (!sameProcess) memory.clear();
      tables += 1;
      const table = parseStatTable(answer, parts.tableOffset, {
        tableNumber: tables,
        previous: sameProcess ? known : new KnownServers(),
        locations: places,
        onlyBackend: asked.backend,
        rowCache: asked.backend === null ? memory : null,
      });

      const next = nextEpoch(epoch, {
        info,
        sessionTotals: table.sessionTotals,
        checksReset: table.checkResets.isReset(),
        isPartial: asked.backend !== null,
      });
      const complete =
        places !== null ||
        (next.id === epoch?.id && !table.serversChanged && table.servers.length === known.count(asked.backend));
      if (!complete) return { kind: "ask-for-everything" };
      epoch = next;
      if (asked.backend === null) {
        memory.commit();
        if (places !== null) known.replace(table.servers);
        else known.update(table.servers);
      } else {
        known.update(table.servers);
      }
      return {
        kind: "read",
        tableHasAddresses: table.hints.hasAddresses(),
        snapshot: {
          instance,
          scope: asked.backend === null ? "all" : { backend: asked.backend },
          sentAt: answer.sentAt,
          receivedAt: answer.receivedAt,
          epoch: next.id,
          info: info?.info ?? null,
          backends: table.backends,
          servers: table.servers.map(({ view }) => view),
          // Whether the addresses are missing or only not repeated is known where everything was asked for.
          hints: table.hints.toHints(info === null && asked.backend === null),
        },
      };
    },
    findProxyId(backend) {
      for (const { view } of known.serversOf(backend)?.values() ?? []) return view.proxyId;
      return null;
    },
  };
}
