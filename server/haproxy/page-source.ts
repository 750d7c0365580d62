import type { StatsLogin, StatsPage } from "../contract/settings.ts";
import { type ConnectingSocket, dialTcp, dialTls, formatHostPort } from "./dial.ts";
import { sendHttpGet } from "./http-get.ts";
import { detectPageError } from "./page-error.ts";
import { buildPagePath } from "./page-path.ts";
import { readSmallFile } from "./small-file.ts";
import type { StatsSource } from "./stats-source.ts";
import { createTlsClientOptionsLoader, type LoadTlsClientOptions } from "./tls-client-options.ts";

const LF = 10;
const EMPTY_LINE = Buffer.from("\n");

/** The stats page (`stats enable`, `stats uri`) as CSV. It tells neither pid nor version, and addresses only with `stats show-legends`. */
export function createPageSource(page: StatsPage): StatsSource {
  const where = `${page.tls === null ? "http" : "https"}://${formatHostPort(page.host, page.port)}`;
  const trust = page.tls === null ? null : createTlsClientOptionsLoader(page.tls);
  return {
    addressesFrom: "in-table",
    async fetch(question, limits) {
      const dial = await createDial(page, trust);
      const headers = await buildHeaders(page);
      const answer = await sendHttpGet(
        { dial, path: buildPagePath(page.path, question), headers, peer: where },
        (head) => detectPageError(head, where, headers.has("authorization")),
        limits,
      );
      // The command line ends a table with an empty line; here HTTP has already said that this is all of it.
      return answer.bytes.at(-1) === LF ? { ...answer, bytes: Buffer.concat([answer.bytes, EMPTY_LINE]) } : answer;
    },
  };
}

async function createDial(
  { host, port }: StatsPage,
  trust: LoadTlsClientOptions | null,
): Promise<() => ConnectingSocket> {
  if (trust === null) return () => dialTcp(host, port);
  const peer = await trust();
  return () => dialTls(host, port, peer);
}

async function buildHeaders(page: StatsPage): Promise<Map<string, string>> {
  const usualPort = page.tls === null ? 80 : 443;
  const host = formatHostPort(page.tls?.serverName ?? page.host, page.port);
  const headers = new Map([
    ["host", page.port === usualPort ? host.slice(0, host.lastIndexOf(":")) : host],
    ["accept", "text/plain"],
    ["accept-encoding", "identity"],
    ["user-agent", "haprobe"],
    ["connection", "close"],
  ]);
  for (const [name, value] of Object.entries(page.headers)) headers.set(name.toLowerCase(), value);
  if (page.login !== null) headers.set("authorization", await basicAuthorization(page.login));
  return headers;
}

async function basicAuthorization({ user, password }: StatsLogin): Promise<string> {
  const secret =
    password.kind === "text"
      ? password.text
      : // An editor ends the line; a password does not.
        (await readSmallFile(password.path, "password-file")).replace(/\r?\n$/, "");
  return `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`;
}
