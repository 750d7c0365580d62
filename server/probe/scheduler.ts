import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Measurements } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { Target } from "../contract/target.ts";
import { AdmissionControl } from "./admission-control.ts";
import type { WithheldReason } from "./credentials.ts";
import { startDeadline } from "./deadline.ts";
import { DueHeap } from "./due-heap.ts";
import type { ProbeCompletion, Probe } from "./probe-completion.ts";
import { openFileLimit } from "./open-file-limit.ts";
import { createConnectionPool } from "./connection-pool.ts";
import type { ConnectionPool } from "./connection-pool.ts";
import { createOwnFaultReporter } from "./own-fault-reporter.ts";
import type { OwnFaultListener } from "./own-fault-reporter.ts";
import { withJitter, nextGridTime } from "./probe-timing.ts";
import { createProbe } from "./prober.ts";
import { probeIntervalMs, newScheduleEntry } from "./schedule-entry.ts";
import type { InFlightProbe, ProbePace, ScheduleEntry } from "./schedule-entry.ts";

export type { ProbePace } from "./schedule-entry.ts";

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly vantage: string;
  /** 0 … 1, for the jitter. */
  readonly random: () => number;
  /** How a target is asked; the real thing where absent. */
  readonly probe?: Probe;
}

/** Receives what probes report; no callback may throw. */
export interface SchedulerListener {
  /** Receives each result, in the order in which probes end. May call back into the scheduler. */
  readonly onResult: (result: ProbeResult) => void;
  readonly onProbeMeasured?: Measurements["recordProbe"];
  /** Called at most once a minute for probes that this machine could not send. */
  readonly onOwnFault?: OwnFaultListener;
  /**
   * Called when the probes of a target begin to go out without credentials that its rule has, when the reason changes,
   * and with null when they have them again. Called before `onResult` of that probe.
   */
  readonly onCredentialsWithheld?: (targetKey: string, why: WithheldReason | null) => void;
}

/** Asks every target again and again, each in its own place of the interval. */
export interface Scheduler {
  /** Sets the only listener; called once, before any target is added. */
  start(listener: SchedulerListener): void;
  /** Takes up a target, or its new settings and pace; the schedule of one that is known goes on. Cheap: call it with each poll. */
  ensure(target: Target, pace: ProbePace): void;
  /** Drops a target; a probe in flight is cancelled and gives no result. */
  forget(targetKey: string): void;
  /**
   * Lets the next probe follow `fastEveryMs` after the last one was sent. At most 5 in a row: the count starts
   * anew when a result differs in outcome or fault from the one before.
   */
  probeSoon(targetKey: string): void;
  /**
   * With true, for a hang that is confirmed: at most one probe is out, and none comes sooner than its turn, for
   * finished handshakes fill a hung server's queue until HAProxy's own check times out. With false, or for a target
   * that is taken up anew: a probe that is out for 0.8 of its interval gets a second one beside it.
   */
  suppressHedging(targetKey: string, on: boolean): void;
  /** Ends everything; resolved once every probe has closed its sockets. */
  stop(): Promise<void>;
}

/** Starts a scheduler without targets. One timer serves all of them. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new HeapScheduler(options);
}

/** Timers of the machine count whole milliseconds: what may go within one goes along. */
const TICK_MS = 1;

/** As many as any system of today lets a server have. */
const DEFAULT_OPEN_FILE_LIMIT = 4_096;

class HeapScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  #listener: SchedulerListener = { onResult: () => {} };
  readonly #clock: Clock;
  readonly #probe: Probe;
  readonly #reportOwnFault: (detail: string) => void;
  readonly #entries = new Map<string, ScheduleEntry>();
  /** Everybody but those who wait in their lanes. */
  readonly #due = new DueHeap<ScheduleEntry>();
  readonly #admissionControl = new AdmissionControl<ScheduleEntry>();
  /** Probes that are out, by when a second one may be sent beside them. */
  readonly #hedgeQueue = new DueHeap<InFlightProbe>();
  readonly #pool: ConnectionPool;
  /** Probes that are out; and who waits for the last of them. */
  #inFlightCount = 0;
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
    this.#probe = options.probe ?? createProbe({ clock: options.clock, pool: this.#pool });
    this.#reportOwnFault = createOwnFaultReporter(options.clock, (...fault) => this.#listener.onOwnFault?.(...fault));
  }

  start(listener: SchedulerListener): void {
    this.#listener = listener;
  }

  ensure(target: Target, pace: ProbePace): void {
    if (this.#stopped) return;
    const known = this.#entries.get(target.key);
    if (known) this.#update(known, target, pace);
    else this.#add(target, pace);
  }

  forget(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry) return;
    this.#entries.delete(targetKey);
    this.#due.delete(entry);
    this.#admissionControl.unregister(entry.queue, entry);
    this.#pool.closeTarget(targetKey);
    this.#cancelInFlight(entry);
  }

  probeSoon(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry || entry.hedgingSuppressed || entry.earlyProbeWanted || entry.sentAt === null) return;
    if (entry.consecutiveFast >= BOUNDS.probeFastAtMost) return;
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

  /** A fresh start decides quickly; a target that comes later is spread over its interval. */
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
    // Never later than it was due: settings that differ with every call must not put a probe off for ever.
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
    if (entry.sentAt === null || entry.heapIndex < 0) return;
    const soonest = Math.max(this.#clock.now(), entry.sentAt + entry.target.fastEveryMs);
    this.#due.set(entry, Math.min(entry.dueAt, soonest));
    this.#armTimer();
  }

  #armTimer(): void {
    if (this.#stopped) return;
    const at = Math.min(
      this.#due.peek()?.dueAt ?? Infinity,
      this.#hedgeQueue.peek()?.dueAt ?? Infinity,
      this.#admissionControl.nextAllowedAt() ?? Infinity,
    );
    if (at === Infinity || (this.#timer !== null && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#onTimer());
    this.#timer = { at, cancel };
  }

  #onTimer(): void {
    this.#timer = null;
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
    }
    this.#sendAdmitted();
    this.#armTimer();
  }

  /** Another probe may go out: none is, or the one that is out has had its second already, and is slow. */
  #canSend({ inFlight: flights, pace, hedgingSuppressed: calm }: ScheduleEntry): boolean {
    if (flights.length === 0) return true;
    if (calm || pace !== "normal" || flights.length >= BOUNDS.probesPerTarget) return false;
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
    const next = (): ScheduleEntry | null => this.#admissionControl.acquireNext(now + TICK_MS);
    for (let entry = next(); entry !== null; entry = next()) {
      if (!entry.hedgeWanted) this.#sendScheduled(entry, now);
      else if (this.#canSend(entry) && entry.inFlight.length > 0) this.#send(entry, now);
      // The slow one has ended while its second waited in the lane.
      else this.#admissionControl.release(entry.queue, now, null);
      entry.hedgeWanted = false;
    }
    this.#armTimer();
  }

  #sendScheduled(entry: ScheduleEntry, now: number): void {
    if (entry.earlyProbeWanted) entry.consecutiveFast += 1;
    entry.earlyProbeWanted = false;
    this.#send(entry, now);
    // Half an interval away at least, so that a hurried probe shortly before its slot stands for that slot.
    this.#scheduleNext(entry, now + probeIntervalMs(entry) / 2);
  }

  #send(entry: ScheduleEntry, now: number): void {
    const deadline = startDeadline(this.#clock, entry.target.timeoutMs);
    const flight: InFlightProbe = { entry, deadline, dueAt: 0, heapIndex: -1 };
    entry.inFlight.push(flight);
    entry.sentAt = now;
    this.#hedgeQueue.set(flight, now + BOUNDS.probeHedgeAfter * probeIntervalMs(entry));
    this.#inFlightCount += 1;
    void this.#probe(entry.target, deadline).then(
      (ending) => this.#complete(flight, ending),
      (error: unknown) => this.#complete(flight, toOwnFault(error)),
    );
  }

  #complete(flight: InFlightProbe, ending: ProbeCompletion): void {
    const { entry, deadline } = flight;
    deadline[Symbol.dispose]();
    this.#inFlightCount -= 1;
    if (this.#inFlightCount === 0) this.#onAllCompleted();
    entry.inFlight.splice(entry.inFlight.indexOf(flight), 1);
    this.#hedgeQueue.delete(flight);
    this.#admissionControl.release(entry.queue, this.#clock.now(), isTimeout(ending));
    if (this.#entries.get(entry.target.key) === entry) {
      if (ending.kind === "finding") this.#emitResult(entry, ending);
      if (ending.kind === "own-fault") {
        this.#reportOwnFault(ending.detail);
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

  #emitResult(entry: ScheduleEntry, ending: Extract<ProbeCompletion, { kind: "finding" }>): void {
    const { result: finding } = ending;
    const withheld = ending.withheld ?? null;
    const targetKey = entry.target.key;
    const says = `${finding.outcome} ${finding.fault ?? ""}`;
    if (says !== entry.lastOutcome) entry.consecutiveFast = 0;
    entry.lastOutcome = says;
    entry.seq += 1;
    this.#listener.onProbeMeasured?.(finding.outcome);
    const { onResult, onCredentialsWithheld } = this.#listener;
    if (withheld !== entry.withheld) {
      entry.withheld = withheld;
      onCredentialsWithheld?.(targetKey, withheld);
    }
    onResult({ ...finding, vantage: this.#options.vantage, target: targetKey, seq: entry.seq });
  }
}

/** Null where the ending says nothing of the server. */
function isTimeout(ending: ProbeCompletion): boolean | null {
  return ending.kind === "finding" ? ending.result.kind === "timed-out" : null;
}

/** A probe never rejects; if one does it is our mistake, and says nothing about the server. */
function toOwnFault(error: unknown): ProbeCompletion {
  return { kind: "own-fault", detail: error instanceof Error ? error.message : String(error) };
}
