import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Lateness } from "../contract/lateness.ts";
import type { Measurements } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { Target } from "../contract/target.ts";
import { ScopedFiles } from "../scoped-files.ts";
import { AdmissionControl } from "./admission-control.ts";
import type { WithheldReason } from "./credentials.ts";
import { CostlyTargets } from "./costly-targets.ts";
import { startDeadline } from "./deadline.ts";
import { DueHeap } from "./due-heap.ts";
import type { CompletedProbe, Probe, ProbeCompletion, RawProbeResult } from "./probe-completion.ts";
import { openFileLimit } from "./open-file-limit.ts";
import { type ConnectionPool, createConnectionPool } from "./connection-pool.ts";
import { createOwnFaultReporter, type OwnFaultListener } from "./own-fault-reporter.ts";
import { withJitter, nextGridTime } from "./probe-timing.ts";
import { createProbe } from "./prober.ts";
import { type ResponseHeaders, ResponseHeads } from "./response-heads.ts";
import {
  countResult,
  countWasteful,
  type InFlightProbe,
  isSlowed,
  lateMs,
  takeFastCredit,
  newScheduleEntry,
  probeIntervalMs,
  setCostly,
  type ProbePace,
  type ScheduleEntry,
} from "./schedule-entry.ts";

export type { ProbePace } from "./schedule-entry.ts";

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly vantage: string;
  /** 0 … 1, for the jitter. */
  readonly random: () => number;
  /** Probes a target once; the probers of `prober.ts` where absent. */
  readonly probe?: Probe;
  /** Targets that are probed less often; those that its own probes find where absent. */
  readonly costly?: CostlyTargets;
  /** Opens the files of rules; without scopes where absent. */
  readonly scopedFiles?: ScopedFiles;
}

/** Receives the events of the scheduler; no callback may throw. */
export interface SchedulerListener {
  /** Receives each result, in the order in which probes end. May call the scheduler. */
  readonly onResult: (result: ProbeResult) => void;
  readonly onProbeMeasured?: Measurements["recordProbe"];
  /** Receives own faults at most once a minute: probes that this machine could not send. */
  readonly onOwnFault?: OwnFaultListener;
  /**
   * Called when probes of a target begin to be sent without the credentials of its rule, when the reason changes, and
   * with null when credentials are sent again; before `onResult` of that probe.
   */
  readonly onCredentialsWithheld?: (targetKey: string, why: WithheldReason | null) => void;
}

/** Probes every target periodically, each at its own offset in the interval. */
export interface Scheduler {
  /** Sets the only listener; called once, before any target is added. */
  start(listener: SchedulerListener): void;
  /** Adds a target, or updates its settings and pace; a known target keeps its schedule. Cheap enough to call with each poll. */
  ensure(target: Target, pace: ProbePace): void;
  /** Removes a target; a probe in flight is cancelled and gives no result. */
  forget(targetKey: string): void;
  /** The headers of a target's newest response; null before one, and for probes without HTTP. */
  responseHeaders(targetKey: string): ResponseHeaders | null;
  /**
   * Schedules the next probe `fastEveryMs` after the last one ended, so that the two are independent evidence. At most
   * 5 in a row: the count is reset when a result differs in outcome or fault from the one before.
   */
  probeSoon(targetKey: string): void;
  /**
   * With true, for a confirmed hang: at most one probe is in flight and none is early, because completed handshakes
   * would fill the hung server's backlog until HAProxy's own check times out. With false, as for a new target, a probe
   * in flight for 0.8 of its interval gets a hedged one.
   */
  suppressHedging(targetKey: string, on: boolean): void;
  /** Targets whose probe is late by `lateAfterMs`; looks at each target. */
  lateProbes(): Lateness["probes"];
  /** Cancels everything; resolves once every probe has closed its sockets. */
  stop(): Promise<void>;
}

/** Creates a scheduler without targets. One timer serves all of them. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new HeapScheduler(options);
}

/** Timers have millisecond resolution, so probes that are allowed within one are sent together. */
const TICK_MS = 1;

/** Assumed where the system does not report its limit. */
const DEFAULT_OPEN_FILE_LIMIT = 4_096;

class HeapScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  #listener: SchedulerListener = { onResult: () => {} };
  readonly #clock: Clock;
  readonly #probe: Probe;
  readonly #reportOwnFault: (detail: string) => void;
  readonly #entries = new Map<string, ScheduleEntry>();
  /** Every entry that is not queued. */
  readonly #due = new DueHeap<ScheduleEntry>();
  readonly #admissionControl = new AdmissionControl<ScheduleEntry>();
  /** Probes in flight, by the time at which a hedged one may be sent. */
  readonly #hedgeQueue = new DueHeap<InFlightProbe>();
  readonly #pool: ConnectionPool;
  readonly #costly: CostlyTargets;
  readonly #heads = new ResponseHeads();
  /** Probes in flight; `stop` waits for the last of them. */
  #inFlightCount = 0;
  /** Probes sent since the timer fired last, which it does once in a turn of the event loop at most. */
  #sentInTurn = 0;
  #onAllCompleted = (): void => {};
  #startupEndsAt: number | null = null;
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    const files = openFileLimit() ?? DEFAULT_OPEN_FILE_LIMIT;
    const room = Math.max(0, Math.min(BOUNDS.probeConnectionsKept, files - BOUNDS.filesLeftFree));
    this.#pool = createConnectionPool(options.clock, () => this.#entries.size, room);
    this.#costly = options.costly ?? new CostlyTargets(options.clock);
    const { clock, scopedFiles = new ScopedFiles() } = options;
    this.#probe =
      options.probe ?? createProbe({ clock, pool: this.#pool, costly: this.#costly, heads: this.#heads, scopedFiles });
    this.#reportOwnFault = createOwnFaultReporter(options.clock, (...fault) => this.#listener.onOwnFault?.(...fault));
  }

  start(listener: SchedulerListener): void {
    this.#listener = listener;
  }

  ensure(target: Target, pace: ProbePace): void {
    if (this.#stopped) return;
    const entry = this.#entries.get(target.key);
    if (entry) this.#update(entry, target, pace);
    else this.#add(target, pace);
  }

  forget(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry) return;
    this.#entries.delete(targetKey);
    this.#due.delete(entry);
    this.#admissionControl.unregister(entry.queue, entry);
    this.#pool.closeTarget(targetKey);
    this.#heads.delete(targetKey);
    this.#cancelInFlight(entry);
  }

  responseHeaders(targetKey: string): ResponseHeaders | null {
    return this.#heads.read(targetKey);
  }

  probeSoon(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry || entry.hedgingSuppressed || entry.earlyProbeWanted || entry.sentAt === null) return;
    if (entry.isCostly || entry.timeoutsInARow >= BOUNDS.probeTimeoutsHedged) return;
    if (entry.consecutiveFast >= BOUNDS.probeFastAtMost || !takeFastCredit(entry, this.#clock.now())) return;
    entry.earlyProbeWanted = true;
    if (this.#canSend(entry)) this.#scheduleSoon(entry);
  }

  suppressHedging(targetKey: string, on: boolean): void {
    const entry = this.#entries.get(targetKey);
    if (!entry) return;
    entry.hedgingSuppressed = on;
    if (!on || !entry.earlyProbeWanted) return;
    entry.earlyProbeWanted = false;
    if (entry.heapIndex >= 0) this.#due.set(entry, Math.max(entry.dueAt, entry.gridTime));
  }

  lateProbes(): Lateness["probes"] {
    const now = this.#clock.now();
    const late = { targets: 0, lateMs: 0 };
    for (const entry of this.#entries.values()) {
      const ms = lateMs(entry, now);
      if (ms < BOUNDS.lateAfterMs) continue;
      late.targets += 1;
      late.lateMs = Math.max(late.lateMs, ms);
    }
    return late;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    for (const entry of this.#entries.values()) this.#cancelInFlight(entry);
    this.#entries.clear();
    this.#pool.stop();
    if (this.#inFlightCount > 0) await new Promise<void>((resolve) => (this.#onAllCompleted = resolve));
  }

  #add(target: Target, pace: ProbePace): void {
    const now = this.#clock.now();
    const entry = newScheduleEntry(
      target,
      pace,
      this.#admissionControl.register(target.network, target.socketPath ?? target.host),
    );
    this.#entries.set(target.key, entry);
    this.#due.set(entry, now + this.#firstDelay(entry, now));
    this.#armTimer();
  }

  /** Milliseconds. First probes at startup come within a short time; later targets are spread over their interval. */
  #firstDelay(entry: ScheduleEntry, now: number): number {
    this.#startupEndsAt ??= now + BOUNDS.probeFirstWithinMs;
    if (now < this.#startupEndsAt) return entry.intervalOffset * BOUNDS.probeFirstAtStartWithinMs;
    return entry.intervalOffset * Math.min(probeIntervalMs(entry), BOUNDS.probeFirstWithinMs);
  }

  #update(entry: ScheduleEntry, target: Target, pace: ProbePace): void {
    const before = probeIntervalMs(entry);
    entry.target = target;
    entry.pace = pace;
    if (probeIntervalMs(entry) === before || entry.heapIndex < 0 || entry.sentAt === null) return;
    // Never later than before, so that settings that change with every call cannot postpone a probe for good.
    const { dueAt } = entry;
    this.#scheduleNext(entry, this.#clock.now());
    this.#due.set(entry, Math.min(dueAt, entry.dueAt));
    this.#armTimer();
  }

  #scheduleNext(entry: ScheduleEntry, after: number): void {
    const everyMs = probeIntervalMs(entry);
    entry.gridTime = nextGridTime(after, everyMs, entry.intervalOffset);
    this.#due.set(entry, withJitter(entry.gridTime, everyMs, this.#options.random));
  }

  #scheduleSoon(entry: ScheduleEntry): void {
    if (entry.endedAt === null || entry.heapIndex < 0) return;
    const soonest = Math.max(this.#clock.now(), entry.endedAt + entry.target.fastEveryMs);
    this.#due.set(entry, Math.min(entry.dueAt, soonest));
    this.#armTimer();
  }

  #armTimer(): void {
    if (this.#stopped) return;
    const at = Math.min(
      this.#due.peek()?.dueAt ?? Infinity,
      this.#hedgeQueue.peek()?.dueAt ?? Infinity,
      this.#admissionControl.nextAllowedAt() ?? Infinity,
      this.#isTurnFull() && this.#admissionControl.hasWaiting ? 0 : Infinity,
    );
    if (at === Infinity || (this.#timer !== null && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#onTimer());
    this.#timer = { at, cancel };
  }

  /** What is sent in one turn of the event loop is answered in one; further probes wait for the timer. */
  #isTurnFull(): boolean {
    return this.#sentInTurn >= BOUNDS.probesPerTurn;
  }

  #onTimer(): void {
    this.#timer = null;
    this.#sentInTurn = 0;
    const now = this.#clock.now();
    const until = now + BOUNDS.probeCoalesceMs;
    for (let flight = this.#hedgeQueue.popDue(until); flight; flight = this.#hedgeQueue.popDue(until)) {
      this.#requestHedge(flight.entry, now);
    }
    for (let entry = this.#due.popDue(until); entry; entry = this.#due.popDue(until)) {
      entry.hedgeWanted = false;
      if (!this.#canSend(entry)) this.#scheduleNext(entry, Math.max(now, entry.gridTime));
      else if (this.#admissionControl.tryAcquire(entry.queue, now)) this.#sendScheduled(entry, now);
      else this.#admissionControl.enqueue(entry.queue, entry, now);
      // Many targets of one fault are due at once; the event loop comes first.
      if (this.#isTurnFull() || this.#clock.now() - now >= BOUNDS.sliceMs) break;
    }
    this.#sendAdmitted();
    this.#armTimer();
  }

  /** A probe may be sent: none is in flight, or all in flight are past their hedge delay. */
  #canSend({ inFlight: flights, pace, hedgingSuppressed, isCostly, timeoutsInARow }: ScheduleEntry): boolean {
    if (flights.length === 0) return true;
    if (isCostly || timeoutsInARow >= BOUNDS.probeTimeoutsHedged) return false;
    if (hedgingSuppressed || pace !== "normal" || flights.length >= BOUNDS.probesPerTarget) return false;
    for (const { heapIndex } of flights) if (heapIndex >= 0) return false;
    return true;
  }

  #requestHedge(entry: ScheduleEntry, now: number): void {
    if (!this.#canSend(entry)) return;
    entry.hedgeWanted = true;
    this.#admissionControl.enqueue(entry.queue, entry, now);
  }

  #sendAdmitted(): void {
    if (this.#stopped || !this.#admissionControl.hasWaiting) return;
    const now = this.#clock.now();
    const next = (): ScheduleEntry | null =>
      this.#isTurnFull() ? null : this.#admissionControl.acquireNext(now + TICK_MS);
    for (let entry = next(); entry !== null; entry = next()) {
      if (!entry.hedgeWanted) this.#sendScheduled(entry, now);
      else if (this.#canSend(entry) && entry.inFlight.length > 0) this.#send(entry, now);
      // The slow probe has ended while its hedged one was queued.
      else this.#admissionControl.release(entry.queue, now, null);
      entry.hedgeWanted = false;
    }
    this.#armTimer();
  }

  #sendScheduled(entry: ScheduleEntry, now: number): void {
    if (entry.earlyProbeWanted) entry.consecutiveFast += 1;
    entry.earlyProbeWanted = false;
    this.#send(entry, now);
    // At least half an interval later, so that an early probe shortly before its slot replaces that slot's probe.
    this.#scheduleNext(entry, now + probeIntervalMs(entry) / 2);
  }

  #send(entry: ScheduleEntry, now: number): void {
    const deadline = startDeadline(this.#clock, entry.target.timeoutMs);
    const flight: InFlightProbe = { entry, deadline, dueAt: 0, heapIndex: -1 };
    entry.inFlight.push(flight);
    entry.sentAt = now;
    this.#sentInTurn += 1;
    this.#hedgeQueue.set(flight, now + BOUNDS.probeHedgeAfter * probeIntervalMs(entry));
    this.#inFlightCount += 1;
    void this.#probe(entry.target, deadline).then(
      (completion) => this.#complete(flight, completion),
      (error: unknown) => this.#complete(flight, toOwnFault(error)),
    );
  }

  #complete(flight: InFlightProbe, completion: ProbeCompletion): void {
    const { entry, deadline } = flight;
    deadline[Symbol.dispose]();
    this.#inFlightCount -= 1;
    if (this.#inFlightCount === 0) this.#onAllCompleted();
    entry.inFlight.splice(entry.inFlight.indexOf(flight), 1);
    this.#hedgeQueue.delete(flight);
    entry.endedAt = this.#clock.now();
    if (completion.kind === "result")
      countResult(entry, completion.result.outcome === "passed", wasErratic(entry, completion));
    const isTooWasteful = completion.kind === "result" && countWasteful(entry, completion.isWasteful === true);
    if (isTooWasteful) this.#costly.add(entry.target.key);
    setCostly(entry, this.#costly.has(entry.target.key), isTooWasteful);
    if (isTimeout(completion) !== null)
      entry.timeoutsInARow = isTimeout(completion) === true ? entry.timeoutsInARow + 1 : 0;
    this.#admissionControl.release(entry.queue, this.#clock.now(), isTimeout(completion));
    if (this.#entries.get(entry.target.key) === entry) {
      if (completion.kind === "result") this.#emitResult(entry, completion);
      if (completion.kind === "own-fault") {
        this.#reportOwnFault(completion.detail);
        this.#listener.onProbeMeasured?.("own-fault");
      }
      if (entry.earlyProbeWanted && this.#canSend(entry)) this.#scheduleSoon(entry);
    }
    this.#sendAdmitted();
  }

  #cancelInFlight({ inFlight: flights }: ScheduleEntry): void {
    for (const flight of [...flights]) {
      this.#hedgeQueue.delete(flight);
      flight.deadline.cancel();
    }
  }

  #emitResult(entry: ScheduleEntry, completion: CompletedProbe): void {
    const { result } = completion;
    const withheld = completion.withheld ?? null;
    const targetKey = entry.target.key;
    const outcome = outcomeOf(result);
    if (outcome !== entry.lastOutcome) entry.consecutiveFast = 0;
    entry.lastOutcome = outcome;
    entry.seq += 1;
    this.#listener.onProbeMeasured?.(result.outcome);
    const { onResult, onCredentialsWithheld } = this.#listener;
    if (withheld !== entry.withheld) {
      entry.withheld = withheld;
      onCredentialsWithheld?.(targetKey, withheld);
    }
    const own = { vantage: this.#options.vantage, target: targetKey, seq: entry.seq };
    if (!isSlowed(entry)) return onResult({ ...result, ...own });
    const everyMs = probeIntervalMs(entry);
    if (!entry.isCostly) return onResult({ ...result, ...own, everyMs });
    onResult({ ...result, ...own, everyMs, detail: withPace(result.detail, everyMs) });
  }
}

/** The detail of a costly target's result, with the reason why the next one comes late. */
function withPace(detail: string, everyMs: number): string {
  const pace = `probed every ${everyMs / 1_000} s, because its responses cost far more than others`;
  return detail === "" ? pace : `${detail}; ${pace}`;
}

/** Null where the completion says nothing about the server. */
function isTimeout(completion: ProbeCompletion): boolean | null {
  return completion.kind === "result" ? completion.result.kind === "timed-out" : null;
}

function outcomeOf({ outcome, fault }: RawProbeResult): string {
  return `${outcome} ${fault ?? ""}`;
}

function wasErratic({ lastOutcome }: ScheduleEntry, { result, leftUnread }: CompletedProbe): boolean {
  return leftUnread === true || result.kind === "protocol-error" || outcomeOf(result) !== lastOutcome;
}

/** A probe never rejects; a rejection is a bug and says nothing about the server. */
function toOwnFault(error: unknown): ProbeCompletion {
  return { kind: "own-fault", detail: error instanceof Error ? error.message : String(error) };
}
