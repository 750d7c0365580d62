import type { ServerStatus } from "../../server/contract/status.ts";

const PERMANENT_FIX_PREFIX = "For good: ";
// Names and addresses come from outside and end in somebody's terminal: what is not plainly harmless gets no command.
const SHELL_SAFE_NAME = /^[A-Za-z0-9_.:][A-Za-z0-9_.:-]*$/;
const SHELL_SAFE_URL = /^https?:\/\/[A-Za-z0-9_.:[\]-]+(\/[A-Za-z0-9_./~?=&%-]*)?$/;

/** The Runtime API line that takes a server out of traffic; null where a name does not belong in a command. */
export function drainCommand(server: ServerStatus): string | null {
  if (!SHELL_SAFE_NAME.test(server.backend) || !SHELL_SAFE_NAME.test(server.server)) return null;
  return `set server ${server.backend}/${server.server} state drain`;
}

/** A line of the Runtime API and where it is to be said. */
export interface DrainCommand {
  readonly command: string;
  readonly instances: readonly string[];
}

/** What takes these servers out: each line once, with the instances that need it; none for the last good server of a backend. */
export function drainCommands(members: readonly ServerStatus[]): DrainCommand[] {
  const instances = new Map<string, string[]>();
  for (const member of members) {
    const command = canDrain(member) ? drainCommand(member) : null;
    if (command === null) continue;
    const where = instances.get(command);
    if (where === undefined) instances.set(command, [member.instance]);
    else where.push(member.instance);
  }
  return [...instances].map(([command, where]) => ({ command, instances: where }));
}

/** haprobe's advice in two columns: its drain line is left out here, because the page has its own, which knows the last server. */
export function splitAdvice(advice: string): { readonly label: "For good" | "What to do"; readonly text: string } {
  const at = advice.indexOf(PERMANENT_FIX_PREFIX);
  if (at < 0) return { label: "What to do", text: advice };
  return { label: "For good", text: advice.slice(at + PERMANENT_FIX_PREFIX.length) };
}

/** Whether draining helps: the lie is confirmed and somebody else can do the work. */
export function canDrain(server: ServerStatus): boolean {
  return server.verdict === "false-up" && server.phase === "confirmed" && server.misrouted.healthyLeft > 0;
}

/** Asks the server what we asked it; without our credentials, and like a guessed probe without judging the certificate. */
export function curlCommand(server: ServerStatus): string | null {
  const url = server.probe.url;
  if (url === null || !SHELL_SAFE_URL.test(url)) return null;
  return `curl -sSi ${url.startsWith("https:") ? "-k " : ""}"${url}"`;
}
