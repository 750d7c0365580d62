import type { StatsRequest } from "./stats-source.ts";

/** Types of rows in `show stat`: 2 is backends, 4 is servers. */
const BACKENDS_AND_SERVERS = 2 + 4;

/**
 * The commands of a question, in the order of their answers: the servers' state comes before the table, so that a row's
 * address is at hand when the row is read.
 * `show stat` takes names, too, and a backend may be called `-1` or `12`: hence `-1+` and `+12`, which are the same numbers
 * to it (atoi), but no names: up to 3.2 a proxy's name holds no plus.
 */
export function buildCommands({ backend, serversState }: StatsRequest): string[] {
  return [
    "show info",
    ...(serversState ? ["show servers state"] : []),
    `show stat ${backend === null ? "-1+" : `+${backend.proxyId}`} ${BACKENDS_AND_SERVERS} -1`,
  ];
}

/** The question as one line of the Runtime API: HAProxy from 3.0 on answers only the first of several lines. */
export function buildCommandLine(question: StatsRequest): string {
  return buildCommands(question).join(";");
}
