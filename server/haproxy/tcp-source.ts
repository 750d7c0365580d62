import type { StatsAddress } from "../contract/settings.ts";
import { exchange } from "./cli-exchange.ts";
import { commandLine } from "./command-line.ts";
import { dialTcp, hostAndPort } from "./dial.ts";
import type { StatsSource } from "./source.ts";

/** The Runtime API over plain TCP (`stats socket ipv4@…`). */
export function tcpSource({ host, port }: Extract<StatsAddress, { kind: "tcp" }>): StatsSource {
  const where = hostAndPort(host, port);
  return {
    addresses: "in-state",
    ask: (question, limits) =>
      exchange({ dial: () => dialTcp(host, port), line: commandLine(question), where }, limits),
  };
}
