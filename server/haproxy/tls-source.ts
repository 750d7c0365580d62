import type { StatsAddress } from "../contract/settings.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialTls, formatHostPort } from "./dial.ts";
import type { StatsSource } from "./stats-source.ts";
import { createTlsClientOptionsLoader } from "./tls-client-options.ts";

/**
 * The Runtime API over TLS, by way of a `listen` section with `bind … ssl` in front of its socket: HAProxy takes `ssl` at a
 * `stats socket` line, too, and speaks plain text all the same (2.6 and 3.0).
 */
export function createTlsSource({ host, port, tls }: Extract<StatsAddress, { kind: "tls" }>): StatsSource {
  const trust = createTlsClientOptionsLoader(tls);
  const where = formatHostPort(host, port);
  return {
    addressesFrom: "in-state",
    async fetch(question, limits) {
      const peer = await trust();
      return sendCliRequest(
        { dial: () => dialTls(host, port, peer), line: buildCommandLine(question), peer: where },
        limits,
      );
    },
  };
}
