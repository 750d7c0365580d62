import type { StatsSnapshot } from "../contract/view.ts";
import { type BackendEntry, hasUnjudged, observeChecks, updateStandby } from "./backend-entry.ts";
import type { BlindnessDetector } from "./blindness-detector.ts";
import type { ChangeListeners } from "./change-listeners.ts";
import type { EventFeed } from "./event-feed.ts";
import type { IncidentRegistry } from "./incident-registry.ts";
import { type InstanceEntry, recordPoll } from "./instance-entry.ts";
import type { Inventory } from "./inventory.ts";
import type { Judging } from "./judging.ts";
import { addressChanged, instanceReachability, serverRemoved } from "./server-events.ts";
import { canSkipJudging, type ServerEntry } from "./server-entry.ts";

/** What a snapshot is applied to. */
export interface SnapshotApplierParts {
  readonly inventory: Inventory;
  readonly incidents: IncidentRegistry;
  readonly blindness: BlindnessDetector;
  readonly judging: Judging;
  readonly events: EventFeed;
  readonly changes: ChangeListeners;
}

/** Applies answers of HAProxy: which servers there are, where, and what is new about them. */
export class SnapshotApplier {
  readonly #parts: SnapshotApplierParts;

  constructor(parts: SnapshotApplierParts) {
    this.#parts = parts;
  }

  /** Applies one answer and judges the servers of which it says something new. Throws where the answer cannot be processed. */
  apply(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number, now: number): void {
    const { inventory, incidents, events } = this.#parts;
    const { scope } = snapshot;
    const isReloaded = this.#recordPoll(instance, snapshot, effectiveEveryMs);
    const { sameServers, removed, addressChanges } =
      scope === "all"
        ? inventory.applyFullSnapshot(instance, snapshot)
        : inventory.applyBackendSnapshot(instance, snapshot);
    for (const server of removed) this.removeServer(server, instance, now);
    for (const { server, from } of addressChanges) {
      events.emit(addressChanged(server, instance.settings, from));
      incidents.removeMember(server.key, "address-changed", now);
    }
    if (scope === "all") incidents.settleRestored(snapshot.instance, (key) => instance.servers.has(key), now);
    const isKnown = sameServers && !isReloaded;
    if (scope === "all") {
      for (const backend of instance.backends.values()) this.#judgeNews(instance, backend, isKnown, now);
    } else {
      const backend = instance.backends.get(scope.backend);
      if (backend !== undefined) this.#judgeNews(instance, backend, isKnown, now);
    }
    // Last, so that an answer that always throws is one lasting error and not one after the other.
    if (instance.error === null) return;
    instance.error = null;
    events.emit(instanceReachability(instance.settings, null));
  }

  /** Ends everything about a server that is gone. */
  removeServer(server: ServerEntry, instance: InstanceEntry, now: number): void {
    const { judging, events, incidents, changes } = this.#parts;
    judging.remove(server);
    events.emit(serverRemoved(server, instance.settings));
    incidents.removeMember(server.key, "removed", now);
    changes.emit({ kind: "server-removed", key: server.key });
  }

  /** True where HAProxy was restarted or reloaded since the last poll. */
  #recordPoll(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): boolean {
    const { events, changes } = this.#parts;
    const { name, site } = instance.settings;
    const { isFirst, wasStale, isReloaded } = recordPoll(instance, snapshot, effectiveEveryMs);
    if (isReloaded) events.emit({ type: "instance-reloaded", site, instance: name, epoch: snapshot.epoch });
    if (isFirst || wasStale || isReloaded || instance.error !== null)
      changes.emit({ kind: "instance", instance: name });
    return isReloaded;
  }

  /** Judges the servers of a backend, except those whose rows and clocks give nothing new. */
  #judgeNews(instance: InstanceEntry, backend: BackendEntry, isKnown: boolean, now: number): void {
    const { blindness, judging } = this.#parts;
    const { observedCheck } = backend;
    if (!isKnown || hasUnjudged(backend)) {
      observeChecks(backend);
      updateStandby(backend);
    }
    const isSameCheck = isKnown && backend.observedCheck === observedCheck;
    for (const server of backend.servers) {
      // What only time changes is judged by the next tick.
      if (isSameCheck && !blindness.isSuspect(server) && canSkipJudging(server, instance.epoch)) {
        // The old view is not kept in memory longer than necessary.
        server.judgedView = server.view;
      } else judging.judge(instance, backend, server, "view", now);
      judging.countTraffic(backend, server, now);
    }
  }
}
