import type { ServerStatus } from "../../server/contract/status.ts";
import { type DisplayVerdict, DISPLAY_VERDICTS, displayVerdictOf, severityRank } from "./display-verdict.ts";

/** Servers of one backend of one instance, worst first, then in HAProxy's order. */
export interface BackendGroup {
  readonly id: string;
  readonly instance: string;
  readonly backend: string;
  readonly mode: string;
  readonly keys: readonly string[];
  readonly worstRank: number;
}

/** Highest rank of `severityRank` that is a mismatch. */
export const MISMATCH_RANK_MAX = DISPLAY_VERDICTS.indexOf("suspected");

/**
 * Groups servers by backend: groups with mismatches first, worst first; the others keep the order of the input. A server of
 * `ongoing` keeps the rank of its incident's verdict while it flaps.
 */
export function groupByBackend(
  servers: Iterable<ServerStatus>,
  ongoing: ReadonlyMap<string, DisplayVerdict> = new Map(),
): BackendGroup[] {
  const rankOf = (server: ServerStatus): number => {
    const verdict = ongoing.get(server.key);
    return verdict === undefined ? severityRank(server) : DISPLAY_VERDICTS.indexOf(verdict);
  };
  const groups = new Map<string, ServerStatus[]>();
  for (const server of servers) {
    const id = `${server.instance}/${server.backend}`;
    const members = groups.get(id);
    if (members) members.push(server);
    else groups.set(id, [server]);
  }
  const result: BackendGroup[] = [];
  for (const [id, members] of groups) {
    const first = members[0];
    if (!first) continue;
    const sorted = members.toSorted((a, b) => rankOf(a) - rankOf(b));
    const worst = rankOf(sorted[0] ?? first);
    result.push({
      id,
      instance: first.instance,
      backend: first.backend,
      mode: first.mode,
      keys: sorted.map((server) => server.key),
      worstRank: worst,
    });
  }
  const position = (group: BackendGroup): number => Math.min(group.worstRank, MISMATCH_RANK_MAX + 1);
  return result.sort((a, b) => position(a) - position(b));
}

export interface VerdictCounts {
  readonly total: Readonly<Record<DisplayVerdict, number>>;
  /** How many of `total` have an expectation in the configuration. */
  readonly expected: Readonly<Record<DisplayVerdict, number>>;
}

/** Counts servers by verdict. */
export function countByVerdict(servers: Iterable<ServerStatus>): VerdictCounts {
  const zero = (): Record<DisplayVerdict, number> => ({
    "false-up": 0,
    "false-down": 0,
    suspected: 0,
    "agree-down": 0,
    unknown: 0,
    "out-of-service": 0,
    "agree-up": 0,
  });
  const counts = zero();
  const expected = zero();
  for (const server of servers) {
    const kind = displayVerdictOf(server);
    counts[kind] += 1;
    if (server.expected !== null) expected[kind] += 1;
  }
  return { total: counts, expected };
}

/** Number of servers in the backend of this server, itself included. */
export function countBackendServers(servers: readonly ServerStatus[], member: ServerStatus): number {
  return servers.filter((server) => server.instance === member.instance && server.backend === member.backend).length;
}
