import type { StatsAddress } from "../contract/settings.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialTcp, formatHostPort } from "./dial.ts";
import type { StatsSource } from "./stats-source.ts";

/** The Runtime API over plain TCP (`stats socket ipv4@…`). */
export function createTcpSource({ host, port }: Extract<StatsAddress, { kind: "tcp" }>): StatsSource {
  const where = formatHostPort(host, port);
  return {
    addressesFrom: "in-state",
    fetch: (question, limits) =>
      sendCliRequest({ dial: () => dialTcp(host, port), line: buildCommandLine(question), peer: where }, limits),
  };
}
