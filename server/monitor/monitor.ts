import { BOUNDS } from "../bounds.ts";
import type { ChangeFeed, EventSink, EventSource, IncidentActions, LiveState } from "../contract/ports.ts";
import type { Incident, IncidentAction } from "../contract/incident.ts";
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
import { getOrCreateBackend } from "./backend-entry.ts";
import { BlindnessDetector } from "./blindness-detector.ts";
import { ChangeListeners } from "./change-listeners.ts";
import type { JudgementCause } from "./consequences.ts";
import { EventFeed } from "./event-feed.ts";
import { detectFindings } from "./finding-detection.ts";
import { FindingRegistry } from "./finding-registry.ts";
import { listFleetMembers } from "./fleet-members.ts";
import { IncidentRegistry } from "./incident-registry.ts";
import { type InstanceEntry, isStale, type PollError } from "./instance-entry.ts";
import { type AssignTarget, Inventory } from "./inventory.ts";
import { Judging } from "./judging.ts";
import type { MonitorOptions, RestoredState } from "./monitor-options.ts";
import { instanceReachability } from "./server-events.ts";
import { RestoredVerdicts } from "./restored-verdicts.ts";
import { isDueByTime, type ServerEntry } from "./server-entry.ts";
import { SnapshotApplier } from "./snapshot-applier.ts";
import { StatusReader } from "./status-reader.ts";
import { TargetRegistry } from "./target-registry.ts";
import { uuidV7 } from "./uuid.ts";
import { WallTime } from "./wall-time.ts";

/**
 * Applies views and results, judges the servers that they concern within the same call, and emits events and changes.
 * Holds the current state and uses no socket. Calls do not nest: no sink, listener or action may call `acceptSnapshot`,
 * `acceptResult`, `acceptPollFailure`, `configure` or `tick` before the call that invoked it returns.
 */
export class Monitor implements EventSource, IncidentActions {
  readonly live: LiveState;
  readonly changes: ChangeFeed;
  readonly #options: MonitorOptions;
  readonly #startedAt: number;
  readonly #wallTime: WallTime;
  readonly #inventory: Inventory;
  readonly #targets: TargetRegistry;
  readonly #findings = new FindingRegistry();
  readonly #incidents: IncidentRegistry;
  readonly #events: EventFeed;
  readonly #changes: ChangeListeners;
  readonly #blindness: BlindnessDetector;
  readonly #judging: Judging;
  readonly #snapshots: SnapshotApplier;
  #lastTick: number | null = null;

  constructor(options: MonitorOptions) {
    const { instances, assign, actions, limits, clock, vantage, epoch, faults, restored } = options;
    const wallTime = new WallTime(clock);
    this.#wallTime = wallTime;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#events = new EventFeed(`${vantage}:${epoch}`, clock, faults);
    this.#changes = new ChangeListeners(faults);
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
      (restored?.incidents ?? []).map((record) => shiftIncident(record, -wallTime.offset())),
    );
    const reader = new StatusReader({
      inventory: this.#inventory,
      findings: this.#findings,
      incidents: this.#incidents,
      vantage,
      wallTime,
      clock,
      faults,
    });
    this.live = reader;
    this.#judging = new Judging({
      targets: this.#targets,
      incidents: this.#incidents,
      restored: new RestoredVerdicts(restored?.verdicts ?? [], restored?.heardBefore ?? null, wallTime.offset()),
      blindness: this.#blindness,
      reader,
      events: this.#events,
      changes: this.#changes,
      actions,
      wallTime,
      faults,
    });
    this.#snapshots = new SnapshotApplier({
      inventory: this.#inventory,
      incidents: this.#incidents,
      blindness: this.#blindness,
      judging: this.#judging,
      events: this.#events,
      changes: this.#changes,
    });
  }

  /** Emits the first event, and what a restored incident says of the time without a process. */
  start(): void {
    const { clock, restored } = this.#options;
    const heardBefore = restored?.heardBefore ?? null;
    this.#events.emit({ type: "started", heardBefore });
    if (heardBefore !== null) this.#incidents.resume(Math.max(0, clock.wall() - heardBefore), clock.now());
  }

  /** Applies what a person does to an incident; returns it, or null where there is none of this id. */
  applyAction(id: string, action: IncidentAction): Incident | null {
    return this.#incidents.applyAction(id, action, this.#options.clock.now()) ? this.live.incident(id) : null;
  }

  /** Applies a complete answer of one instance, or of one of its backends. Rows older than the known ones are skipped. */
  acceptSnapshot(snapshot: StatsSnapshot, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(snapshot.instance);
    if (instance === undefined) return;
    try {
      this.#snapshots.apply(instance, snapshot, effectiveEveryMs, this.#options.clock.now());
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
    if (isNew) this.#events.emit(instanceReachability(instance.settings, error));
    this.#changes.emit({ kind: "instance", instance: name });
    this.#updateStaleness(instance, now);
  }

  /** Applies the result of a probe to every server with this target; returns the instances that lead to it. */
  acceptResult(result: ProbeResult): readonly InstanceName[] {
    try {
      return this.#applyResult(result);
    } catch (error) {
      this.#options.faults.recordFault({ part: "target", name: result.target, error });
      return [];
    }
  }

  /** Records why the probes of a target go without its rule's credentials; null where they have them again. */
  setCredentialsWithheld(targetKey: string, why: string | null): void {
    this.#targets.setCredentialsWithheld(targetKey, why);
  }

  /** Detects pauses of this process, stale instances and expired timers; to be called every `limits.tickEveryMs`. */
  tick(): void {
    try {
      this.#tick();
    } catch (error) {
      this.#options.faults.recordFault({ part: "tick", name: "", error });
    }
  }

  /**
   * Continues incidents that an earlier run left and that can be read only now; times in milliseconds since 1970. Where a
   * fault has an open incident already, that one stays.
   */
  restoreIncidents(left: Pick<RestoredState, "incidents" | "heardBefore">): void {
    const { clock } = this.#options;
    const now = clock.now();
    const records = left.incidents.map((record) => shiftIncident(record, -this.#wallTime.offset()));
    const unobservedMs = left.heardBefore === null ? 0 : Math.max(0, clock.wall() - left.heardBefore);
    for (const key of this.#incidents.restoreLate(records, unobservedMs, now)) {
      for (const instance of this.#inventory.instances.values()) {
        const server = instance.servers.get(key);
        if (server !== undefined) this.#judge(instance, server, "rules", now);
      }
    }
  }

  /** Replaces the findings about this process itself from one source. */
  setOwnFindings(source: "config" | "log" | "store" | "recording", drafts: readonly FindingDraft[]): void {
    this.#findings.setOwn(source, drafts);
    this.#detectFindings(this.#options.clock.now());
  }

  /** Replaces instances and rules; servers that they do not change keep their state. */
  configure(instances: readonly InstanceSettings[], assign: AssignTarget): void {
    const now = this.#options.clock.now();
    for (const gone of this.#inventory.configure(instances, assign, now)) {
      for (const server of gone.servers.values()) this.#snapshots.removeServer(server, gone, now);
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

  #applyResult(result: ProbeResult): readonly InstanceName[] {
    const now = this.#options.clock.now();
    const target = this.#targets.find(result.target);
    if (target === undefined) return [];
    if (this.#targets.recordResult(target, result)) {
      const refutesGuess = target.target.guessed && result.fault === "probe-protocol-error";
      for (const server of target.servers) {
        const instance = this.#inventory.instances.get(server.instance);
        if (instance === undefined) continue;
        server.result = result;
        if (refutesGuess) this.#inventory.endGuessing(instance, server);
        this.#judge(instance, server, "result", now);
      }
      this.#targets.updateHedging(target);
    }
    return this.#targets.instancesOf(target);
  }

  #tick(): void {
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
    this.#judging.emitHealthyLeft();
    this.#incidents.tick(now);
    if (now - this.#startedAt >= BOUNDS.restoredMembersHeldMs) {
      for (const name of this.#incidents.unsettledInstances()) {
        if (!this.#inventory.instances.has(name)) this.#incidents.settleRestored(name, () => false, now);
      }
    }
    if (this.#findings.isDue(now)) this.#detectFindings(now);
  }

  #judge(instance: InstanceEntry, server: ServerEntry, cause: JudgementCause, now: number): void {
    this.#judging.judge(instance, getOrCreateBackend(instance, server.view.backend), server, cause, now);
  }

  #detectFindings(now: number): void {
    try {
      const found = detectFindings(this.#inventory.instances.values(), {
        reachability: this.#blindness.assessFleet(now),
        blindAfterMs: BOUNDS.graceMs,
        credentialsWithheldWhy: (server) => this.#targets.credentialsWithheldWhy(server),
        now,
      });
      const ofMonitor = [
        ...createInternalErrorFindings(this.#judging.failed),
        ...createSinkFindings(this.#events.sinksBehind()),
        ...createTooManyServersFindings(this.#inventory.overLimitCount),
      ];
      this.#findings.replace([...ofMonitor, ...found], now);
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
}
