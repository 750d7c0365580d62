import type { InstanceName } from "../contract/server-key.ts";
import type { ServerMemory } from "./server-memory.ts";
import { classifyTraffic } from "./client-traffic.ts";
import { mayBePathFault } from "./verdict-table.ts";

/** One server as the fleet's judge sees it. */
export interface FleetMember {
  readonly instance: InstanceName;
  /** Key of its target; servers that share one count once. */
  readonly target: string;
  /** Address of the target without its port. */
  readonly host: string;
  readonly memory: ServerMemory;
}

/** What the whole says about single servers. */
export interface FleetReachability {
  /** At least half of the other targets, those that HAProxy has down and we cannot reach left out, have answered since this moment. */
  readonly othersRespondedSince: number;
  /** Groups in which most of what HAProxy reaches is out of our reach. */
  readonly blindGroups: ReadonlySet<string>;
}

/** Fewest failing targets that can mean blindness: one alone is a path that differs. */
const FAILING_TARGETS_MIN = 2;
const WHOLE_FLEET = "*";

export const NO_FLEET: FleetReachability = { othersRespondedSince: Number.POSITIVE_INFINITY, blindGroups: new Set() };

/**
 * Looks at all servers together: have we gone blind, and who else was heard lately? Costs a pass over all of them, so it is
 * asked for only while a failure could be the fault of our own path.
 */
export function assessFleetReachability(members: Iterable<FleetMember>, now: number): FleetReachability {
  const heard = new Map<string, number>();
  const everything = createTargetGroup();
  const instances = new TargetGroups();
  const nets = new TargetGroups();
  for (const member of members) {
    const { memory, target } = member;
    if (memory.haproxy.belief.kind === "off" || memory.probe.assessment.kind === "pending") continue;
    const lastHeard = lastRespondedAt(memory);
    if (lastHeard !== null) heard.set(target, Math.max(heard.get(target) ?? Number.NEGATIVE_INFINITY, lastHeard));
    if (memory.haproxy.belief.kind !== "up" || isKnownServerFault(memory, now)) continue;
    const failing = memory.probe.failure !== null && mayBePathFault(memory.probe.failure);
    for (const group of [everything, instances.getOrCreate(member.instance), nets.getOrCreate(subnetOf(member.host))]) {
      group.targets.add(target);
      if (failing) group.failing.add(target);
    }
  }
  const blindGroups = new Set<string>();
  if (isBlindGroup(everything)) blindGroups.add(WHOLE_FLEET);
  for (const name of instances.blind()) blindGroups.add(instanceGroup(name));
  for (const name of nets.blind()) blindGroups.add(subnetGroup(name));
  return { othersRespondedSince: halfRespondedSince(heard), blindGroups };
}

interface TargetGroup {
  readonly targets: Set<string>;
  readonly failing: Set<string>;
}

function createTargetGroup(): TargetGroup {
  return { targets: new Set(), failing: new Set() };
}

function isBlindGroup({ targets, failing }: TargetGroup): boolean {
  return failing.size >= FAILING_TARGETS_MIN && failing.size * 2 > targets.size;
}

/** Groups of one kind, by what their members share: names are made only for those that are told of. */
class TargetGroups {
  readonly #groups = new Map<string, TargetGroup>();

  getOrCreate(name: string): TargetGroup {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = createTargetGroup()));
    return group;
  }

  *blind(): Generator<string> {
    for (const [name, group] of this.#groups) if (isBlindGroup(group)) yield name;
  }
}

/** True where any group of this server is blind. */
export function isBlind(fleet: FleetReachability, instance: InstanceName, host: string): boolean {
  if (fleet.blindGroups.size === 0) return false;
  const groups = [WHOLE_FLEET, instanceGroup(instance), subnetGroup(subnetOf(host))];
  return groups.some((group) => fleet.blindGroups.has(group));
}

function instanceGroup(name: InstanceName): string {
  return `instance ${name}`;
}

function subnetGroup(neighbours: string): string {
  return `net ${neighbours}`;
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

/** Failures that were confirmed, or that HAProxy's own clients have as well, say nothing about our path; an answer always does. */
function isKnownServerFault(memory: ServerMemory, now: number): boolean {
  if (memory.probe.failure === null || !mayBePathFault(memory.probe.failure)) return false;
  const confirmed = memory.decision.verdict === "false-up" && memory.decision.phase === "confirmed";
  return confirmed || classifyTraffic(memory.traffic, now) === "fails";
}

/** When the path to this target was last seen to work; null for one that HAProxy cannot reach either: it says nothing about ours. */
function lastRespondedAt(memory: ServerMemory): number | null {
  const { failure, result } = memory.probe;
  if (failure !== null && mayBePathFault(failure))
    return memory.haproxy.belief.kind === "down" ? null : Number.NEGATIVE_INFINITY;
  if (result === null || result.kind === "dns-failed") return Number.NEGATIVE_INFINITY;
  return result.endedAt;
}

/** The moment since which half of the targets were heard, not counting one that asks. */
function halfRespondedSince(heard: ReadonlyMap<string, number>): number {
  const others = heard.size - 1;
  if (others <= 0) return Number.POSITIVE_INFINITY;
  const times = Float64Array.from(heard.values()).sort();
  return times[times.length - Math.ceil(others / 2)] ?? Number.NEGATIVE_INFINITY;
}
