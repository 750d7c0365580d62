import { runtimeApiName } from "../../server/contract/quote.ts";
import { curlCommand as curlCommandOf } from "../../server/contract/repeat-commands.ts";
import type { ServerStatus } from "../../server/contract/status.ts";

const PERMANENT_FIX_PREFIX = "Permanent fix: ";

/** Runtime API command that drains a server; null if a name is not safe in a command. */
export function drainCommand(server: ServerStatus): string | null {
  return stateCommand(server, "drain");
}

function stateCommand({ backend, server }: ServerStatus, state: "drain" | "ready"): string | null {
  const name = runtimeApiName(backend, server);
  return name === null ? null : `set server ${name} state ${state}`;
}

/** Runtime API command that puts a drained server back into service; null unless its probe passes. */
export function readyCommand(server: ServerStatus): string | null {
  const isDrained = server.reason === "drain" || server.reason === "maintenance";
  if (server.verdict !== "out-of-service" || !isDrained || server.probe.outcome !== "passed") return null;
  return stateCommand(server, "ready");
}

/** A Runtime API command and the instances to run it on. */
export interface RuntimeCommand {
  readonly command: string;
  readonly instances: readonly string[];
}

/** Commands that drain these servers; none for the last healthy server of a backend. */
export function drainCommands(members: readonly ServerStatus[]): RuntimeCommand[] {
  return distinctCommands(members, (member) => (canDrain(member) ? drainCommand(member) : null));
}

/** Commands with which HAProxy takes these servers in now; none where that is not safe. */
export function restoreCommands(members: readonly ServerStatus[]): RuntimeCommand[] {
  return distinctCommands(members, ({ restore }) => restore?.command ?? null);
}

/** Commands after which HAProxy checks these servers again, once they were restored. */
export function undoCommands(members: readonly ServerStatus[]): RuntimeCommand[] {
  return distinctCommands(members, ({ restore }) => restore?.undo ?? null);
}

/** One command for all instances where it is the same, in the order of the servers. */
function distinctCommands(
  members: readonly ServerStatus[],
  commandOf: (member: ServerStatus) => string | null,
): RuntimeCommand[] {
  const instances = new Map<string, string[]>();
  for (const member of members) {
    const command = commandOf(member);
    if (command === null) continue;
    const instancesOfCommand = instances.get(command);
    if (instancesOfCommand === undefined) instances.set(command, [member.instance]);
    else instancesOfCommand.push(member.instance);
  }
  return [...instances].map(([command, instancesOfCommand]) => ({ command, instances: instancesOfCommand }));
}

/** The advice in parts. */
export interface AdviceParts {
  readonly label: "Permanent fix" | "What to do";
  readonly text: string;
}

/** Splits the advice into label and text. The command for now is dropped: the page shows it by itself. */
export function splitAdvice(advice: string): AdviceParts {
  const at = advice.indexOf(PERMANENT_FIX_PREFIX);
  if (at < 0) return { label: "What to do", text: advice };
  return { label: "Permanent fix", text: advice.slice(at + PERMANENT_FIX_PREFIX.length) };
}

/** Why a server is not to be drained while none of its backend's others is healthy; null for `healthyLeft` where some have no verdict. */
export function keepText({ backend, server }: ServerStatus, healthyLeft: number | null): string {
  const why =
    healthyLeft === null
      ? `No other server of ${backend} is known to be healthy`
      : `No healthy server left in ${backend}`;
  return `${why}: do not drain ${server}.`;
}

/** True if the false-up is confirmed and another server of the backend is healthy. */
export function canDrain(server: ServerStatus): boolean {
  return server.verdict === "false-up" && server.phase === "confirmed" && server.misrouted.healthyLeft > 0;
}

/** curl command that repeats the probe, without credentials and without verifying the certificate; null if the URL is not safe in a command. */
export function curlCommand({ probe }: ServerStatus): string | null {
  return probe.url === null ? null : curlCommandOf(probe.url);
}
