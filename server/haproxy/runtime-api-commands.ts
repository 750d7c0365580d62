import type { StatsRequest } from "./stats-source.ts";

/** Types of rows in `show stat`: 2 selects backends, 4 selects servers. */
const BACKENDS_AND_SERVERS = 2 + 4;

/**
 * The commands of a request, in the order of their responses: the servers' state precedes the table, so that a row's
 * address is known when the row is parsed.
 * `show stat` also takes names, and a backend may be named `-1` or `12`: `-1+` and `+12` are the same numbers to atoi,
 * but no names, since up to 3.2 a proxy's name has no plus.
 */
export function buildCommands({ backend, serversState }: StatsRequest): string[] {
  return [
    "show info",
    ...(serversState ? ["show servers state"] : []),
    `show stat ${backend === null ? "-1+" : `+${backend.proxyId}`} ${BACKENDS_AND_SERVERS} -1`,
  ];
}

/** The request as one line of the Runtime API: HAProxy 3.0 and later runs only the first of several lines. */
export function buildCommandLine(request: StatsRequest): string {
  return buildCommands(request).join(";");
}
