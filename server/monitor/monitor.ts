import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { StateChange, ChangeFeed, EventSink, LiveState } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import { type FindingDraft, createHintFindings, createTooManyServersFindings } from "../judge/findings.ts";
import { measureHealthGapMs } from "../judge/effective-grace.ts";
import { isBlind } from "../judge/fleet-reachability.ts";
import { judgeServer } from "../judge/judge-server.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { updateEpisodes } from "../judge/stability.ts";
import type { JudgeContext } from "../judge/judge-context.ts";
import {
  type BackendEntry,
  backendOf,
  forgetAcceptance,
  hasNews,
  isHealthy,
  learnFromRows,
  markStandby,
} from "./backend-entry.ts";
import { patient } from "./assignment.ts";
import { updateBlast } from "./blast.ts";
import { FindingBook } from "./finding-book.ts";
import { FleetEye } from "./fleet-eye.ts";
import { membersOf } from "./fleet-view.ts";
import { findAll } from "./found.ts";
import { Herald } from "./herald.ts";
import { IncidentBook } from "./incident-book.ts";
import { type InstanceEntry, isStale, type PollError, type StaleAfter } from "./instance-entry.ts";
import { type Assign, Inventory } from "./inventory.ts";
import { Reader } from "./reader.ts";
import { isAtRest, type ServerEntry, showsNews } from "./server-entry.ts";
import { type MonitorActions, TargetBook } from "./target-book.ts";
import { followedBy, qualityFor } from "./track.ts";
import { uuidV7 } from "./uuid.ts";

/** Limits that the monitor keeps. */
export interface MonitorLimits {
  readonly stale: StaleAfter;
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
  readonly assign: Assign;
  readonly actions: MonitorActions;
  readonly sinks: readonly EventSink[];
}

/**
 * The main road: a view or a result comes in, the judge speaks, events and changes go out. Holds the current state and
 * knows no socket. Everything is judged at once, in the call that brings it.
 */
export class Monitor implements ChangeFeed {
  readonly live: LiveState;
  readonly #options: MonitorOptions;
  readonly #inventory: Inventory;
  readonly #reader: Reader;
  readonly #targets: TargetBook;
  readonly #findings = new FindingBook();
  readonly #incidents: IncidentBook;
  readonly #herald: Herald;
  readonly #fleet: FleetEye;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #lastTick: number | null = null;
  #ownFindings: readonly FindingDraft[] = [];
  #foundAt = Number.NEGATIVE_INFINITY;

  constructor(options: MonitorOptions) {
    const { instances, assign, actions, limits, clock, vantage, epoch, sinks } = options;
    this.#options = options;
    this.#herald = new Herald(`${vantage}:${epoch}`, clock, sinks);
    this.#targets = new TargetBook(actions);
    this.#inventory = new Inventory(instances, assign, this.#targets, limits.serversMax, clock.now());
    this.#fleet = new FleetEye(() => membersOf(this.#inventory.instances.values()), limits.fleetEveryMs);
    this.#incidents = new IncidentBook(() => uuidV7(clock.wall()));
    this.#reader = new Reader(this.#inventory, this.#findings, this.#incidents, vantage, clock);
    this.live = this.#reader;
  }

  /** Takes a complete answer of one instance, or of one of its backends. Rows older than what is known are skipped. */
  acceptSnapshot(snapshot: StatsSnapshot, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(snapshot.instance);
    if (instance === undefined) return;
    const now = this.#options.clock.now();
    const reloaded = this.#noteGoodPoll(instance, snapshot, effectiveEveryMs);
    const { sameServers, removed, moved } =
      snapshot.scope === "all"
        ? this.#inventory.replaceRows(instance, snapshot)
        : this.#inventory.refreshRows(instance, snapshot);
    for (const server of removed) this.#tellRemoved(server);
    for (const { server, from, to } of moved) {
      this.#incidents.leave(server.key, "address-changed", now);
      this.#herald.tell({ type: "address-changed", key: server.key, instance: server.instance, from, to });
    }
    const names = snapshot.scope === "all" ? [...instance.backends.keys()] : [snapshot.scope.backend];
    for (const name of names) {
      const backend = instance.backends.get(name);
      if (backend === undefined) continue;
      const { proof } = backend;
      const known = sameServers && !reloaded;
      if (!known || hasNews(backend)) {
        learnFromRows(backend);
        markStandby(backend);
      }
      const sameCheck = known && backend.proof === proof;
      for (const server of backend.servers) {
        if (!sameCheck || this.#fleet.isDoubtful(server) || !isAtRest(server, instance.epoch))
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
    if (edge) this.#herald.tell({ type: "instance-reachability", instance: name, error });
    this.#herald.change({ kind: "instance", instance: name });
    this.#watchStaleness(instance, now);
  }

  /** Takes a probe's result and judges every server that has this target; returns the instances that lead to it. */
  acceptResult(result: ProbeResult): readonly InstanceName[] {
    const now = this.#options.clock.now();
    for (const server of this.#targets.keep(result)) {
      const instance = this.#inventory.instances.get(server.instance);
      if (instance === undefined) continue;
      const wantsProbe = this.#judge(instance, backendOf(instance, server.view.backend), server, now, result);
      if (wantsProbe) this.#options.actions.hurry(result.target);
    }
    this.#targets.settle(result);
    return this.#targets.instancesOf(result.target);
  }

  /** Takes why the probes of a target go without its rule's credentials; null where they have them again. */
  noteWithheld(targetKey: string, why: string | null): void {
    this.#targets.setWithheld(targetKey, why);
  }

  /** To be called every `limits.tickEveryMs`: notices our own pauses, silent instances, and times that have come. */
  tick(): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    if (this.#lastTick !== null && now - this.#lastTick > limits.tickEveryMs * limits.pauseFactor) {
      this.#pausedUntil = now;
      this.#herald.tell({ type: "we-were-paused", forMs: Math.round(now - this.#lastTick) });
    }
    this.#lastTick = now;
    for (const instance of this.#inventory.instances.values()) {
      this.#watchStaleness(instance, now);
      for (const server of instance.servers.values()) {
        if (server.memory?.phase === "suspected" || server.memory?.phase === "settling") {
          this.#judge(instance, backendOf(instance, server.view.backend), server, now);
        }
      }
    }
    this.#incidents.tick(now);
    if (now - this.#foundAt >= BOUNDS.findingsEveryMs) this.#lookForFindings(now);
  }

  /** Takes findings about this process itself, in place of those before. */
  setOwnFindings(drafts: readonly FindingDraft[]): void {
    this.#ownFindings = drafts;
    this.#lookForFindings(this.#options.clock.now());
  }

  /** Goes on with other instances and rules; what they do not touch keeps its state. */
  configure(instances: readonly InstanceSettings[], assign: Assign): void {
    const now = this.#options.clock.now();
    for (const gone of this.#inventory.configure(instances, assign, now)) {
      for (const server of gone.servers.values()) this.#tellRemoved(server);
      this.#herald.change({ kind: "instance-removed", instance: gone.settings.name });
    }
    for (const instance of this.#inventory.instances.values()) {
      this.#herald.change({ kind: "instance", instance: instance.settings.name });
      for (const server of instance.servers.values()) {
        this.#judge(instance, backendOf(instance, server.view.backend), server, now);
        // Its rule may say something else about it that no verdict shows: what is expected, whether it is alerted.
        this.#herald.change({ kind: "server", key: server.key });
      }
    }
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    return this.#herald.subscribe(listener);
  }

  /** Instances of which nothing was heard yet, neither an answer nor an error. */
  untried(): readonly InstanceName[] {
    const untried = [...this.#inventory.instances.values()].filter(
      ({ goodAt, error }) => goodAt === null && error === null,
    );
    return untried.map((instance) => instance.settings.name);
  }

  /** True where it is the first one after a restart or reload of HAProxy. */
  #noteGoodPoll(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): boolean {
    const { name } = instance.settings;
    const first = instance.goodAt === null;
    const recovered = instance.error !== null || instance.stale;
    const reloaded = !first && snapshot.epoch !== instance.epoch;
    instance.goodAt = Math.max(instance.goodAt ?? Number.NEGATIVE_INFINITY, snapshot.sentAt);
    instance.epoch = snapshot.epoch;
    instance.info = snapshot.info;
    instance.effectiveEveryMs = effectiveEveryMs;
    if (snapshot.scope === "all") instance.hints = createHintFindings(name, snapshot.hints ?? []);
    if (snapshot.scope === "all") instance.pollDurationMs = snapshot.receivedAt - snapshot.sentAt;
    if (instance.error !== null) {
      instance.error = null;
      this.#herald.tell({ type: "instance-reachability", instance: name, error: null });
    }
    instance.stale = false;
    if (reloaded) {
      for (const backend of instance.backends.values()) forgetAcceptance(backend);
      this.#herald.tell({ type: "instance-reloaded", instance: name });
    }
    if (first || recovered || reloaded) this.#herald.change({ kind: "instance", instance: name });
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
    const around = this.#around(instance, backend, server, now);
    const seen = { view: server.view, at: server.viewAt };
    const probes = server.result === null ? [] : [server.result];
    const judgement = judgeServer(before, seen, probes, patient(server.assignment, backend.longestGapMs), now, around);
    server.memory = judgement.next;
    server.judged = server.view;
    if (before !== null) {
      backend.longestGapMs = Math.max(backend.longestGapMs, measureHealthGapMs(before, judgement.next) ?? 0);
    }
    server.blast = updateBlast(server, backend.view);
    server.quality = qualityFor(instance, server);
    this.#incidents.note(server, () => this.#reader.status(instance, server)?.sentence ?? "", now);
    const failing = judgement.next.disagreement?.verdict === "false-up";
    server.episodes = updateEpisodes(server.episodes, failing, now);
    this.#fleet.note(server);
    if (before?.belief.kind !== judgement.next.belief.kind) {
      this.#targets.setPace(server);
      // What was heard at the slow pace of a server out of service may be old.
      if (before?.belief.kind === "off") this.#targets.hurry(server);
    }
    if (backend.healthy !== null) backend.healthy += Number(isHealthy(server)) - Number(wasHealthy);
    if (judgement.changed || before === null) {
      this.#tellVerdict(instance, server, before, judgement.next);
    }
    if (judgement.needsPoll) this.#options.actions.kick(server.instance, server.view.backend);
    if (showsNews(server)) this.#herald.change({ kind: "server", key: server.key });
    return judgement.needsProbe;
  }

  #around(instance: InstanceEntry, backend: BackendEntry, server: ServerEntry, now: number): JudgeContext {
    const { assignment } = server;
    const fleet = this.#fleet.about(server, now);
    return {
      epoch: instance.epoch,
      isStale: instance.stale,
      pausedUntil: this.#pausedUntil,
      siblingDepth: backend.proof.depth,
      trackedCheck: followedBy(instance, server),
      othersRespondedSince: fleet.othersRespondedSince,
      isBlind: assignment.kind === "target" && isBlind(fleet, server.instance, assignment.target.host),
    };
  }

  #lookForFindings(now: number): void {
    this.#foundAt = now;
    const found = findAll(this.#inventory.instances.values(), {
      fleet: this.#fleet.all(now),
      blindAfterMs: BOUNDS.graceMs,
      withheldFrom: (server) => this.#targets.withheldFrom(server),
      now,
    });
    this.#findings.replace(
      [...this.#ownFindings, ...createTooManyServersFindings(this.#inventory.leftOut), ...found],
      now,
    );
  }

  #watchStaleness(instance: InstanceEntry, now: number): void {
    const stale = isStale(instance, this.#options.limits.stale, this.#pausedUntil, now);
    if (stale === instance.stale) return;
    instance.stale = stale;
    this.#herald.change({ kind: "instance", instance: instance.settings.name });
    for (const server of instance.servers.values()) {
      this.#judge(instance, backendOf(instance, server.view.backend), server, now);
    }
  }

  #tellVerdict(instance: InstanceEntry, server: ServerEntry, before: ServerMemory | null, next: ServerMemory): void {
    const status = this.#reader.status(instance, server);
    this.#herald.tell({
      type: "verdict-changed",
      key: server.key,
      instance: server.instance,
      address: status?.address ?? null,
      from: before === null ? null : { verdict: before.verdict, phase: before.phase, reason: before.reason },
      to: { verdict: next.verdict, phase: next.phase, reason: next.reason },
      sentence: status?.sentence ?? "",
    });
  }

  #tellRemoved(server: ServerEntry): void {
    const { key, instance } = server;
    this.#fleet.forget(server);
    this.#incidents.leave(key, "removed", this.#options.clock.now());
    this.#herald.tell({ type: "server-removed", key, instance });
    this.#herald.change({ kind: "server-removed", key });
  }
}
