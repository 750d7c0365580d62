import type { Clock } from "../clock.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import { type BackendEntry, hasUnjudged, observeChecks, updateStandby } from "./backend-entry.ts";
import type { BlindnessDetector } from "./blindness-detector.ts";
import type { ChangeListeners } from "./change-listeners.ts";
import type { EventFeed } from "./event-feed.ts";
import type { IncidentRegistry } from "./incident-registry.ts";
import { type InstanceEntry, recordPoll } from "./instance-entry.ts";
import type { Inventory, OnAddressChanged } from "./inventory.ts";
import type { Judging } from "./judging.ts";
import type { RestoredVerdicts } from "./restored-verdicts.ts";
import { addressChanged, instanceReachability, serverRemoved } from "./server-events.ts";
import { canSkipJudging, type ServerEntry } from "./server-entry.ts";
import { JUDGING_WORK, StepCounter } from "./step-counter.ts";

/** What a snapshot is applied to. */
export interface SnapshotApplierParts {
  readonly inventory: Inventory;
  readonly incidents: IncidentRegistry;
  readonly restored: RestoredVerdicts;
  readonly blindness: BlindnessDetector;
  readonly judging: Judging;
  readonly events: EventFeed;
  readonly changes: ChangeListeners;
  readonly clock: Clock;
}

/** Applies answers of HAProxy: which servers there are, where, and what is new about them. */
export class SnapshotApplier {
  readonly #parts: SnapshotApplierParts;

  constructor(parts: SnapshotApplierParts) {
    this.#parts = parts;
  }

  /**
   * Applies one answer and judges the servers of which it says something new. Yields where results, ticks and a new
   * configuration may come in between: all rows are applied before any is judged, and a server that the answer lacks is
   * removed after them. Throws where the answer cannot be processed.
   */
  *apply(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): Generator<void, void, void> {
    const { inventory, incidents, restored, events, clock } = this.#parts;
    const { scope } = snapshot;
    const isReloaded = this.#recordPoll(instance, snapshot, effectiveEveryMs);
    const onMoved: OnAddressChanged = (server, from) => {
      events.emit(addressChanged(server, instance.settings, from));
      incidents.removeMember(server.key, "address-changed", clock.now());
    };
    const { sameServers, missing } = yield* scope === "all"
      ? inventory.applyFullSnapshot(instance, snapshot, onMoved)
      : inventory.applyBackendSnapshot(instance, snapshot, onMoved);
    const steps = new StepCounter();
    for (const server of missing) {
      this.removeServer(server, instance, clock.now());
      if (steps.add(JUDGING_WORK)) yield;
    }
    if (scope === "all") {
      const has = (key: ServerKey): boolean => instance.servers.has(key);
      for (const server of restored.takeMissing(snapshot.instance, has)) {
        events.emit({ type: "server-removed", ...server });
        if (steps.add(JUDGING_WORK)) yield;
      }
      incidents.settleRestored(snapshot.instance, has, clock.now());
    }
    const isKnown = sameServers && !isReloaded;
    if (scope === "all") {
      for (const backend of instance.backends.values()) yield* this.#judgeNews(instance, backend, isKnown, steps);
    } else {
      const backend = instance.backends.get(scope.backend);
      if (backend !== undefined) yield* this.#judgeNews(instance, backend, isKnown, steps);
    }
    // Rows that an answer does not have, or that could not be applied, are still those from before the outage.
    if (scope === "all") instance.resumedAt = null;
    instance.isPolled = true;
    // Last, so that an answer that always throws is one lasting error and not one after the other.
    if (instance.error === null) return;
    instance.error = null;
    events.emit(instanceReachability(instance.settings, null));
  }

  /** Ends everything about a server that is gone. */
  removeServer(server: ServerEntry, instance: InstanceEntry, now: number): void {
    const { inventory, judging, events, incidents, changes } = this.#parts;
    inventory.remove(server);
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
  *#judgeNews(
    instance: InstanceEntry,
    backend: BackendEntry,
    isKnown: boolean,
    steps: StepCounter,
  ): Generator<void, void, void> {
    const { blindness, judging, clock } = this.#parts;
    const { observedCheck } = backend;
    if (!isKnown || backend.isUnobserved || hasUnjudged(backend)) {
      backend.isUnobserved = false;
      observeChecks(backend);
      updateStandby(backend);
    }
    const isSameCheck = isKnown && backend.observedCheck === observedCheck;
    let now = clock.now();
    if (steps.add(1)) yield;
    for (const server of backend.servers) {
      // What only time changes is judged by the next tick.
      if (isSameCheck && !blindness.isSuspect(server) && canSkipJudging(server)) {
        // The old view is not kept in memory longer than necessary.
        server.judgedView = server.view;
        judging.countTraffic(backend, server, now);
        if (!steps.add(1)) continue;
      } else {
        judging.judge(instance, backend, server, "view", now);
        judging.countTraffic(backend, server, now);
        if (!steps.add(JUDGING_WORK)) continue;
      }
      yield;
      now = clock.now();
    }
  }
}
