import type { ServerStatus } from "../../server/contract/status.ts";
import { isMismatch } from "./kind.ts";

/** One fault: the rows of all instances that route to the same sick server. */
export interface Mismatch {
  /** Key of its first member: holds while the mismatch does. */
  readonly id: string;
  readonly verdict: "false-up" | "false-down";
  readonly members: readonly ServerStatus[];
  readonly first: ServerStatus;
  /** Milliseconds since 1970, haprobe's clock: the earliest of the members. */
  readonly since: number;
  readonly sessions: number;
  readonly held: number;
  readonly unit: "sessions" | "requests" | "sessions and requests";
}

/** Joins confirmed mismatches to faults, worst first: false-up before false-down, then the oldest. */
export function mismatchesOf(servers: Iterable<ServerStatus>): Mismatch[] {
  const groups = new Map<string, ServerStatus[]>();
  for (const server of servers) {
    if (!isMismatch(server)) continue;
    const id = subjectOf(server);
    const members = groups.get(id);
    if (members) members.push(server);
    else groups.set(id, [server]);
  }
  const result: Mismatch[] = [];
  for (const members of groups.values()) {
    const first = members[0];
    if (!first || (first.verdict !== "false-up" && first.verdict !== "false-down")) continue;
    result.push({
      id: first.key,
      verdict: first.verdict,
      members,
      first,
      since: Math.min(...members.map((member) => Date.parse(member.since))),
      sessions: sum(members, (member) => member.misrouted.sessions),
      held: sum(members, (member) => member.misrouted.held),
      unit: unitOf(members),
    });
  }
  return result.sort((a, b) => rank(a) - rank(b) || a.since - b.since);
}

/** A sick target is one fault behind many HAProxies; a false-down is the word of one HAProxy. */
function subjectOf(server: ServerStatus): string {
  if (server.verdict !== "false-up" || server.address === null || server.address === "unix") return server.key;
  return JSON.stringify([server.verdict, server.site, server.address, server.probe.url, server.reason]);
}

const rank = (mismatch: Mismatch): number => (mismatch.verdict === "false-up" ? 0 : 1);

/** What the numbers of several servers count together. */
export function unitOf(members: readonly ServerStatus[]): Mismatch["unit"] {
  const units = new Set(members.map((member) => member.misrouted.unit));
  const [only] = units;
  return units.size > 1 || only === undefined ? "sessions and requests" : only;
}

/** Adds up a number over servers. */
export function sum(members: readonly ServerStatus[], of: (member: ServerStatus) => number): number {
  return members.reduce((total, member) => total + of(member), 0);
}

/** Names without repetition, in order. */
export function namesOf(members: readonly ServerStatus[], of: (member: ServerStatus) => string): string[] {
  return [...new Set(members.map(of))];
}
