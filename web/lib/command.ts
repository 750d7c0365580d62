import type { ServerStatus } from "../../server/contract/status.ts";

const FOR_GOOD = "For good: ";
// Names and addresses come from outside and end in somebody's terminal: what is not plainly harmless gets no command.
const NAME = /^[A-Za-z0-9_.:][A-Za-z0-9_.:-]*$/;
const URL_CHARACTERS = /^https?:\/\/[A-Za-z0-9_.:[\]-]+(\/[A-Za-z0-9_./~?=&%-]*)?$/;

/** The Runtime API line that takes a server out of traffic; null where a name does not belong in a command. */
export function drainCommand(server: ServerStatus): string | null {
  if (!NAME.test(server.backend) || !NAME.test(server.server)) return null;
  return `set server ${server.backend}/${server.server} state drain`;
}

/** A line of the Runtime API and where it is to be said. */
export interface DrainLine {
  readonly command: string;
  readonly instances: readonly string[];
}

/** What takes these servers out: each line once, with the instances that need it; none for the last good server of a backend. */
export function drainLines(members: readonly ServerStatus[]): DrainLine[] {
  const instances = new Map<string, string[]>();
  for (const member of members) {
    const command = mayDrain(member) ? drainCommand(member) : null;
    if (command === null) continue;
    const where = instances.get(command);
    if (where === undefined) instances.set(command, [member.instance]);
    else where.push(member.instance);
  }
  return [...instances].map(([command, where]) => ({ command, instances: where }));
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
