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

/** What one server adds to the whole. */
interface Share extends Omit<FleetMember, "memory"> {
  /** Whether our path to what HAProxy reaches works; null where the server shows nothing about it. */
  readonly path: "works" | "suspect" | null;
  /** HAProxy's own check or its clients fail at this address as well. */
  readonly isRefuted: boolean;
  respondedAt: number | null;
}

/** Fewest failing machines that can mean blindness: one alone is a path that differs. */
const FAILING_MACHINES_MIN = 2;
const WHOLE_FLEET = "*";

/**
 * Looks at all servers together: is our own path at fault, and which other targets responded lately? Kept up to date
 * with each server, so that the work does not grow with their number.
 */
export class FleetReachability<Key> {
  readonly #shares = new Map<Key, Share>();
  readonly #targets = new Map<string, Target>();
  readonly #addresses = new Map<string, Address>();
  readonly #blindGroups = new Set<string>();
  readonly #everything = new MachineGroup(WHOLE_FLEET, this.#blindGroups);
  readonly #instances = new Map<InstanceName, MachineGroup>();
  readonly #subnets = new Map<string, MachineGroup>();

  /** Replaces what this server adds, as it was judged at `now`. */
  put(key: Key, member: FleetMember, now: number): void {
    const before = this.#shares.get(key);
    const next = shareOf(member, now);
    if (before !== undefined && isSameShare(before, next)) {
      before.respondedAt = next.respondedAt;
      this.#countTarget(next, 0);
      return;
    }
    if (before !== undefined) this.#count(before, -1);
    this.#shares.set(key, next);
    this.#count(next, 1);
  }

  remove(key: Key): void {
    const share = this.#shares.get(key);
    if (share === undefined) return;
    this.#shares.delete(key);
    this.#count(share, -1);
  }

  /** Groups in which most of what HAProxy reaches is out of our reach. */
  get blindGroups(): ReadonlySet<string> {
    return this.#blindGroups;
  }

  /** At least half of the other targets have answered since this moment; those that HAProxy has DOWN and we cannot reach are left out. A pass over all targets. */
  othersRespondedSince(): number {
    return halfRespondedSince(this.#targets);
  }

  /** True where a group of this server is blind, and nothing says that the server itself is at fault. */
  isBlind(instance: InstanceName, host: string, port: number): boolean {
    if (this.#blindGroups.size === 0 || (this.#addresses.get(addressOf(host, port))?.refuted ?? 0) > 0) return false;
    const groups = [WHOLE_FLEET, instanceGroup(instance), subnetGroup(subnetOf(host))];
    return groups.some((group) => this.#blindGroups.has(group));
  }

  #count(share: Share, by: 1 | -1): void {
    this.#countTarget(share, by);
    if (share.path === "works") this.#countMachine(share.instance, share.host, false, by);
    if (share.path === "suspect" || share.isRefuted) this.#countAddress(share, by);
  }

  /** A target has responded when its server that was judged last says so. */
  #countTarget({ target, respondedAt }: Share, by: 1 | 0 | -1): void {
    if (respondedAt === null) return;
    const entry = getOrCreate(this.#targets, target, () => ({ servers: 0, respondedAt }));
    entry.servers += by;
    if (by >= 0) entry.respondedAt = respondedAt;
    if (entry.servers === 0) this.#targets.delete(target);
  }

  /** Counts a server whose path is suspect, unless its address is refuted, or one that refutes it. */
  #countAddress({ instance, host, port, ...shown }: Share, by: 1 | -1): void {
    const name = addressOf(host, port);
    const address = getOrCreate(this.#addresses, name, () => ({
      refuted: 0,
      suspects: new Map<InstanceName, number>(),
    }));
    const wasRefuted = address.refuted > 0;
    if (shown.isRefuted) address.refuted += by;
    const isNowRefuted = address.refuted > 0;
    if (wasRefuted !== isNowRefuted) {
      for (const [of, count] of address.suspects) this.#countMachine(of, host, true, isNowRefuted ? -count : count);
    }
    if (shown.path === "suspect") {
      addTo(address.suspects, instance, by);
      if (!isNowRefuted) this.#countMachine(instance, host, true, by);
    }
    if (address.refuted === 0 && address.suspects.size === 0) this.#addresses.delete(name);
  }

  #countMachine(instance: InstanceName, host: string, fails: boolean, by: number): void {
    const blind = this.#blindGroups;
    const subnet = subnetOf(host);
    this.#everything.count(host, fails, by);
    countIn(this.#instances, instance, () => new MachineGroup(instanceGroup(instance), blind), host, fails, by);
    countIn(this.#subnets, subnet, () => new MachineGroup(subnetGroup(subnet), blind), host, fails, by);
  }
}

/** Servers of a target that say when it responded, and when it did. */
interface Target {
  servers: number;
  respondedAt: number;
}

/** Servers at an address that are suspect, by instance, and those that refute it. */
interface Address {
  refuted: number;
  readonly suspects: Map<InstanceName, number>;
}

/** Machines that are looked at together: all, those behind an instance, or those of a network. */
class MachineGroup {
  readonly #name: string;
  readonly #blindGroups: Set<string>;
  readonly #machines = new Map<string, { working: number; failing: number }>();
  #failing = 0;

  constructor(name: string, blindGroups: Set<string>) {
    this.#name = name;
    this.#blindGroups = blindGroups;
  }

  get isEmpty(): boolean {
    return this.#machines.size === 0;
  }

  /** A machine with several servers fails only where all of them do. */
  count(host: string, fails: boolean, by: number): void {
    const machine = getOrCreate(this.#machines, host, () => ({ working: 0, failing: 0 }));
    if (isFailing(machine)) this.#failing -= 1;
    machine[fails ? "failing" : "working"] += by;
    if (isFailing(machine)) this.#failing += 1;
    if (machine.working === 0 && machine.failing === 0) this.#machines.delete(host);
    if (this.#failing >= FAILING_MACHINES_MIN && this.#failing * 2 > this.#machines.size)
      this.#blindGroups.add(this.#name);
    else if (this.#blindGroups.size > 0) this.#blindGroups.delete(this.#name);
  }
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

function isFailing({ working, failing }: { readonly working: number; readonly failing: number }): boolean {
  return failing > 0 && working === 0;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}

/** Counts a machine in the group of this name, which is there only while it has machines. */
function countIn(
  groups: Map<string, MachineGroup>,
  name: string,
  create: () => MachineGroup,
  ...machine: Parameters<MachineGroup["count"]>
): void {
  const group = getOrCreate(groups, name, create);
  group.count(...machine);
  if (group.isEmpty) groups.delete(name);
}

function addTo<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** What this server shows about our path. */
function shareOf({ memory, instance, target, host, port }: FleetMember, now: number): Share {
  const place = { instance, target, host, port };
  const { belief } = memory.haproxy;
  if (belief.kind === "off" || memory.probe.assessment.kind === "pending")
    return { ...place, path: null, isRefuted: false, respondedAt: null };
  return {
    ...place,
    path: belief.kind === "up" ? pathOf(memory) : null,
    isRefuted: isRefuted(memory, now),
    respondedAt: lastRespondedAt(memory),
  };
}

/** A failure that is confirmed shows nothing more. */
function pathOf({ probe, decision }: ServerMemory): Share["path"] {
  if (!isPathSuspect(probe)) return "works";
  return decision.verdict === "false-up" && decision.phase === "confirmed" ? null : "suspect";
}

function isSameShare(a: Share, b: Share): boolean {
  return (
    a.path === b.path &&
    a.isRefuted === b.isRefuted &&
    (a.respondedAt === null) === (b.respondedAt === null) &&
    a.target === b.target &&
    a.host === b.host &&
    a.port === b.port &&
    a.instance === b.instance
  );
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
function halfRespondedSince(targets: ReadonlyMap<string, Target>): number {
  const others = targets.size - 1;
  if (others <= 0) return Number.POSITIVE_INFINITY;
  const times = new Float64Array(targets.size);
  let count = 0;
  for (const { respondedAt } of targets.values()) times[count++] = respondedAt;
  times.sort();
  return times[times.length - Math.ceil(others / 2)] ?? Number.NEGATIVE_INFINITY;
}
