import { BOUNDS } from "../bounds.ts";
import type { ChangeFeed, EventSink, EventSource, LiveState } from "../contract/ports.ts";
import type { Incident, IncidentAction, IncidentEvidence } from "../contract/incident.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { type InstanceName, type ServerKey, splitServerKey } from "../contract/server-key.ts";
import type { ServerSample } from "../contract/series.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { ServerView, StatsSnapshot } from "../contract/view.ts";
import { toHaprobeError } from "../errors.ts";
import {
  type FindingDraft,
  createInternalErrorFindings,
  createSinkFindings,
  createTooManyServersFindings,
} from "../judge/findings.ts";
import { shiftIncident } from "../judge/shift-incident.ts";
import { BlindnessDetector } from "./blindness-detector.ts";
import { ChangeListeners } from "./change-listeners.ts";
import type { JudgementCause } from "./consequences.ts";
import { EventFeed } from "./event-feed.ts";
import { detectFindings } from "./finding-detection.ts";
import { FindingRegistry } from "./finding-registry.ts";
import { collectEvidence } from "./incident-evidence.ts";
import { IncidentRegistry } from "./incident-registry.ts";
import { type InstanceEntry, isStale, type PollError } from "./instance-entry.ts";
import { type AssignTarget, Inventory } from "./inventory.ts";
import { Judging } from "./judging.ts";
import type { MonitorOptions, RestoredState } from "./monitor-options.ts";
import type { Assignment } from "../contract/target.ts";
import { listSamples } from "./samples.ts";
import type { ServerEntry } from "./server-entry.ts";
import { instanceReachability } from "./server-events.ts";
import { RestoredVerdicts } from "./restored-verdicts.ts";
import { ResultApplier } from "./result-applier.ts";
import { isDueByTime } from "./server-entry.ts";
import { SnapshotApplier } from "./snapshot-applier.ts";
import { StatusReader } from "./status-reader.ts";
import { JUDGING_WORK, StepCounter } from "./step-counter.ts";
import { TargetRegistry } from "./target-registry.ts";
import { uuidV7 } from "./uuid.ts";
import { WallTime } from "./wall-time.ts";
import { WorkQueue } from "./work-queue.ts";

/** The work of looking whether a server is due, in rows that are applied. */
const LOOKING_WORK = 0.2;

/** HAProxy's newest view of a server, its instance, and what is probed of it. */
export interface ViewOfServer {
  readonly view: ServerView;
  readonly instance: InstanceSettings;
  readonly assignment: Assignment;
}

interface WaitingAnswer {
  readonly snapshot: StatsSnapshot;
  readonly effectiveEveryMs: number;
}

interface AnswersUnderWay {
  /** In the order in which they came. */
  readonly waiting: WaitingAnswer[];
  /** Resolved once all are applied. */
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Applies views and results, judges the servers that they concern within the same call, and emits events and changes.
 * With `inSlices`, what concerns very many servers is done by further calls of `work`, between which others may come.
 * Holds the current state and uses no socket. Calls do not nest: no sink, listener or action may call `acceptSnapshot`,
 * `acceptResult`, `acceptPollFailure`, `configure` or `tick` before the call that invoked it returns.
 */
export class Monitor implements EventSource {
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
  readonly #restoredVerdicts: RestoredVerdicts;
  readonly #judging: Judging;
  readonly #snapshots: SnapshotApplier;
  readonly #results: ResultApplier;
  /** Instances whose answers are being applied, with those that came meanwhile. */
  readonly #applying = new Map<InstanceName, AnswersUnderWay>();
  readonly #work: WorkQueue;
  /** The last pass over the servers that are due by time; null before the first, `endedAt` is null while it is under way. */
  #lastPass: { readonly startedAt: number; endedAt: number | null } | null = null;
  #lastTick: number | null = null;
  #passEndedAt: number;

  constructor(options: MonitorOptions) {
    const { instances, assign, actions, limits, clock, vantage, epoch, faults, restored, inSlices = false } = options;
    const wallTime = new WallTime(clock);
    this.#wallTime = wallTime;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#passEndedAt = this.#startedAt;
    this.#events = new EventFeed(`${vantage}:${epoch}`, clock, faults);
    this.#changes = new ChangeListeners(faults);
    this.changes = this.#changes;
    this.#work = new WorkQueue(inSlices, (owner, error) => this.#recordFault(owner, error));
    this.#targets = new TargetRegistry(actions);
    this.#inventory = new Inventory(instances, assign, this.#targets, limits.serversMax, clock.now());
    this.#blindness = new BlindnessDetector(limits.fleetEveryMs);
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
    this.#restoredVerdicts = new RestoredVerdicts(
      restored?.verdicts ?? [],
      restored?.heardBefore ?? null,
      wallTime.offset(),
    );
    this.#judging = new Judging({
      targets: this.#targets,
      incidents: this.#incidents,
      restored: this.#restoredVerdicts,
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
      restored: this.#restoredVerdicts,
      blindness: this.#blindness,
      judging: this.#judging,
      events: this.#events,
      changes: this.#changes,
      clock,
    });
    this.#results = new ResultApplier({
      inventory: this.#inventory,
      targets: this.#targets,
      judging: this.#judging,
      work: this.#work,
      clock,
      faults,
    });
  }

  /** Emits the first event, and what a restored incident says of the time without a process. */
  start(): void {
    const { clock, restored } = this.#options;
    const heardBefore = restored?.heardBefore ?? null;
    this.#events.emit({ type: "started", heardBefore });
    if (heardBefore !== null) this.#incidents.resume(Math.max(0, clock.wall() - heardBefore), clock.now());
  }

  /** Emits what is counted so far; the last call before this process ends. */
  finish(): void {
    this.#incidents.emitCounts(this.#options.clock.now());
  }

  /** Applies what a person does to an incident; returns it, or null where there is none of this id. */
  applyAction(id: string, action: IncidentAction): Incident | null {
    if (!this.#incidents.applyAction(id, action, this.#options.clock.now())) return null;
    const incident = this.live.incident(id);
    // What is expected is part of a server's row.
    if (action.kind === "marked-expected") {
      for (const { key } of incident?.members ?? []) this.#changes.emit({ kind: "server", key });
    }
    return incident;
  }

  /**
   * Applies a complete answer of one instance, or of one of its backends; resolves once it is applied. Answers of the
   * same instance that come meanwhile follow in their order. Rows older than the known ones are skipped.
   */
  acceptSnapshot(snapshot: StatsSnapshot, effectiveEveryMs: number): Promise<void> {
    const { instance: name } = snapshot;
    let answers = this.#applying.get(name);
    if (answers !== undefined) answers.waiting.push({ snapshot, effectiveEveryMs });
    else {
      answers = { waiting: [{ snapshot, effectiveEveryMs }], done: Promise.withResolvers() };
      this.#applying.set(name, answers);
      this.#work.add(name, this.#applyAnswers(name, answers));
    }
    return answers.done.promise;
  }

  /** The instance or target whose servers `work` goes on with, empty for all; null where nothing is left. */
  get nextWork(): string | null {
    return this.#work.next;
  }

  /** Does a part of what is left about this instance or target. */
  work(owner: string): void {
    this.#work.work(owner);
  }

  /** Applies a failed poll. The last views stay until they are stale. */
  acceptPollFailure(name: InstanceName, error: PollError, effectiveEveryMs: number): void {
    const instance = this.#inventory.instances.get(name);
    if (instance === undefined) return;
    try {
      this.#applyFailure(instance, error, effectiveEveryMs);
    } catch (fault) {
      this.#recordFault(name, fault);
    }
  }

  #applyFailure(instance: InstanceEntry, error: PollError, effectiveEveryMs: number): void {
    const { name } = instance.settings;
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
      const target = this.#targets.find(result.target);
      if (target === undefined) return [];
      this.#results.apply(target, result);
      return this.#targets.instancesOf(target);
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
   * Continues incidents and verdicts that an earlier run left and that can be read only now; times in milliseconds since
   * 1970. Where a fault has an open incident already, that one stays.
   */
  restoreLate(left: RestoredState): void {
    const { clock } = this.#options;
    const now = clock.now();
    this.#restoredVerdicts.add(left.verdicts, left.heardBefore, this.#wallTime.offset());
    const records = left.incidents.map((record) => shiftIncident(record, -this.#wallTime.offset()));
    const unobservedMs = left.heardBefore === null ? 0 : Math.max(0, clock.wall() - left.heardBefore);
    for (const key of this.#incidents.restoreLate(records, unobservedMs, now)) {
      const found = this.#find(key);
      if (found !== null) this.#judging.judgeAlone(found.instance, found.server, "rules", now);
    }
  }

  /** Replaces the findings about this process itself from one source. */
  setOwnFindings(
    source: "config" | "cfg" | "log" | "store" | "recording" | "alerts" | "listener" | "forward" | "hub",
    drafts: readonly FindingDraft[],
  ): void {
    this.#findings.setOwn(source, drafts);
    for (const _ of this.#detectFindings(this.#options.clock.now()));
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
      this.#judgeAll(instance, "rules");
    }
  }

  /** Emits the verdict of every server once more, in slices, for a reader that lost a part. */
  restate(): void {
    for (const instance of this.#inventory.instances.values()) this.#judgeAll(instance, "lost");
  }

  /** Delivers every later event to this sink; the returned function ends it. */
  subscribe(sink: EventSink): () => void {
    return this.#events.subscribe(sink);
  }

  /** What an incident about this server would open with; null for an unknown one. */
  evidence(key: ServerKey): IncidentEvidence | null {
    const found = this.#find(key);
    if (found === null) return null;
    const { instance, server } = found;
    const { backend, server: name } = server.view;
    return collectEvidence(server, instance.settings, this.#options.actions.statsRow(server.instance, backend, name));
  }

  /** When the last pass over all servers ended, monotonic milliseconds; before the first when it was made. */
  get passEndedAt(): number {
    return this.#passEndedAt;
  }

  /** What every server shows now, for its series. */
  samples(): IterableIterator<ServerSample> {
    return listSamples(this.#inventory.instances.values());
  }

  /** What is known of a server; null for an unknown one. */
  viewOf(key: ServerKey): ViewOfServer | null {
    const found = this.#find(key);
    if (found === null) return null;
    const { instance, server } = found;
    return { view: server.view, instance: instance.settings, assignment: server.assignment };
  }

  /** Instances without any finished poll. */
  unpolledInstances(): readonly InstanceName[] {
    return [...this.#inventory.instances.values()]
      .filter(({ isPolled, error }) => !isPolled && error === null)
      .map(({ settings }) => settings.name);
  }

  *#applyAnswers(name: InstanceName, { waiting, done }: AnswersUnderWay): Generator<void, void, void> {
    try {
      for (let answer = waiting.shift(); answer !== undefined; answer = waiting.shift()) {
        const instance = this.#inventory.instances.get(name);
        if (instance !== undefined) yield* this.#applyAnswer(instance, answer);
      }
    } finally {
      this.#applying.delete(name);
      done.resolve();
    }
  }

  *#applyAnswer(instance: InstanceEntry, { snapshot, effectiveEveryMs }: WaitingAnswer): Generator<void, void, void> {
    try {
      for (const _ of this.#snapshots.apply(instance, snapshot, effectiveEveryMs)) {
        yield;
        // A new configuration may have removed it.
        if (this.#inventory.instances.get(snapshot.instance) !== instance) return;
      }
    } catch (error) {
      this.#options.faults.recordFault({ part: "instance", name: snapshot.instance, error });
      const { code, message } = toHaprobeError(error);
      this.acceptPollFailure(snapshot.instance, { code, message }, effectiveEveryMs);
    }
  }

  #tick(): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    if (this.#lastTick !== null && now - this.#lastTick > limits.tickEveryMs * limits.pauseFactor) {
      this.#judging.pausedUntil = now;
      this.#events.emit({ type: "paused", forMs: Math.round(now - this.#lastTick) });
    }
    this.#lastTick = now;
    if (this.#mayPass(now)) this.#work.add("", this.#judgeByTime(now));
  }

  /** Very many servers are looked at less often: a pass waits for twice as long as the last one took. */
  #mayPass(now: number): boolean {
    if (this.#lastPass === null) return true;
    const { startedAt, endedAt } = this.#lastPass;
    if (endedAt === null) return false;
    return now - endedAt >= Math.min(BOUNDS.passPauseMaxMs, (endedAt - startedAt) * BOUNDS.passPauseFactor);
  }

  *#judgeByTime(startedAt: number): Generator<void, void, void> {
    const { clock } = this.#options;
    const pass: { startedAt: number; endedAt: number | null } = { startedAt, endedAt: null };
    this.#lastPass = pass;
    let now = startedAt;
    try {
      const steps = new StepCounter();
      for (const instance of this.#inventory.instances.values()) {
        this.#updateStaleness(instance, now);
        for (const server of instance.servers.values()) {
          const isDue = isDueByTime(server, this.#judging.pausedUntil, now);
          if (isDue) this.#judging.judgeAlone(instance, server, "time", now);
          if (!steps.add(isDue ? JUDGING_WORK : LOOKING_WORK)) continue;
          yield;
          now = clock.now();
        }
      }
      this.#judging.emitHealthyLeft();
      yield* this.#finishTick(now);
    } catch (error) {
      this.#options.faults.recordFault({ part: "tick", name: "", error });
    }
    pass.endedAt = clock.now();
    this.#passEndedAt = pass.endedAt;
  }

  *#finishTick(now: number): Generator<void, void, void> {
    this.#incidents.tick(now);
    if (now - this.#startedAt >= BOUNDS.restoredMembersHeldMs) {
      for (const name of this.#incidents.unsettledInstances()) {
        if (!this.#inventory.instances.has(name)) this.#incidents.settleRestored(name, () => false, now);
      }
    }
    if (this.#findings.isDue(now)) yield* this.#detectFindings(now);
  }

  /** Records an error of the work about an instance or target; empty for all. */
  #recordFault(owner: string, error: unknown): void {
    const part = owner === "" ? "tick" : this.#inventory.instances.has(owner) ? "instance" : "target";
    this.#options.faults.recordFault({ part, name: owner, error });
  }

  #find(key: ServerKey): { readonly instance: InstanceEntry; readonly server: ServerEntry } | null {
    const instance = this.#inventory.instances.get(splitServerKey(key)?.instance ?? "");
    const server = instance?.servers.get(key);
    return instance === undefined || server === undefined ? null : { instance, server };
  }

  /** Judges all servers of an instance: some of them within the call, further ones in slices. */
  #judgeAll(instance: InstanceEntry, cause: JudgementCause): void {
    this.#work.add(instance.settings.name, this.#judgeEach(instance, cause));
  }

  *#judgeEach(instance: InstanceEntry, cause: JudgementCause): Generator<void, void, void> {
    const { clock } = this.#options;
    const steps = new StepCounter();
    for (const server of instance.servers.values()) {
      this.#judging.judgeAlone(instance, server, cause, clock.now());
      if (!steps.add(JUDGING_WORK)) continue;
      yield;
      if (this.#inventory.instances.get(instance.settings.name) !== instance) return;
    }
  }

  *#detectFindings(now: number): Generator<void, void, void> {
    try {
      const ofMonitor = [
        ...createInternalErrorFindings(this.#judging.failed),
        ...createSinkFindings(this.#events.sinksBehind()),
        ...createTooManyServersFindings(this.#inventory.overLimitCount),
      ];
      const found = detectFindings(this.#inventory.instances.values(), {
        blindGroups: this.#blindness.blindGroups,
        blindAfterMs: BOUNDS.graceMs,
        credentialsWithheldWhy: (server) => this.#targets.credentialsWithheldWhy(server),
        now,
      });
      yield* this.#findings.replace(concat(ofMonitor, found), now);
    } catch (error) {
      this.#options.faults.recordFault({ part: "findings", name: "", error });
    }
  }

  #updateStaleness(instance: InstanceEntry, now: number): void {
    const stale = isStale(instance, this.#options.limits.stale, this.#judging.pausedUntil, now);
    if (stale === instance.isStale) return;
    instance.isStale = stale;
    this.#changes.emit({ kind: "instance", instance: instance.settings.name });
    this.#judgeAll(instance, "view");
  }
}

function* concat<T>(first: Iterable<T>, second: Iterable<T>): Generator<T, void, void> {
  yield* first;
  yield* second;
}
