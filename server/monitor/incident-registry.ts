import { BOUNDS } from "../bounds.ts";
import type { IncidentAction, IncidentRecord, MemberTraffic, MismatchVerdict } from "../contract/incident.ts";
import type { InstanceName, ServerKey, ServerName } from "../contract/server-key.ts";
import type { Verdict } from "../contract/verdict.ts";
import { faultNetwork, faultSubject } from "../judge/fault-subject.ts";
import { type IncidentEventType, reduceIncident, restoreIncident } from "../judge/incident.ts";
import type { IncidentFact, MemberJudged, TrafficReading } from "../judge/incident-fact.ts";
import { assessMember, isPastReopen, isUndecided } from "../judge/incident-state.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { type Fault, type MemberReading, toMemberFact } from "./member-fact.ts";
import type { ServerEntry } from "./server-entry.ts";

/** What the registry needs of its owner. Records passed to it have monotonic times. */
export interface IncidentOutlet {
  /** Id of the next incident, from what it is about. */
  createId(fault: string): string;
  emit(type: IncidentEventType, record: IncidentRecord): void;
}

/**
 * The incidents of all servers, as plain records: open ones, and ended ones as long as there is room. An open one has a
 * server with its fault, so that there are at most twice as many as servers.
 */
export class IncidentRegistry {
  readonly #outlet: IncidentOutlet;
  /** By id, in the order of opening. */
  readonly #records = new Map<string, IncidentRecord>();
  /** Id of the newest incident of each fault. */
  readonly #newest = new Map<string, string>();
  /** Faults of the incidents whose member a server is. */
  readonly #faultsOf = new Map<ServerKey, Set<string>>();
  readonly #healing = new Set<string>();
  /** Ids in the order of ending. */
  readonly #ended = new Set<string>();
  /** Members of restored incidents that no poll has confirmed or refuted yet. */
  readonly #restored = new Map<InstanceName, Set<ServerKey>>();

  constructor(outlet: IncidentOutlet, restored: readonly IncidentRecord[]) {
    this.#outlet = outlet;
    for (const record of restored) this.#restore(restoreIncident(record));
  }

  /** Applies the newest judgement of a server. */
  update(server: ServerEntry, name: ServerName, reading: MemberReading, now: number): void {
    const { memory, assignment } = server;
    if (memory === null) return;
    const { verdict, phase } = memory.decision;
    const target = assignment.kind === "target" ? assignment.target : null;
    const joined = this.#faultsOf.get(server.key);
    for (const fault of joined ?? []) {
      const record = this.#recordOf(fault);
      if (record === null) continue;
      const subject = faultSubject(record.verdict, name, target);
      // Another target by other rules is another fault; without a target the server is no longer judged.
      if (subject !== null && subject !== record.subject) {
        this.#apply(fault, { kind: "member-left", key: server.key, end: "address-changed" }, now);
      } else {
        this.#apply(fault, this.#toFact(server, memory, record, name, reading, now), now);
      }
    }
    if (phase !== "confirmed" || assignment.policy.expected?.verdict === verdict) return;
    const subject = faultSubject(verdict, name, target);
    if (subject === null || (verdict !== "false-up" && verdict !== "false-down")) return;
    const network = target === null ? name.site : faultNetwork(name.site, target);
    const known = this.#recordOf(faultKey(verdict, subject));
    if (joined?.has(faultKey(verdict, subject)) || (known !== null && isFull(known, now))) return;
    const fact = this.#toFact(server, memory, { verdict, network, subject }, name, reading, now);
    this.#apply(faultKey(verdict, subject), fact, now);
  }

  /** True where a server may be a member of an incident that lasts or lasted. */
  isMember(key: ServerKey): boolean {
    // Asked for each server of each poll, and mostly there is no incident.
    return this.#faultsOf.size > 0 && this.#faultsOf.has(key);
  }

  /** Counts the traffic of a member, unless nothing is known of it at present. */
  countTraffic({ key, memory }: ServerEntry, readTraffic: () => TrafficReading, now: number): void {
    if (memory === null || isUndecided(memory.decision.reason)) return;
    for (const fault of this.#faultsOf.get(key) ?? []) {
      const record = this.#recordOf(fault);
      if (record === null || record.state.kind === "ended") continue;
      if (assessMember(memory.decision, record.verdict) === "undecided") continue;
      this.#apply(fault, { kind: "traffic-counted", key, traffic: readTraffic() }, now);
    }
  }

  /** Traffic of a server in its false-up that goes on, or would be reopened; null where there is none. */
  trafficOf(key: ServerKey, now: number): MemberTraffic | null {
    for (const fault of this.#faultsOf.get(key) ?? []) {
      const record = this.#recordOf(fault);
      if (record?.verdict !== "false-up" || isPastReopen(record.state, now)) continue;
      return record.members.find((member) => member.key === key)?.traffic ?? null;
    }
    return null;
  }

  /** Why a person expects this mismatch of a server; null where none does, and once its incident has ended. */
  expectedWhy(key: ServerKey, verdict: Verdict): string | null {
    for (const fault of this.#faultsOf.get(key) ?? []) {
      const record = this.#recordOf(fault);
      if (record?.verdict === verdict && record.state.kind !== "ended") return record.expected?.text ?? null;
    }
    return null;
  }

  /** Applies what a person does; false where there is no such incident. */
  applyAction(id: string, action: IncidentAction, now: number): boolean {
    const before = this.#records.get(id);
    if (before === undefined) return false;
    const { record, event } = reduceIncident(before, action, now);
    if (record === null || record === before) return true;
    this.#records.set(id, record);
    if (event !== null) this.#outlet.emit(event, record);
    return true;
  }

  /** Records in each incident that lasts how long no process observed it. */
  resume(unobservedMs: number, now: number): void {
    for (const [fault, id] of this.#newest) {
      const isOver = this.#records.get(id)?.state.kind === "ended";
      if (!isOver) this.#apply(fault, { kind: "resumed", unobservedMs }, now);
    }
  }

  /** Emits the counts of incidents that last, so that a later process goes on from there. */
  emitCounts(now: number): void {
    for (const [fault, id] of this.#newest) {
      const isOver = this.#records.get(id)?.state.kind === "ended";
      if (!isOver) this.#apply(fault, { kind: "counts-due" }, now);
    }
  }

  /** A server was removed, or has another address: it leaves every incident. */
  removeMember(key: ServerKey, end: "removed" | "address-changed", now: number): void {
    for (const fault of this.#faultsOf.get(key) ?? []) this.#apply(fault, { kind: "member-left", key, end }, now);
  }

  /** Ends what has healed for long enough. */
  tick(now: number): void {
    for (const fault of this.#healing) this.#apply(fault, { kind: "time-passed" }, now);
  }

  /** Restored members of an instance that it no longer has are removed; called with its first complete answer. */
  settleRestored(instance: InstanceName, has: (key: ServerKey) => boolean, now: number): void {
    const keys = this.#restored.get(instance);
    if (keys === undefined) return;
    this.#restored.delete(instance);
    for (const key of keys) if (!has(key)) this.removeMember(key, "removed", now);
  }

  /** Continues records where their fault has no open one; returns the keys of their members, which are to be judged again. */
  restoreLate(records: readonly IncidentRecord[], unobservedMs: number, now: number): ReadonlySet<ServerKey> {
    const members = new Set<ServerKey>();
    for (const record of records) {
      const newest = this.#recordOf(faultKey(record.verdict, record.subject));
      if (newest !== null && (newest.state.kind !== "ended" || record.state.kind === "ended")) continue;
      this.#restore(restoreIncident(record));
      if (record.state.kind === "ended") continue;
      this.#apply(faultKey(record.verdict, record.subject), { kind: "resumed", unobservedMs }, now);
      for (const { key } of record.members) members.add(key);
    }
    return members;
  }

  /** Instances with restored members that were not settled. */
  unsettledInstances(): Iterable<InstanceName> {
    return this.#restored.keys();
  }

  /** Newest first. */
  list(): readonly IncidentRecord[] {
    return [...this.#records.values()].sort((a, b) => b.confirmedAt - a.confirmedAt || (a.id < b.id ? 1 : -1));
  }

  find(id: string): IncidentRecord | null {
    return this.#records.get(id) ?? null;
  }

  #toFact(
    server: ServerEntry,
    memory: ServerMemory,
    about: Fault,
    name: ServerName,
    reading: MemberReading,
    now: number,
  ): MemberJudged {
    const fault = faultKey(about.verdict, about.subject);
    const known = this.#recordOf(fault);
    return toMemberFact(server, memory, { about, known, name, now }, reading, () => this.#outlet.createId(fault));
  }

  #recordOf(fault: string): IncidentRecord | null {
    const id = this.#newest.get(fault);
    return (id === undefined ? undefined : this.#records.get(id)) ?? null;
  }

  #restore(record: IncidentRecord): void {
    const fault = faultKey(record.verdict, record.subject);
    this.#keep(fault, this.#recordOf(fault), record);
    if (record.state.kind === "ended") return;
    for (const { instance, key } of record.members) {
      const keys = this.#restored.get(instance);
      if (keys === undefined) this.#restored.set(instance, new Set([key]));
      else keys.add(key);
    }
  }

  #apply(fault: string, fact: IncidentFact, now: number): void {
    const before = this.#recordOf(fault);
    const { record, event } = reduceIncident(before, fact, now);
    if (record === null || record === before) return;
    this.#keep(fault, before, record);
    if (event !== null) this.#outlet.emit(event, record);
  }

  #keep(fault: string, before: IncidentRecord | null, record: IncidentRecord): void {
    const { id, state, members } = record;
    this.#records.set(id, record);
    this.#newest.set(fault, id);
    if (members !== before?.members) this.#index(fault, before, record);
    if (state === before?.state && id === before.id) return;
    if (state.kind === "healing") this.#healing.add(fault);
    else this.#healing.delete(fault);
    if (state.kind === "ended") this.#ended.add(id);
    else this.#ended.delete(id);
    this.#makeRoom();
  }

  #index(fault: string, before: IncidentRecord | null, record: IncidentRecord): void {
    for (const { key } of record.members) {
      const faults = this.#faultsOf.get(key);
      if (faults === undefined) this.#faultsOf.set(key, new Set([fault]));
      else faults.add(fault);
    }
    if (before === null || (before.id === record.id && before.members.length <= record.members.length)) return;
    const present = new Set(record.members.map(({ key }) => key));
    for (const { key } of before.members) if (!present.has(key)) this.#forget(fault, key);
  }

  #forget(fault: string, key: ServerKey): void {
    const faults = this.#faultsOf.get(key);
    faults?.delete(fault);
    if (faults?.size === 0) this.#faultsOf.delete(key);
  }

  #makeRoom(): void {
    for (const id of this.#ended) {
      if (this.#records.size <= BOUNDS.incidentsKept) return;
      const record = this.#records.get(id);
      this.#records.delete(id);
      this.#ended.delete(id);
      if (record === undefined) continue;
      const fault = faultKey(record.verdict, record.subject);
      if (this.#newest.get(fault) !== id) continue;
      this.#newest.delete(fault);
      for (const { key } of record.members) this.#forget(fault, key);
    }
  }
}

/** True where a further server with the fault neither joins nor opens another incident. */
function isFull({ members, state }: IncidentRecord, now: number): boolean {
  return members.length >= BOUNDS.incidentMembersMax && !isPastReopen(state, now);
}

function faultKey(verdict: MismatchVerdict, subject: string): string {
  return `${verdict} ${subject}`;
}
