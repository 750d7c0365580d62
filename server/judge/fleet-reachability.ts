import type { InstanceName } from "../contract/server-key.ts";
import type { ServerMemory } from "./server-memory.ts";
import { classifyTraffic } from "./client-traffic.ts";
import { failsBeforeAnswer } from "./check-depth.ts";
import { isPathSuspect, mayBePathFault } from "./path-suspicion.ts";

/** One server as the assessment of the fleet looks at it. */
export interface FleetMember {
  readonly instance: InstanceName;
  /** Key of its target; servers that share one count once. */
  readonly target: string;
  /** Address of the target. */
  readonly host: string;
  readonly port: number;
  readonly memory: ServerMemory;
}

/** What all servers together say about our own path. */
export interface FleetReachability {
  /** At least half of the other targets have answered since this moment; those that HAProxy has DOWN and we cannot reach are left out. */
  readonly othersRespondedSince: number;
  /** Groups in which most of what HAProxy reaches is out of our reach. */
  readonly blindGroups: ReadonlySet<string>;
  /** Addresses at which HAProxy's own check or its clients fail as well: their failures are not ours. */
  readonly refutedAddresses: ReadonlySet<string>;
}

/** Fewest failing machines that can mean blindness: one alone is a path that differs. */
const FAILING_MACHINES_MIN = 2;
const WHOLE_FLEET = "*";

export const NO_FLEET: FleetReachability = {
  othersRespondedSince: Number.POSITIVE_INFINITY,
  blindGroups: new Set(),
  refutedAddresses: new Set(),
};

/**
 * Looks at all servers together: is our own path at fault, and which other targets responded lately? Costs a pass over
 * all of them, so it is called only while a failure could be the fault of our own path.
 */
export function assessFleetReachability(members: Iterable<FleetMember>, now: number): FleetReachability {
  const responded = new Map<string, number>();
  const groups = new MachineGroups();
  const suspects: FleetMember[] = [];
  const refutedAddresses = new Set<string>();
  for (const member of members) {
    const { memory, target } = member;
    if (memory.haproxy.belief.kind === "off" || memory.probe.assessment.kind === "pending") continue;
    const at = lastRespondedAt(memory);
    if (at !== null) responded.set(target, Math.max(responded.get(target) ?? Number.NEGATIVE_INFINITY, at));
    if (isRefuted(memory, now)) refutedAddresses.add(addressOf(member.host, member.port));
    if (memory.haproxy.belief.kind !== "up") continue;
    if (!isPathSuspect(memory.probe)) groups.add(member, false);
    else if (!isConfirmed(memory)) suspects.push(member);
  }
  for (const member of suspects) {
    if (!refutedAddresses.has(addressOf(member.host, member.port))) groups.add(member, true);
  }
  return { othersRespondedSince: halfRespondedSince(responded), blindGroups: groups.blind(), refutedAddresses };
}

/** Whether each machine of a group is out of our reach. */
type MachineGroup = Map<string, boolean>;

/** Machines grouped three ways: all, those behind each instance, and those of each network. */
class MachineGroups {
  readonly #everything: MachineGroup = new Map();
  readonly #instances = new Map<InstanceName, MachineGroup>();
  readonly #subnets = new Map<string, MachineGroup>();

  /** A machine with several targets fails only where all of them do. */
  add({ instance, host }: FleetMember, fails: boolean): void {
    const subnet = subnetOf(host);
    for (const group of [
      this.#everything,
      getOrCreateGroup(this.#instances, instance),
      getOrCreateGroup(this.#subnets, subnet),
    ]) {
      group.set(host, fails && (group.get(host) ?? true));
    }
  }

  blind(): ReadonlySet<string> {
    const blind = new Set<string>();
    if (isBlindGroup(this.#everything)) blind.add(WHOLE_FLEET);
    for (const [name, group] of this.#instances) if (isBlindGroup(group)) blind.add(instanceGroup(name));
    for (const [name, group] of this.#subnets) if (isBlindGroup(group)) blind.add(subnetGroup(name));
    return blind;
  }
}

function getOrCreateGroup(groups: Map<string, MachineGroup>, name: string): MachineGroup {
  let group = groups.get(name);
  if (group === undefined) groups.set(name, (group = new Map()));
  return group;
}

function isBlindGroup(group: MachineGroup): boolean {
  let failing = 0;
  for (const fails of group.values()) if (fails) failing += 1;
  return failing >= FAILING_MACHINES_MIN && failing * 2 > group.size;
}

/** True where a group of this server is blind, and nothing says that the server itself is at fault. */
export function isBlind(fleet: FleetReachability, instance: InstanceName, host: string, port: number): boolean {
  if (fleet.blindGroups.size === 0 || fleet.refutedAddresses.has(addressOf(host, port))) return false;
  const groups = [WHOLE_FLEET, instanceGroup(instance), subnetGroup(subnetOf(host))];
  return groups.some((group) => fleet.blindGroups.has(group));
}

function addressOf(host: string, port: number): string {
  return `${host}:${port}`;
}

function instanceGroup(name: InstanceName): string {
  return `instance ${name}`;
}

function subnetGroup(subnet: string): string {
  return `net ${subnet}`;
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one, a name as it is. */
function subnetOf(host: string): string {
  if (!host.includes(":")) return upToThirdDot(host);
  const [head = "", tail = ""] = host.split("::");
  const left = head.split(":");
  const missing = Math.max(0, 8 - left.length - (tail === "" ? 0 : tail.split(":").length));
  return [...left, ...Array<string>(host.includes("::") ? missing : 0).fill("0"), ...tail.split(":")]
    .slice(0, 4)
    .join(":");
}

function upToThirdDot(host: string): string {
  let dot = -1;
  for (let dots = 0; dots < 3; dots += 1) {
    dot = host.indexOf(".", dot + 1);
    if (dot < 0) return host;
  }
  return host.slice(0, dot);
}

function isConfirmed({ decision }: ServerMemory): boolean {
  return decision.verdict === "false-up" && decision.phase === "confirmed";
}

/** True where HAProxy itself fails to reach the server, by its check or with its clients. */
function isRefuted({ haproxy, traffic }: ServerMemory, now: number): boolean {
  if (haproxy.view !== null && failsBeforeAnswer(haproxy.view.check)) return true;
  return classifyTraffic(traffic, now) === "fails";
}

/** When the path to this target was last seen to work; null for one that HAProxy cannot reach either: it says nothing about ours. */
function lastRespondedAt(memory: ServerMemory): number | null {
  const { failure, result } = memory.probe;
  if (failure !== null && mayBePathFault(failure))
    return memory.haproxy.belief.kind === "down" ? null : Number.NEGATIVE_INFINITY;
  if (result === null || result.kind === "dns-failed") return Number.NEGATIVE_INFINITY;
  return result.endedAt;
}

/** The moment since which half of the targets have responded, without the one that is judged. */
function halfRespondedSince(responded: ReadonlyMap<string, number>): number {
  const others = responded.size - 1;
  if (others <= 0) return Number.POSITIVE_INFINITY;
  const times = Float64Array.from(responded.values()).sort();
  return times[times.length - Math.ceil(others / 2)] ?? Number.NEGATIVE_INFINITY;
}
