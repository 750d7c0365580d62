import { formatHostPort } from "../contract/host-port.ts";
import type { StatsAddress } from "../contract/settings.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialTcp } from "./dial.ts";
import type { StatsSource } from "./stats-source.ts";

/** The Runtime API over plain TCP (`stats socket ipv4@…`). */
export function createTcpSource({ host, port }: Extract<StatsAddress, { kind: "tcp" }>): StatsSource {
  const peer = formatHostPort(host, port);
  return {
    addressesFrom: "in-state",
    fetch: (request, limits) =>
      sendCliRequest({ dial: () => dialTcp(host, port), line: buildCommandLine(request), peer }, limits),
  };
}
