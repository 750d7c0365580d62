import type { ServerStatus } from "../../server/contract/status.ts";
import { type Kind, KINDS, kindOf, rankOf } from "./kind.ts";

/** Servers of one backend of one instance, worst first, then in HAProxy's order. */
export interface Group {
  readonly id: string;
  readonly instance: string;
  readonly backend: string;
  readonly mode: string;
  readonly keys: readonly string[];
  readonly worst: number;
}

/** The last rank that is a problem. */
export const PROBLEM_RANK = KINDS.indexOf("suspected");

/** Groups with problems first, worst first; the others keep the order in which they came. */
export function groupServers(servers: Iterable<ServerStatus>): Group[] {
  const groups = new Map<string, ServerStatus[]>();
  for (const server of servers) {
    const id = `${server.instance}/${server.backend}`;
    const members = groups.get(id);
    if (members) members.push(server);
    else groups.set(id, [server]);
  }
  const result: Group[] = [];
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
      worst,
    });
  }
  const place = (group: Group): number => Math.min(group.worst, PROBLEM_RANK + 1);
  return result.sort((a, b) => place(a) - place(b));
}

export interface Counts {
  readonly counts: Readonly<Record<Kind, number>>;
  /** Part of the count that the user announced. */
  readonly expected: Readonly<Record<Kind, number>>;
}

/** How many servers each counter has. */
export function countKinds(servers: Iterable<ServerStatus>): Counts {
  const zero = (): Record<Kind, number> => ({
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
    const kind = kindOf(server);
    counts[kind] += 1;
    if (server.expected !== null) expected[kind] += 1;
  }
  return { counts, expected };
}
