import { BOUNDS } from "../bounds.ts";
import { type InstanceName, type ServerKey, serverKey } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { Assignment } from "../contract/target.ts";
import type { ServerAddress, ServerView, StatsSnapshot } from "../contract/view.ts";
import { type ProtocolEvidence, evidenceFromView } from "../targets/protocol-evidence.ts";
import { assignmentMayChange, mergeProtocolEvidence, isSameAddress } from "./assignment.ts";
import { getOrCreateBackend } from "./backend-entry.ts";
import { type InstanceEntry, createInstanceEntry } from "./instance-entry.ts";
import { IDLE_POLLS_MAX, type ServerEntry } from "./server-entry.ts";
import { JUDGING_WORK, StepCounter } from "./step-counter.ts";
import type { TargetRegistry } from "./target-registry.ts";
import { trackedKeyOf } from "./tracked-check.ts";

/** The work of comparing a row, in rows that are applied. */
const COMPARING_WORK = 0.05;

/** The work of giving a server its rule and its target, in rows that are applied. */
const TARGET_WORK = JUDGING_WORK;

/** Assigns a target to a server by the rules; `evidence` is the protocols that its checks have shown. */
export type AssignTarget = (view: ServerView, instance: InstanceSettings, evidence: ProtocolEvidence) => Assignment;

/** What an answer changed in the set of servers. */
export interface InventoryChanges {
  /** The same servers in the same order as in the last full answer. */
  readonly sameServers: boolean;
  /** Servers that the answer lacks; the caller removes them. */
  readonly missing: readonly ServerEntry[];
}

/** Called for each server with another address, once its new view and target are in place. */
export type OnAddressChanged = (server: ServerEntry, from: ServerAddress) => void;

/** The instances, backends and servers in HAProxy's order, and the target of each server. */
export class Inventory {
  readonly instances = new Map<InstanceName, InstanceEntry>();
  #assign: AssignTarget;
  readonly #targets: TargetRegistry;
  readonly #serversMax: number;
  #size = 0;
  /** Servers of the last answers that were over the limit, by instance. */
  readonly #overLimit = new Map<InstanceName, number>();

  constructor(
    settings: readonly InstanceSettings[],
    assign: AssignTarget,
    targets: TargetRegistry,
    serversMax: number,
    now: number,
  ) {
    this.#assign = assign;
    this.#targets = targets;
    this.#serversMax = serversMax;
    for (const instance of settings) this.instances.set(instance.name, createInstanceEntry(instance, now));
  }

  /**
   * Replaces instances and rules. An instance of the same name keeps its state, a server with the same target its
   * results. Returns the removed instances, whose servers the caller removes.
   */
  configure(settings: readonly InstanceSettings[], assign: AssignTarget, now: number): readonly InstanceEntry[] {
    const before = new Map(this.instances);
    this.#assign = assign;
    this.instances.clear();
    this.#overLimit.clear();
    for (const wanted of settings) {
      const known = before.get(wanted.name);
      before.delete(wanted.name);
      if (known !== undefined) known.settings = wanted;
      this.instances.set(wanted.name, known ?? createInstanceEntry(wanted, now));
    }
    for (const instance of this.instances.values()) {
      for (const server of instance.servers.values()) this.#reassign(instance, server);
    }
    return [...before.values()];
  }

  /** Number of servers that are left out because of the limit. */
  get overLimitCount(): number {
    let sum = 0;
    for (const count of this.#overLimit.values()) sum += count;
    return sum;
  }

  /**
   * Applies a full answer: takes over its order and adds its new servers. Yields between rows; a row that is not applied
   * yet keeps its old view, and what the answer lacks stays last until it is removed.
   */
  *applyFullSnapshot(
    instance: InstanceEntry,
    snapshot: StatsSnapshot,
    onMoved: OnAddressChanged,
  ): Generator<void, InventoryChanges, void> {
    if (!(yield* hasSameRows(instance, snapshot))) return yield* this.#applyOtherRows(instance, snapshot, onMoved);
    this.#overLimit.set(snapshot.instance, snapshot.serversLeftOut ?? 0);
    const steps = new StepCounter();
    for (const view of snapshot.backends) getOrCreateBackend(instance, view.backend).view = view;
    let place = 0;
    for (const server of instance.serversInOrder) {
      const view = snapshot.servers[place];
      place += 1;
      const work = view === undefined ? 1 : this.#applyView(instance, server, view, snapshot, onMoved);
      if (steps.add(work)) yield;
    }
    return { sameServers: true, missing: [] };
  }

  /** Applies an early poll, which shows one backend: it neither adds nor removes servers. */
  *applyBackendSnapshot(
    instance: InstanceEntry,
    snapshot: StatsSnapshot,
    onMoved: OnAddressChanged,
  ): Generator<void, InventoryChanges, void> {
    for (const view of snapshot.backends) {
      const backend = instance.backends.get(view.backend);
      if (backend !== undefined) backend.view = view;
    }
    const steps = new StepCounter();
    for (const view of snapshot.servers) {
      const server = instance.servers.get(serverKey(snapshot.instance, view.backend, view.server));
      const work = server === undefined ? 1 : this.#applyView(instance, server, view, snapshot, onMoved);
      if (steps.add(work)) yield;
    }
    return { sameServers: true, missing: [] };
  }

  *#applyOtherRows(
    instance: InstanceEntry,
    snapshot: StatsSnapshot,
    onMoved: OnAddressChanged,
  ): Generator<void, InventoryChanges, void> {
    const servers = new Map<ServerKey, ServerEntry>();
    const serversInOrder: ServerEntry[] = [];
    const membersOf = new Map<string, ServerEntry[]>();
    const steps = new StepCounter();
    for (const view of snapshot.backends) {
      getOrCreateBackend(instance, view.backend).view = view;
      membersOf.set(view.backend, []);
      if (steps.add(1)) yield;
    }
    let leftOutCount = snapshot.serversLeftOut ?? 0;
    for (const view of snapshot.servers) {
      const key = serverKey(snapshot.instance, view.backend, view.server);
      const known = instance.servers.get(key);
      const isFull = this.#size >= this.#serversMax || servers.size >= BOUNDS.serversPerInstanceMax;
      if (known === undefined && isFull) {
        leftOutCount += 1;
        if (steps.add(1)) yield;
        continue;
      }
      const server = known ?? this.#add(instance, key, view, snapshot);
      const work = known === undefined ? TARGET_WORK : this.#applyView(instance, known, view, snapshot, onMoved);
      servers.set(key, server);
      serversInOrder.push(server);
      const members = membersOf.get(view.backend);
      if (members === undefined) membersOf.set(view.backend, [server]);
      else members.push(server);
      if (steps.add(work)) yield;
    }
    this.#overLimit.set(snapshot.instance, leftOutCount);
    const backends: InstanceEntry["backends"] = new Map();
    for (const [name, members] of membersOf) {
      const backend = getOrCreateBackend(instance, name);
      backend.servers = members;
      backends.set(name, backend);
      if (steps.add(1)) yield;
    }
    const missing: ServerEntry[] = [];
    for (const [key, server] of instance.servers) {
      if (servers.has(key)) continue;
      missing.push(server);
      servers.set(key, server);
      if (steps.add(1)) yield;
    }
    Object.assign(instance, { backends, servers, serversInOrder });
    return { sameServers: false, missing };
  }

  /** Removes a server, and its target where no other server has it. */
  remove(server: ServerEntry): void {
    this.instances.get(server.instance)?.servers.delete(server.key);
    this.#size -= 1;
    this.#targets.remove(server);
  }

  #add(instance: InstanceEntry, key: ServerKey, view: ServerView, { sentAt, epoch }: StatsSnapshot): ServerEntry {
    this.#size += 1;
    const evidence = evidenceFromView(view);
    const server: ServerEntry = {
      key,
      instance: instance.settings.name,
      view,
      viewAt: sentAt,
      viewSince: sentAt,
      epoch,
      judgedView: null,
      trackedKey: trackedKeyOf(instance.settings.name, view),
      protocolEvidence: evidence,
      assignment: this.#assign(view, instance.settings, evidence),
      result: null,
      memory: null,
      settledSince: null,
      misrouted: null,
      isStandby: false,
      quality: null,
      episodes: [],
      downEpisodes: [],
      idlePolls: IDLE_POLLS_MAX,
      notified: null,
      evidence: null,
      saidClients: null,
      saidConnects: null,
      saidFailing: [],
    };
    server.result = this.#targets.add(server);
    // Judged by results that come before the answer is applied whole.
    instance.servers.set(key, server);
    return server;
  }

  /** Returns the work that it took, in rows that are applied. */
  #applyView(
    instance: InstanceEntry,
    server: ServerEntry,
    view: ServerView,
    { sentAt, epoch }: StatsSnapshot,
    onMoved: OnAddressChanged,
  ): number {
    // A full poll and an early poll can overtake each other; the one that was sent later is the newer evidence.
    if (sentAt <= server.viewAt) return 1;
    const before = server.view;
    server.viewAt = sentAt;
    server.epoch = epoch;
    if (view === before) {
      server.idlePolls = Math.min(server.idlePolls + 1, IDLE_POLLS_MAX);
      return 1;
    }
    server.view = view;
    server.viewSince = sentAt;
    if (view.tracked !== before.tracked) server.trackedKey = trackedKeyOf(instance.settings.name, view);
    const grew = (view.sessionsTotal ?? 0) > (before.sessionsTotal ?? 0);
    server.idlePolls = grew ? 0 : Math.min(server.idlePolls + 1, IDLE_POLLS_MAX);
    const isSamePlace = isSameAddress(before, view);
    const evidence = isSamePlace ? mergeProtocolEvidence(server.protocolEvidence, view) : evidenceFromView(view);
    const isNewEvidence = evidence !== server.protocolEvidence;
    server.protocolEvidence = evidence;
    if (!isNewEvidence && !assignmentMayChange(before, view)) return 1;
    this.#reassign(instance, server);
    if (!isSamePlace) onMoved(server, before.address);
    return TARGET_WORK;
  }

  /** Ends the guessing for a server that answered a guessed probe with something else than HTTP. */
  endGuessing(instance: InstanceEntry, server: ServerEntry): void {
    server.protocolEvidence = { ...server.protocolEvidence, notHttp: true };
    this.#reassign(instance, server);
  }

  #reassign(instance: InstanceEntry, server: ServerEntry): void {
    const next = this.#assign(server.view, instance.settings, server.protocolEvidence);
    if (targetKey(next) === targetKey(server.assignment)) {
      server.assignment = next;
      return;
    }
    this.#targets.remove(server);
    server.assignment = next;
    server.result = this.#targets.add(server);
  }
}

/** True where an answer has the same servers and backends in the same order as the last one, which is the usual case. */
function* hasSameRows(
  { serversInOrder: rows, servers, backends }: InstanceEntry,
  snapshot: StatsSnapshot,
): Generator<void, boolean, void> {
  // Further servers are what an answer left behind that could not be applied whole.
  if (rows.length !== snapshot.servers.length || rows.length !== servers.size) return false;
  if (backends.size !== snapshot.backends.length) return false;
  let place = 0;
  for (const name of backends.keys()) {
    if (snapshot.backends[place]?.backend !== name) return false;
    place += 1;
  }
  const steps = new StepCounter();
  for (let row = 0; row < rows.length; row += 1) {
    const [was, now] = [rows[row]?.view, snapshot.servers[row]];
    if (now !== was && (now?.backend !== was?.backend || now?.server !== was?.server)) return false;
    if (steps.add(COMPARING_WORK)) yield;
  }
  return true;
}

function targetKey(assignment: Assignment): string | null {
  return assignment.kind === "target" ? assignment.target.key : null;
}
