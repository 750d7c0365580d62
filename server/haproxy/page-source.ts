import { formatHostPort } from "../contract/host-port.ts";
import type { StatsLogin, StatsPage } from "../contract/settings.ts";
import type { ScopedFiles } from "../scoped-files.ts";
import { type ConnectingSocket, dialTcp, dialTls } from "./dial.ts";
import { sendHttpGet } from "./http-get.ts";
import { detectPageError } from "./page-error.ts";
import { buildPagePath } from "./page-path.ts";
import { readSmallFile } from "./small-file.ts";
import type { StatsSource } from "./stats-source.ts";
import { createTlsClientOptionsLoader, type LoadTlsClientOptions } from "./tls-client-options.ts";

/** The stats page (`stats enable`, `stats uri`) as CSV; it has no pid or version, and addresses only with `stats show-legends`. */
export function createPageSource(page: StatsPage, files: ScopedFiles): StatsSource {
  const peer = `${page.tls === null ? "http" : "https"}://${formatHostPort(page.host, page.port)}`;
  const loadTlsOptions = page.tls === null ? null : createTlsClientOptionsLoader(page.tls, files);
  return {
    addressesFrom: "in-table",
    async fetch(request, limits) {
      const dial = await createDial(page, loadTlsOptions);
      const headers = await buildHeaders(page, files);
      return sendHttpGet(
        { dial, path: buildPagePath(page.path, request), headers, peer },
        (head) => detectPageError(head, peer, headers.has("authorization")),
        limits,
      );
    },
  };
}

async function createDial(
  { host, port }: StatsPage,
  loadTlsOptions: LoadTlsClientOptions | null,
): Promise<() => ConnectingSocket> {
  if (loadTlsOptions === null) return () => dialTcp(host, port);
  const tlsOptions = await loadTlsOptions();
  return () => dialTls(host, port, tlsOptions);
}

async function buildHeaders(page: StatsPage, files: ScopedFiles): Promise<Map<string, string>> {
  const defaultPort = page.tls === null ? 80 : 443;
  const host = formatHostPort(page.tls?.serverName ?? page.host, page.port);
  const headers = new Map([
    ["host", page.port === defaultPort ? host.slice(0, host.lastIndexOf(":")) : host],
    ["accept", "text/plain"],
    ["accept-encoding", "identity"],
    ["user-agent", "haprobe"],
    ["connection", "close"],
  ]);
  for (const [name, value] of Object.entries(page.headers)) headers.set(name.toLowerCase(), value);
  if (page.login !== null) headers.set("authorization", await basicAuthorization(page.login, files));
  return headers;
}

async function basicAuthorization({ user, password }: StatsLogin, files: ScopedFiles): Promise<string> {
  const secret =
    password.kind === "text"
      ? password.text
      : // Editors append a line feed, which is not part of the password.
        (await readSmallFile(password.path, "password-file", files)).replace(/\r?\n$/, "");
  return `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`;
}
