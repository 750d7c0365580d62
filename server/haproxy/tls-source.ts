import { formatHostPort } from "../contract/host-port.ts";
import type { StatsAddress } from "../contract/settings.ts";
import type { ScopedFiles } from "../scoped-files.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommandLine } from "./runtime-api-commands.ts";
import { dialTls } from "./dial.ts";
import type { StatsSource } from "./stats-source.ts";
import { createTlsClientOptionsLoader } from "./tls-client-options.ts";

/**
 * The Runtime API over TLS, through a `listen` section with `bind … ssl` in front of its socket: HAProxy accepts `ssl` on a
 * `stats socket` line and speaks plain text regardless (2.6 and 3.0).
 */
export function createTlsSource(
  { host, port, tls }: Extract<StatsAddress, { kind: "tls" }>,
  files: ScopedFiles,
): StatsSource {
  const loadTlsOptions = createTlsClientOptionsLoader(tls, files);
  const peer = formatHostPort(host, port);
  return {
    addressesFrom: "in-state",
    async fetch(request, limits) {
      const tlsOptions = await loadTlsOptions();
      const dial = () => dialTls(host, port, tlsOptions);
      return sendCliRequest({ dial, line: buildCommandLine(request), peer }, limits);
    },
  };
}
