import type { StatsSnapshot, SnapshotHint } from "../contract/view.ts";
import { splitAnswer } from "./answer-parts.ts";
import { type Epoch, nextEpoch } from "./epoch.ts";
import { KnownServers } from "./known-servers.ts";
import { createServersStateReader } from "./servers-state.ts";
import { readShowInfo } from "./show-info.ts";
import type { Answer } from "./source.ts";
import { createTableMemory, readTable } from "./stat-table.ts";

/** What an answer is read as. */
export interface Asked {
  /** The one backend that was asked about, null for all. */
  readonly backend: string | null;
  readonly serversState: boolean;
  /** Wall clock at the answer, milliseconds since 1970. */
  readonly wallMs: number;
}

export type Reading =
  | {
      readonly kind: "read";
      readonly snapshot: StatsSnapshot & { readonly hints: readonly SnapshotHint[] };
      /** An address that changes is seen in the table itself. */
      readonly showsAddresses: boolean;
    }
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

/** A reader that has not seen anything yet. What it remembers is as large as the last answers. */
export function createReader(instance: string): Reader {
  const known = new KnownServers();
  const memory = createTableMemory();
  const states = createServersStateReader();
  let epoch: Epoch | null = null;
  let tables = 0;

  return {
    read(answer, asked) {
      const { bytes } = answer;
      const parts = splitAnswer(bytes, asked.serversState);
      const { info: told } = parts;
      const info = told === null ? null : readShowInfo(bytes.toString("latin1", told.from, told.to), asked.wallMs);
      const places = asked.serversState ? states.read(bytes, parts.serversState) : null;
      // Servers of another process are others, even under the same names.
      const sameProcess = epoch?.process === (info?.process ?? null);
      if (!sameProcess) memory.forget();
      tables += 1;
      const table = readTable(answer, parts.tableAt, {
        number: tables,
        before: sameProcess ? known : new KnownServers(),
        places,
        only: asked.backend,
        memory: asked.backend === null ? memory : null,
      });

      const next = nextEpoch(epoch, {
        info,
        counters: table.counters,
        checksBeganAnew: table.checks.beganAnew(),
        partial: asked.backend !== null,
      });
      const complete =
        places !== null || (next.id === epoch?.id && !table.moved && table.rows.length === known.count(asked.backend));
      if (!complete) return { kind: "ask-for-everything" };
      epoch = next;
      if (asked.backend === null) {
        memory.commit();
        if (places !== null) known.replace(table.rows);
        else known.update(table.rows);
      } else {
        known.update(table.rows);
      }
      return {
        kind: "read",
        showsAddresses: table.hints.showsAddresses(),
        snapshot: {
          instance,
          scope: asked.backend === null ? "all" : { backend: asked.backend },
          sentAt: answer.sentAt,
          receivedAt: answer.receivedAt,
          epoch: next.id,
          info: info?.info ?? null,
          backends: table.backends,
          servers: table.rows.map(({ view }) => view),
          // Whether the addresses are missing or only not repeated is known where everything was asked for.
          hints: table.hints.hints(info === null && asked.backend === null),
        },
      };
    },
    proxyId(backend) {
      for (const { view } of known.of(backend)?.values() ?? []) return view.proxyId;
      return null;
    },
  };
}
