import { type InstanceName, type ServerKey, serverKey } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { Assignment } from "../contract/target.ts";
import type { BackendView, ServerAddress, ServerView, StatsSnapshot } from "../contract/view.ts";
import { type ProtocolEvidence, evidenceFromView } from "../targets/protocol-evidence.ts";
import { assignmentMayChange, mergeProtocolEvidence, isSameAddress } from "./assignment.ts";
import { getOrCreateBackend } from "./backend-entry.ts";
import { type InstanceEntry, createInstanceEntry } from "./instance-entry.ts";
import { IDLE_POLLS_MAX, type ServerEntry } from "./server-entry.ts";
import type { TargetRegistry } from "./target-registry.ts";

/** Assigns a target to a server by the rules; `evidence` is the protocols that its checks have shown. */
export type AssignTarget = (view: ServerView, instance: InstanceSettings, evidence: ProtocolEvidence) => Assignment;

/** What an answer changed in the set of servers and in their addresses. */
export interface InventoryChanges {
  /** The same servers in the same order as in the last full answer. */
  readonly sameServers: boolean;
  readonly removed: readonly ServerEntry[];
  readonly addressChanges: readonly {
    readonly server: ServerEntry;
    readonly from: ServerAddress;
  }[];
}

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
   * results. Returns the removed instances.
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
    for (const instance of before.values()) for (const server of instance.servers.values()) this.#remove(server);
    return [...before.values()];
  }

  /** Number of servers that are left out because of the limit. */
  get overLimitCount(): number {
    let sum = 0;
    for (const count of this.#overLimit.values()) sum += count;
    return sum;
  }

  /** Applies a full answer: takes over its order, adds its new servers and removes those that it lacks. */
  applyFullSnapshot(instance: InstanceEntry, snapshot: StatsSnapshot): InventoryChanges {
    const moved: InventoryChanges["addressChanges"][number][] = [];
    if (hasSameRows(instance, snapshot)) {
      for (const view of snapshot.backends) getOrCreateBackend(instance, view.backend).view = view;
      instance.serversInOrder.forEach((server, place) => {
        const view = snapshot.servers[place];
        if (view !== undefined) this.#applyView(instance, server, view, snapshot.sentAt, moved);
      });
      return { sameServers: true, removed: [], addressChanges: moved };
    }
    const before = instance.servers;
    this.#replaceBackends(instance, snapshot.backends);
    instance.servers = new Map();
    instance.serversInOrder = [];
    let leftOutCount = 0;
    for (const view of snapshot.servers) {
      const key = serverKey(snapshot.instance, view.backend, view.server);
      const known = before.get(key);
      if (known === undefined && this.#size >= this.#serversMax) {
        leftOutCount += 1;
        continue;
      }
      before.delete(key);
      const server = known ?? this.#add(instance, key, view, snapshot.sentAt);
      if (known !== undefined) this.#applyView(instance, known, view, snapshot.sentAt, moved);
      instance.servers.set(key, server);
      instance.serversInOrder.push(server);
      getOrCreateBackend(instance, view.backend).servers.push(server);
    }
    const removed = [...before.values()];
    for (const server of removed) this.#remove(server);
    this.#overLimit.set(snapshot.instance, leftOutCount);
    return { sameServers: false, removed, addressChanges: moved };
  }

  /** Applies an early poll, which shows one backend: it neither adds nor removes servers. */
  applyBackendSnapshot(instance: InstanceEntry, snapshot: StatsSnapshot): InventoryChanges {
    const moved: InventoryChanges["addressChanges"][number][] = [];
    for (const view of snapshot.backends) {
      const backend = instance.backends.get(view.backend);
      if (backend !== undefined) backend.view = view;
    }
    for (const view of snapshot.servers) {
      const server = instance.servers.get(serverKey(snapshot.instance, view.backend, view.server));
      if (server !== undefined) this.#applyView(instance, server, view, snapshot.sentAt, moved);
    }
    return { sameServers: true, removed: [], addressChanges: moved };
  }

  #replaceBackends(instance: InstanceEntry, views: readonly BackendView[]): void {
    const before = instance.backends;
    instance.backends = new Map();
    for (const view of views) {
      const known = before.get(view.backend);
      if (known !== undefined) {
        known.servers = [];
        instance.backends.set(view.backend, known);
      }
      getOrCreateBackend(instance, view.backend).view = view;
    }
  }

  #add(instance: InstanceEntry, key: ServerKey, view: ServerView, viewAt: number): ServerEntry {
    this.#size += 1;
    const evidence = evidenceFromView(view);
    const server: ServerEntry = {
      key,
      instance: instance.settings.name,
      view,
      viewAt,
      viewSince: viewAt,
      judgedView: null,
      protocolEvidence: evidence,
      assignment: this.#assign(view, instance.settings, evidence),
      result: null,
      memory: null,
      misrouted: null,
      isStandby: false,
      quality: null,
      episodes: [],
      downEpisodes: [],
      idlePolls: IDLE_POLLS_MAX,
      notified: null,
      evidence: null,
    };
    server.result = this.#targets.add(server);
    return server;
  }

  #applyView(
    instance: InstanceEntry,
    server: ServerEntry,
    view: ServerView,
    viewAt: number,
    moved: InventoryChanges["addressChanges"][number][],
  ): void {
    // A full poll and an early poll can overtake each other; the one that was sent later is the newer evidence.
    if (viewAt <= server.viewAt) return;
    const before = server.view;
    server.viewAt = viewAt;
    if (view === before) {
      server.idlePolls = Math.min(server.idlePolls + 1, IDLE_POLLS_MAX);
      return;
    }
    server.view = view;
    server.viewSince = viewAt;
    const grew = (view.sessionsTotal ?? 0) > (before.sessionsTotal ?? 0);
    server.idlePolls = grew ? 0 : Math.min(server.idlePolls + 1, IDLE_POLLS_MAX);
    const isSamePlace = isSameAddress(before, view);
    if (!isSamePlace) moved.push({ server, from: before.address });
    const evidence = isSamePlace ? mergeProtocolEvidence(server.protocolEvidence, view) : evidenceFromView(view);
    const isNewEvidence = evidence !== server.protocolEvidence;
    server.protocolEvidence = evidence;
    if (isNewEvidence || assignmentMayChange(before, view)) this.#reassign(instance, server);
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

  #remove(server: ServerEntry): void {
    this.#size -= 1;
    this.#targets.remove(server);
  }
}

/** True where an answer has the same servers and backends in the same order as the last one, which is the usual case. */
function hasSameRows({ serversInOrder: rows, backends }: InstanceEntry, snapshot: StatsSnapshot): boolean {
  if (rows.length !== snapshot.servers.length || backends.size !== snapshot.backends.length) return false;
  let place = 0;
  for (const name of backends.keys()) {
    if (snapshot.backends[place]?.backend !== name) return false;
    place += 1;
  }
  return rows.every(({ view }, row) => {
    const now = snapshot.servers[row];
    return now === view || (now?.backend === view.backend && now.server === view.server);
  });
}

function targetKey(assignment: Assignment): string | null {
  return assignment.kind === "target" ? assignment.target.key : null;
}
