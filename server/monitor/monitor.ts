import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ChangeFeed, EventSink, EventSource, FaultReporter, LiveState } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import {
  type FindingDraft,
  createHintFindings,
  createSinkFindings,
  createTooManyServersFindings,
} from "../judge/findings.ts";
import { observePace } from "../judge/check-pace.ts";
import { isBlind } from "../judge/fleet-reachability.ts";
import { judgeServer } from "../judge/judge-server.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { updateEpisodes } from "../judge/stability.ts";
import type { JudgeContext } from "../judge/judge-context.ts";
import {
  type BackendEntry,
  getOrCreateBackend,
  resetObservedCheck,
  takeUnjudged,
  isHealthy,
  observeChecks,
  updateStandby,
} from "./backend-entry.ts";
import { updateMisrouted } from "./misrouted-update.ts";
import { FindingRegistry } from "./finding-registry.ts";
import { BlindnessDetector } from "./blindness-detector.ts";
import { listFleetMembers } from "./fleet-members.ts";
import { detectFindings } from "./finding-detection.ts";
import { ChangeListeners } from "./change-listeners.ts";
import { EventFeed } from "./event-feed.ts";
import { serverRemoved, addressChanged, verdictChanged } from "./server-events.ts";
import { IncidentRegistry } from "./incident-registry.ts";
import { type InstanceEntry, isStale, type PollError, type StaleLimits } from "./instance-entry.ts";
import { type AssignTarget, Inventory } from "./inventory.ts";
import { StatusReader } from "./status-reader.ts";
import { canSkipJudging, type ServerEntry, takeNews } from "./server-entry.ts";
import { type MonitorActions, TargetRegistry } from "./target-registry.ts";
import { resolveTrackedCheck, gradeDecidingCheck } from "./tracked-check.ts";
import { uuidV7 } from "./uuid.ts";
import { WallTime } from "./wall-time.ts";

/** Limits that the monitor keeps. */
export interface MonitorLimits {
  readonly stale: StaleLimits;
  readonly serversMax: number;
  readonly tickEveryMs: number;
  /** A tick that takes this many times as long as it should means that the process stood still. */
  readonly pauseFactor: number;
  /** The whole fleet is looked at at most this often. */
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
}

/**
 * The main road: a view or a result comes in, the judge speaks, events and changes go out. Holds the current state and
 * knows no socket. Everything is judged at once, in the call that brings it.
 */
export class Monitor implements EventSource {
  readonly live: LiveState;
  readonly changes: ChangeFeed;
  readonly #options: MonitorOptions;
  readonly #inventory: Inventory;
  readonly #reader: StatusReader;
  readonly #targets: TargetRegistry;
  readonly #findings = new FindingRegistry();
  readonly #incidents: IncidentRegistry;
  readonly #events: EventFeed;
  readonly #changes: ChangeListeners;
  readonly #blindness: BlindnessDetector;
  readonly #wallTime: WallTime;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #lastTick: number | null = null;
  #ownFindings: readonly FindingDraft[] = [];
  #findingsDetectedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MonitorOptions) {
    const { instances, assign, actions, limits, clock, vantage, epoch, faults } = options;
    this.#options = options;
    this.#wallTime = new WallTime(clock);
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
    this.#incidents = new IncidentRegistry(() => uuidV7(clock.wall()));
    this.#reader = new StatusReader(this.#inventory, this.#findings, this.#incidents, vantage, this.#wallTime, clock);
    this.live = this.#reader;
  }

  /** Emits the first event. `heardBefore` is the last moment before this process that the data directory knows of, or null. */
  start(heardBefore: number | null = null): void {
    this.#events.emit({ type: "started", heardBefore });
  }

  /** Takes a complete answer of one instance, or of one of its backends. Rows older than what is known are skipped. */
  acceptSnapshot(snapshot: StatsSnapshot, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(snapshot.instance);
    if (instance === undefined) return;
    const now = this.#options.clock.now();
    const reloaded = this.#recordGoodPoll(instance, snapshot, effectiveEveryMs);
    const {
      sameServers,
      removed,
      addressChanges: moved,
    } = snapshot.scope === "all"
      ? this.#inventory.applyFullSnapshot(instance, snapshot)
      : this.#inventory.applyBackendSnapshot(instance, snapshot);
    for (const server of removed) this.#emitRemoved(server, instance);
    for (const { server, from } of moved) {
      this.#incidents.removeMember(server.key, "address-changed", now);
      this.#events.emit(addressChanged(server, instance.settings, from));
    }
    const names = snapshot.scope === "all" ? [...instance.backends.keys()] : [snapshot.scope.backend];
    for (const name of names) {
      const backend = instance.backends.get(name);
      if (backend === undefined) continue;
      const { observedCheck: proof } = backend;
      const known = sameServers && !reloaded;
      if (!known || takeUnjudged(backend)) {
        observeChecks(backend);
        updateStandby(backend);
      }
      const sameCheck = known && backend.observedCheck === proof;
      for (const server of backend.servers) {
        if (!sameCheck || this.#blindness.isSuspect(server) || !canSkipJudging(server, instance.epoch))
          this.#judge(instance, backend, server, now);
      }
    }
  }

  /** Takes a poll that failed. The last views stay until they are stale. */
  acceptPollFailure(name: InstanceName, error: PollError, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(name);
    if (instance === undefined) return;
    const now = this.#options.clock.now();
    const edge = instance.error?.code !== error.code;
    instance.error = { code: error.code, message: error.message, at: now };
    instance.effectiveEveryMs = effectiveEveryMs;
    if (edge) this.#events.emit({ type: "instance-reachability", site: instance.settings.site, instance: name, error });
    this.#changes.emit({ kind: "instance", instance: name });
    this.#updateStaleness(instance, now);
  }

  /** Takes a probe's result and judges every server that has this target; returns the instances that lead to it. */
  acceptResult(result: ProbeResult): readonly InstanceName[] {
    const now = this.#options.clock.now();
    for (const server of this.#targets.recordResult(result)) {
      const instance = this.#inventory.instances.get(server.instance);
      if (instance === undefined) continue;
      const wantsProbe = this.#judge(instance, getOrCreateBackend(instance, server.view.backend), server, now, result);
      if (wantsProbe) this.#options.actions.probeSoon(result.target);
    }
    this.#targets.updateHedging(result);
    return this.#targets.instancesOf(result.target);
  }

  /** Takes why the probes of a target go without its rule's credentials; null where they have them again. */
  setCredentialsWithheld(targetKey: string, why: string | null): void {
    this.#targets.setCredentialsWithheld(targetKey, why);
  }

  /** To be called every `limits.tickEveryMs`: notices our own pauses, silent instances, and times that have come. */
  tick(): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    if (this.#lastTick !== null && now - this.#lastTick > limits.tickEveryMs * limits.pauseFactor) {
      this.#pausedUntil = now;
      this.#events.emit({ type: "paused", forMs: Math.round(now - this.#lastTick) });
    }
    this.#lastTick = now;
    for (const instance of this.#inventory.instances.values()) {
      this.#updateStaleness(instance, now);
      for (const server of instance.servers.values()) {
        if (server.memory?.decision.phase === "suspected" || server.memory?.decision.phase === "settling") {
          this.#judge(instance, getOrCreateBackend(instance, server.view.backend), server, now);
        }
      }
    }
    this.#incidents.tick(now);
    if (now - this.#findingsDetectedAt >= BOUNDS.findingsEveryMs) this.#detectFindings(now);
  }

  /** Takes findings about this process itself, in place of those before. */
  setOwnFindings(drafts: readonly FindingDraft[]): void {
    this.#ownFindings = drafts;
    this.#detectFindings(this.#options.clock.now());
  }

  /** Goes on with other instances and rules; what they do not touch keeps its state. */
  configure(instances: readonly InstanceSettings[], assign: AssignTarget): void {
    const now = this.#options.clock.now();
    for (const gone of this.#inventory.configure(instances, assign, now)) {
      for (const server of gone.servers.values()) this.#emitRemoved(server, gone);
      this.#changes.emit({ kind: "instance-removed", instance: gone.settings.name });
    }
    for (const instance of this.#inventory.instances.values()) {
      this.#changes.emit({ kind: "instance", instance: instance.settings.name });
      for (const server of instance.servers.values()) {
        this.#judge(instance, getOrCreateBackend(instance, server.view.backend), server, now);
        // Its rule may say something else about it that no verdict shows: what is expected, whether it is alerted.
        this.#changes.emit({ kind: "server", key: server.key });
      }
    }
  }

  /** Delivers every later event to this sink; the returned function ends it. */
  subscribe(sink: EventSink): () => void {
    return this.#events.subscribe(sink);
  }

  /** Instances of which nothing was heard yet, neither an answer nor an error. */
  unpolledInstances(): readonly InstanceName[] {
    const untried = [...this.#inventory.instances.values()].filter(
      ({ lastGoodPollAt: goodAt, error }) => goodAt === null && error === null,
    );
    return untried.map((instance) => instance.settings.name);
  }

  /** True where it is the first one after a restart or reload of HAProxy. */
  #recordGoodPoll(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): boolean {
    const { name, site } = instance.settings;
    const first = instance.lastGoodPollAt === null;
    const recovered = instance.error !== null || instance.isStale;
    const reloaded = !first && snapshot.epoch !== instance.epoch;
    instance.lastGoodPollAt = Math.max(instance.lastGoodPollAt ?? Number.NEGATIVE_INFINITY, snapshot.sentAt);
    instance.epoch = snapshot.epoch;
    instance.info = snapshot.info;
    instance.effectiveEveryMs = effectiveEveryMs;
    if (snapshot.scope === "all") instance.hintFindings = createHintFindings(name, snapshot.hints ?? []);
    if (snapshot.scope === "all") instance.pollDurationMs = snapshot.receivedAt - snapshot.sentAt;
    if (instance.error !== null) {
      instance.error = null;
      this.#events.emit({ type: "instance-reachability", site, instance: name, error: null });
    }
    instance.isStale = false;
    if (reloaded) {
      for (const backend of instance.backends.values()) resetObservedCheck(backend);
      this.#events.emit({ type: "instance-reloaded", site, instance: name, epoch: snapshot.epoch });
    }
    if (first || recovered || reloaded) this.#changes.emit({ kind: "instance", instance: name });
    return reloaded;
  }

  /** Judges one server, tells what changed, and says whether a further probe soon could decide. */
  #judge(
    instance: InstanceEntry,
    backend: BackendEntry,
    server: ServerEntry,
    now: number,
    result: ProbeResult | null = null,
  ): boolean {
    const wasHealthy = isHealthy(server);
    if (result !== null) server.result = result;
    const before = server.memory;
    const context = this.#contextOf(instance, backend, server, now);
    const seen = { view: server.view, at: server.viewAt };
    const probes = server.result === null ? [] : [server.result];
    const judgement = judgeServer(before, seen, probes, server.assignment, now, context);
    server.memory = judgement.next;
    server.judgedView = server.view;
    if (before !== null) backend.checkPace = observePace(backend.checkPace, before, judgement.next);
    server.misrouted = updateMisrouted(server, backend.view);
    server.quality = gradeDecidingCheck(instance, server);
    this.#incidents.update(server, () => this.#reader.status(instance, server)?.sentence ?? "", now);
    const failing = judgement.next.disagreement?.verdict === "false-up";
    server.episodes = updateEpisodes(server.episodes, failing, now);
    this.#blindness.update(server);
    if (before?.haproxy.belief.kind !== judgement.next.haproxy.belief.kind) {
      this.#targets.updatePace(server);
      // What was heard at the slow pace of a server out of service may be old.
      if (before?.haproxy.belief.kind === "off") this.#targets.probeSoon(server);
    }
    if (backend.healthyCount !== null) backend.healthyCount += Number(isHealthy(server)) - Number(wasHealthy);
    if (judgement.changed || before === null) {
      this.#emitVerdict(instance, server, before);
      // A view can confirm a hang as well as a result.
      if (server.result !== null) this.#targets.updateHedging(server.result);
    }
    if (judgement.needsPoll) this.#options.actions.pollSoon(server.instance, server.view.backend);
    if (takeNews(server)) this.#changes.emit({ kind: "server", key: server.key });
    return judgement.needsProbe;
  }

  #contextOf(instance: InstanceEntry, backend: BackendEntry, server: ServerEntry, now: number): JudgeContext {
    const { assignment } = server;
    const fleet = this.#blindness.assessServer(server, now);
    return {
      epoch: instance.epoch,
      isStale: instance.isStale,
      pausedUntil: this.#pausedUntil,
      siblingDepth: backend.observedCheck.depth,
      checkPace: backend.checkPace,
      trackedCheck: resolveTrackedCheck(instance, server),
      othersRespondedSince: fleet.othersRespondedSince,
      isBlind:
        assignment.kind === "target" && isBlind(fleet, server.instance, assignment.target.host, assignment.target.port),
    };
  }

  #detectFindings(now: number): void {
    this.#findingsDetectedAt = now;
    const found = detectFindings(this.#inventory.instances.values(), {
      reachability: this.#blindness.assessFleet(now),
      blindAfterMs: BOUNDS.graceMs,
      credentialsWithheldWhy: (server) => this.#targets.credentialsWithheldWhy(server),
      now,
    });
    this.#findings.replace(
      [
        ...this.#ownFindings,
        ...createSinkFindings(this.#events.sinksBehind()),
        ...createTooManyServersFindings(this.#inventory.overLimitCount),
        ...found,
      ],
      now,
    );
  }

  #updateStaleness(instance: InstanceEntry, now: number): void {
    const stale = isStale(instance, this.#options.limits.stale, this.#pausedUntil, now);
    if (stale === instance.isStale) return;
    instance.isStale = stale;
    this.#changes.emit({ kind: "instance", instance: instance.settings.name });
    for (const server of instance.servers.values()) {
      this.#judge(instance, getOrCreateBackend(instance, server.view.backend), server, now);
    }
  }

  #emitVerdict(instance: InstanceEntry, server: ServerEntry, before: ServerMemory | null): void {
    const status = this.#reader.status(instance, server);
    if (status === null || server.memory === null) return;
    const beganAt = this.#wallTime.ms(server.memory.decision.since);
    this.#events.emit(verdictChanged(server, instance.settings, before, status, beganAt));
  }

  #emitRemoved(server: ServerEntry, instance: InstanceEntry): void {
    this.#blindness.remove(server);
    this.#incidents.removeMember(server.key, "removed", this.#options.clock.now());
    this.#events.emit(serverRemoved(server, instance.settings));
    this.#changes.emit({ kind: "server-removed", key: server.key });
  }
}
