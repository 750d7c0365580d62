import type { ServerStatus } from "../../server/contract/status.ts";

const FOR_GOOD = "For good: ";
// Names and addresses come from outside and end in somebody's terminal: what is not plainly harmless gets no command.
const NAME = /^[A-Za-z0-9_.:][A-Za-z0-9_.:-]*$/;
const PATH = /^\/[A-Za-z0-9_./-]+$/;
const HOST_PORT = /^[A-Za-z0-9_.-]+:\d{1,5}$/;
const URL_CHARACTERS = /^https?:\/\/[A-Za-z0-9_.:[\]-]+(\/[A-Za-z0-9_./~?=&%-]*)?$/;

/** The Runtime API line that takes a server out of traffic; null where a name does not belong in a command. */
export function drainCommand(server: ServerStatus): string | null {
  if (!NAME.test(server.backend) || !NAME.test(server.server)) return null;
  return `set server ${server.backend}/${server.server} state drain`;
}

/** The same as a line for a shell on the machine of that HAProxy. `stats` is the instance's stats address. */
export function drainShellLine(server: ServerStatus, stats: string | null): string | null {
  const command = drainCommand(server);
  const socket = stats === null ? null : socatAddress(stats);
  return command === null || socket === null ? null : `echo "${command}" | socat - ${socket}`;
}

function socatAddress(stats: string): string | null {
  if (stats.startsWith("unix:")) {
    const path = stats.slice("unix:".length);
    return PATH.test(path) ? path : null;
  }
  const address = /^tcp:(?:\/\/)?(.+)$/.exec(stats)?.[1];
  return address !== undefined && HOST_PORT.test(address) ? `TCP:${address}` : null;
}

/** haprobe's advice in two columns: its drain line is left out here, because the page has its own, which knows the last server. */
export function adviceWords(advice: string): { readonly when: "For good" | "What to do"; readonly what: string } {
  const at = advice.indexOf(FOR_GOOD);
  if (at < 0) return { when: "What to do", what: advice };
  return { when: "For good", what: advice.slice(at + FOR_GOOD.length) };
}

/** Whether draining helps: the lie is confirmed and somebody else can do the work. */
export function mayDrain(server: ServerStatus): boolean {
  return server.verdict === "false-up" && server.phase === "confirmed" && server.misrouted.healthyLeft > 0;
}

/** Asks the server what we asked it; without our credentials, and like a guessed probe without judging the certificate. */
export function curlLine(server: ServerStatus): string | null {
  const url = server.probe.url;
  if (url === null || !URL_CHARACTERS.test(url)) return null;
  return `curl -sSi ${url.startsWith("https:") ? "-k " : ""}"${url}"`;
}
