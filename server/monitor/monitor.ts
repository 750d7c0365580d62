import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { IncidentRecord } from "../contract/incident.ts";
import type { ChangeFeed, EventSink, EventSource, FaultReporter, LiveState } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import { toHaprobeError } from "../errors.ts";
import {
  type FindingDraft,
  createInternalErrorFindings,
  createSinkFindings,
  createTooManyServersFindings,
} from "../judge/findings.ts";
import { shiftIncident } from "../judge/shift-incident.ts";
import { type BackendEntry, getOrCreateBackend, hasUnjudged, observeChecks, updateStandby } from "./backend-entry.ts";
import { BlindnessDetector } from "./blindness-detector.ts";
import { ChangeListeners } from "./change-listeners.ts";
import type { JudgementCause } from "./consequences.ts";
import { EventFeed } from "./event-feed.ts";
import { detectFindings } from "./finding-detection.ts";
import { FindingRegistry } from "./finding-registry.ts";
import { listFleetMembers } from "./fleet-members.ts";
import { IncidentRegistry } from "./incident-registry.ts";
import {
  type InstanceEntry,
  isStale,
  type PollError,
  type PollOutcome,
  recordPoll,
  type StaleLimits,
} from "./instance-entry.ts";
import { type AssignTarget, Inventory } from "./inventory.ts";
import { Judging } from "./judging.ts";
import { addressChanged, serverRemoved } from "./server-events.ts";
import { canSkipJudging, isDueByTime, type ServerEntry } from "./server-entry.ts";
import { StatusReader } from "./status-reader.ts";
import { type MonitorActions, TargetRegistry } from "./target-registry.ts";
import { uuidV7 } from "./uuid.ts";
import { WallTime } from "./wall-time.ts";

/** Limits that the monitor keeps. */
export interface MonitorLimits {
  readonly stale: StaleLimits;
  readonly serversMax: number;
  readonly tickEveryMs: number;
  /** A tick that takes this many times as long as it should means that the process was suspended. */
  readonly pauseFactor: number;
  /** The fleet as a whole is assessed at most this often. */
  readonly fleetEveryMs: number;
}

export interface MonitorOptions {
  readonly vantage: string;
  /** New at each start of the process. */
  readonly epoch: string;
  readonly clock: Clock;
  readonly limits: MonitorLimits;
  readonly instances: readonly InstanceSettings[];
  readonly assign: AssignTarget;
  readonly actions: MonitorActions;
  readonly faults: FaultReporter;
  /** Incidents of an earlier run that this one continues; times in milliseconds since 1970. */
  readonly incidents?: readonly IncidentRecord[];
}

/**
 * Applies views and results, judges the servers that they concern within the same call, and emits events and changes.
 * Holds the current state and uses no socket. Calls do not nest: no sink, listener or action may call `acceptSnapshot`,
 * `acceptResult`, `acceptPollFailure`, `configure` or `tick` before the call that invoked it returns.
 */
export class Monitor implements EventSource {
  readonly live: LiveState;
  readonly changes: ChangeFeed;
  readonly #options: MonitorOptions;
  readonly #startedAt: number;
  readonly #inventory: Inventory;
  readonly #targets: TargetRegistry;
  readonly #findings = new FindingRegistry();
  readonly #incidents: IncidentRegistry;
  readonly #events: EventFeed;
  readonly #changes: ChangeListeners;
  readonly #blindness: BlindnessDetector;
  readonly #judging: Judging;
  #lastTick: number | null = null;
  readonly #ownFindings = new Map<string, readonly FindingDraft[]>();
  #findingsDetectedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MonitorOptions) {
    const { instances, assign, actions, limits, clock, vantage, epoch, faults, incidents } = options;
    const wallTime = new WallTime(clock);
    this.#options = options;
    this.#startedAt = clock.now();
    this.#events = new EventFeed(`${vantage}:${epoch}`, clock, {
      onSinkError: (name, error) => faults.recordFault({ part: "sink", name, error }),
      onSinkDrop: (name) => faults.recordSinkDrop(name),
    });
    this.#changes = new ChangeListeners((error) => faults.recordFault({ part: "publication", name: "", error }));
    this.changes = this.#changes;
    this.#targets = new TargetRegistry(actions);
    this.#inventory = new Inventory(instances, assign, this.#targets, limits.serversMax, clock.now());
    this.#blindness = new BlindnessDetector(
      () => listFleetMembers(this.#inventory.instances.values()),
      limits.fleetEveryMs,
    );
    this.#incidents = new IncidentRegistry(
      {
        createId: (fault) => uuidV7(clock.wall(), `${vantage}:${epoch}:${this.#events.nextSeq} ${fault}`),
        emit: (type, record) => this.#events.emit({ type, incident: shiftIncident(record, wallTime.offset()) }),
      },
      (incidents ?? []).map((record) => shiftIncident(record, -wallTime.offset())),
    );
    const reader = new StatusReader(this.#inventory, this.#findings, this.#incidents, vantage, wallTime, clock);
    this.live = reader;
    this.#judging = new Judging({
      targets: this.#targets,
      incidents: this.#incidents,
      blindness: this.#blindness,
      reader,
      events: this.#events,
      changes: this.#changes,
      actions,
      wallTime,
      faults,
    });
  }

  /** Emits the first event. `heardBefore` is the last moment before this process that the data directory knows of, or null. */
  start(heardBefore: number | null = null): void {
    this.#events.emit({ type: "started", heardBefore });
  }

  /** Applies a complete answer of one instance, or of one of its backends. Rows older than the known ones are skipped. */
  acceptSnapshot(snapshot: StatsSnapshot, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(snapshot.instance);
    if (instance === undefined) return;
    try {
      this.#applySnapshot(instance, snapshot, effectiveEveryMs);
    } catch (error) {
      this.#options.faults.recordFault({ part: "instance", name: snapshot.instance, error });
      const { code, message } = toHaprobeError(error);
      this.acceptPollFailure(snapshot.instance, { code, message }, effectiveEveryMs);
    }
  }

  /** Applies a failed poll. The last views stay until they are stale. */
  acceptPollFailure(name: InstanceName, error: PollError, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(name);
    if (instance === undefined) return;
    const now = this.#options.clock.now();
    const isNew = instance.error?.code !== error.code;
    instance.error = { code: error.code, message: error.message, at: now };
    instance.effectiveEveryMs = effectiveEveryMs;
    if (isNew) this.#emitReachability(instance, { code: error.code, message: error.message });
    this.#changes.emit({ kind: "instance", instance: name });
    this.#updateStaleness(instance, now);
  }

  /** Applies the result of a probe to every server with this target; returns the instances that lead to it. */
  acceptResult(result: ProbeResult): readonly InstanceName[] {
    const now = this.#options.clock.now();
    for (const server of this.#targets.recordResult(result)) {
      const instance = this.#inventory.instances.get(server.instance);
      if (instance === undefined) continue;
      server.result = result;
      this.#judge(instance, server, "result", now);
    }
    this.#targets.updateHedging(result.target);
    return this.#targets.instancesOf(result.target);
  }

  /** Records why the probes of a target go without its rule's credentials; null where they have them again. */
  setCredentialsWithheld(targetKey: string, why: string | null): void {
    this.#targets.setCredentialsWithheld(targetKey, why);
  }

  /** Detects pauses of this process, stale instances and expired timers; to be called every `limits.tickEveryMs`. */
  tick(): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    if (this.#lastTick !== null && now - this.#lastTick > limits.tickEveryMs * limits.pauseFactor) {
      this.#judging.pausedUntil = now;
      this.#events.emit({ type: "paused", forMs: Math.round(now - this.#lastTick) });
    }
    this.#lastTick = now;
    for (const instance of this.#inventory.instances.values()) {
      this.#updateStaleness(instance, now);
      for (const server of instance.servers.values()) {
        if (isDueByTime(server, this.#judging.pausedUntil, now)) this.#judge(instance, server, "time", now);
      }
    }
    this.#incidents.tick(now);
    if (now - this.#startedAt >= BOUNDS.restoredMembersHeldMs) {
      for (const name of this.#incidents.unsettledInstances()) {
        if (!this.#inventory.instances.has(name)) this.#incidents.settleRestored(name, () => false, now);
      }
    }
    if (now - this.#findingsDetectedAt >= BOUNDS.findingsEveryMs) this.#detectFindings(now);
  }

  /** Replaces the findings about this process itself from one source. */
  setOwnFindings(source: "config" | "log", drafts: readonly FindingDraft[]): void {
    this.#ownFindings.set(source, drafts);
    this.#detectFindings(this.#options.clock.now());
  }

  /** Replaces instances and rules; servers that they do not change keep their state. */
  configure(instances: readonly InstanceSettings[], assign: AssignTarget): void {
    const now = this.#options.clock.now();
    for (const gone of this.#inventory.configure(instances, assign, now)) {
      for (const server of gone.servers.values()) this.#emitRemoved(server, gone, now);
      this.#changes.emit({ kind: "instance-removed", instance: gone.settings.name });
    }
    for (const instance of this.#inventory.instances.values()) {
      this.#changes.emit({ kind: "instance", instance: instance.settings.name });
      for (const server of instance.servers.values()) this.#judge(instance, server, "rules", now);
    }
  }

  /** Delivers every later event to this sink; the returned function ends it. */
  subscribe(sink: EventSink): () => void {
    return this.#events.subscribe(sink);
  }

  /** Instances without any finished poll. */
  unpolledInstances(): readonly InstanceName[] {
    return [...this.#inventory.instances.values()]
      .filter(({ lastGoodPollAt, error }) => lastGoodPollAt === null && error === null)
      .map(({ settings }) => settings.name);
  }

  #applySnapshot(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): void {
    const now = this.#options.clock.now();
    const { scope } = snapshot;
    const { isReloaded } = this.#recordPoll(instance, snapshot, effectiveEveryMs);
    const { sameServers, removed, addressChanges } =
      scope === "all"
        ? this.#inventory.applyFullSnapshot(instance, snapshot)
        : this.#inventory.applyBackendSnapshot(instance, snapshot);
    for (const server of removed) this.#emitRemoved(server, instance, now);
    for (const { server, from } of addressChanges) {
      this.#events.emit(addressChanged(server, instance.settings, from));
      this.#incidents.removeMember(server.key, "address-changed", now);
    }
    if (scope === "all") this.#incidents.settleRestored(snapshot.instance, (key) => instance.servers.has(key), now);
    const isKnown = sameServers && !isReloaded;
    if (scope === "all")
      for (const backend of instance.backends.values()) this.#judgeNews(instance, backend, isKnown, now);
    else {
      const backend = instance.backends.get(scope.backend);
      if (backend !== undefined) this.#judgeNews(instance, backend, isKnown, now);
    }
  }

  /** Judges the servers of a backend after a poll, without those of which it says nothing new. */
  #judgeNews(instance: InstanceEntry, backend: BackendEntry, isKnown: boolean, now: number): void {
    const { observedCheck } = backend;
    if (!isKnown || hasUnjudged(backend)) {
      observeChecks(backend);
      updateStandby(backend);
    }
    const isSameCheck = isKnown && backend.observedCheck === observedCheck;
    for (const server of backend.servers) {
      const isDue = this.#blindness.isSuspect(server) || isDueByTime(server, this.#judging.pausedUntil, now);
      if (isSameCheck && !isDue && canSkipJudging(server, instance.epoch)) {
        // The old view is not kept in memory longer than necessary.
        server.judgedView = server.view;
      } else this.#judging.judge(instance, backend, server, "view", now);
    }
  }

  #recordPoll(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): PollOutcome {
    const outcome = recordPoll(instance, snapshot, effectiveEveryMs);
    const { name, site } = instance.settings;
    const { isFirst, wasFailing, wasStale, isReloaded } = outcome;
    if (wasFailing) this.#emitReachability(instance, null);
    if (isReloaded) this.#events.emit({ type: "instance-reloaded", site, instance: name, epoch: snapshot.epoch });
    if (isFirst || wasFailing || wasStale || isReloaded) this.#changes.emit({ kind: "instance", instance: name });
    return outcome;
  }

  #judge(instance: InstanceEntry, server: ServerEntry, cause: JudgementCause, now: number): void {
    this.#judging.judge(instance, getOrCreateBackend(instance, server.view.backend), server, cause, now);
  }

  #detectFindings(now: number): void {
    this.#findingsDetectedAt = now;
    try {
      const found = detectFindings(this.#inventory.instances.values(), {
        reachability: this.#blindness.assessFleet(now),
        blindAfterMs: BOUNDS.graceMs,
        credentialsWithheldWhy: (server) => this.#targets.credentialsWithheldWhy(server),
        now,
      });
      const own = [
        ...[...this.#ownFindings.values()].flat(),
        ...createInternalErrorFindings(this.#judging.failed),
        ...createSinkFindings(this.#events.sinksBehind()),
      ];
      const tooMany = createTooManyServersFindings(this.#inventory.overLimitCount);
      this.#findings.replace([...own, ...tooMany, ...found], now);
    } catch (error) {
      this.#options.faults.recordFault({ part: "findings", name: "", error });
    }
  }

  #updateStaleness(instance: InstanceEntry, now: number): void {
    const stale = isStale(instance, this.#options.limits.stale, this.#judging.pausedUntil, now);
    if (stale === instance.isStale) return;
    instance.isStale = stale;
    this.#changes.emit({ kind: "instance", instance: instance.settings.name });
    for (const server of instance.servers.values()) this.#judge(instance, server, "view", now);
  }

  #emitReachability({ settings }: InstanceEntry, error: PollError | null): void {
    this.#events.emit({ type: "instance-reachability", site: settings.site, instance: settings.name, error });
  }

  #emitRemoved(server: ServerEntry, instance: InstanceEntry, now: number): void {
    this.#judging.remove(server);
    this.#events.emit(serverRemoved(server, instance.settings));
    this.#incidents.removeMember(server.key, "removed", now);
    this.#changes.emit({ kind: "server-removed", key: server.key });
  }
}
