import type { StatsLogin, StatsPage } from "../contract/settings.ts";
import { type Dialled, dialTcp, dialTls, hostAndPort } from "./dial.ts";
import { httpExchange } from "./http-exchange.ts";
import { refusePage } from "./page-head.ts";
import { pagePath } from "./page-path.ts";
import { readSmallFile } from "./small-file.ts";
import type { StatsSource } from "./source.ts";
import { createTlsTrust, type TlsTrust } from "./tls-trust.ts";

const LF = 10;
const EMPTY_LINE = Buffer.from("\n");

/** The stats page (`stats enable`, `stats uri`) as CSV. It tells neither pid nor version, and addresses only with `stats show-legends`. */
export function pageSource(page: StatsPage): StatsSource {
  const where = `${page.tls === null ? "http" : "https"}://${hostAndPort(page.host, page.port)}`;
  const trust = page.tls === null ? null : createTlsTrust(page.tls);
  return {
    addresses: "in-table",
    async ask(question, limits) {
      const dial = await dialler(page, trust);
      const headers = await headersOf(page);
      const answer = await httpExchange(
        { dial, path: pagePath(page.path, question), headers, where },
        (head) => refusePage(head, where, headers.has("authorization")),
        limits,
      );
      // The command line ends a table with an empty line; here HTTP has already said that this is all of it.
      return answer.bytes.at(-1) === LF ? { ...answer, bytes: Buffer.concat([answer.bytes, EMPTY_LINE]) } : answer;
    },
  };
}

async function dialler({ host, port }: StatsPage, trust: TlsTrust | null): Promise<() => Dialled> {
  if (trust === null) return () => dialTcp(host, port);
  const peer = await trust();
  return () => dialTls(host, port, peer);
}

async function headersOf(page: StatsPage): Promise<Map<string, string>> {
  const usualPort = page.tls === null ? 80 : 443;
  const host = hostAndPort(page.tls?.serverName ?? page.host, page.port);
  const headers = new Map([
    ["host", page.port === usualPort ? host.slice(0, host.lastIndexOf(":")) : host],
    ["accept", "text/plain"],
    ["accept-encoding", "identity"],
    ["user-agent", "haprobe"],
    ["connection", "close"],
  ]);
  for (const [name, value] of Object.entries(page.headers)) headers.set(name.toLowerCase(), value);
  if (page.login !== null) headers.set("authorization", await basic(page.login));
  return headers;
}

async function basic({ user, password }: StatsLogin): Promise<string> {
  const secret =
    password.kind === "text"
      ? password.text
      : // An editor ends the line; a password does not.
        (await readSmallFile(password.path, "password-file")).replace(/\r?\n$/, "");
  return `Basic ${Buffer.from(`${user}:${secret}`, "utf8").toString("base64")}`;
}
