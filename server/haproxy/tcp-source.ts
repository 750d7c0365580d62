import { connect } from "node:net";
import type { StatsAddress } from "../contract/settings.ts";
import { exchange } from "./cli-exchange.ts";
import { commandLine } from "./command-line.ts";
import type { StatsSource } from "./source.ts";

/** The Runtime API over plain TCP (`stats socket ipv4@…`). */
export function tcpSource(address: Extract<StatsAddress, { kind: "tcp" }>): StatsSource {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return {
    ask: (question, limits) =>
      exchange(
        () => connect({ host: address.host, port: address.port, noDelay: true }),
        commandLine(question),
        `${host}:${address.port}`,
        limits,
      ),
  };
}
