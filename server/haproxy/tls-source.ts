import type { StatsAddress } from "../contract/settings.ts";
import { exchange } from "./cli-exchange.ts";
import { commandLine } from "./command-line.ts";
import { dialTls, hostAndPort } from "./dial.ts";
import type { StatsSource } from "./source.ts";
import { createTlsTrust } from "./tls-trust.ts";

/**
 * The Runtime API over TLS, by way of a `listen` section with `bind … ssl` in front of its socket: HAProxy takes `ssl` at a
 * `stats socket` line, too, and speaks plain text all the same (2.6 and 3.0).
 */
export function tlsSource({ host, port, tls }: Extract<StatsAddress, { kind: "tls" }>): StatsSource {
  const trust = createTlsTrust(tls);
  const where = hostAndPort(host, port);
  return {
    addresses: "in-state",
    async ask(question, limits) {
      const peer = await trust();
      return exchange({ dial: () => dialTls(host, port, peer), line: commandLine(question), where }, limits);
    },
  };
}
