import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Measurements } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { Target } from "../contract/target.ts";
import { Admission } from "./admission.ts";
import { DueHeap } from "./due-heap.ts";
import type { Ending, Finding, Probe } from "./ending.ts";
import { tellSeldom } from "./own-faults.ts";
import type { OwnFaultListener } from "./own-faults.ts";
import { jittered, slotAfter } from "./pace.ts";
import { createProbe } from "./prober.ts";
import { everyMsOf, newEntry } from "./schedule-entry.ts";
import type { ProbePace, ScheduleEntry } from "./schedule-entry.ts";

export type { ProbePace } from "./schedule-entry.ts";

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly vantage: string;
  /** 0 … 1, for the jitter. */
  readonly random: () => number;
  /** Told of each result, in the order in which probes end. May call back into the scheduler. Must not throw. */
  readonly onResult: (result: ProbeResult) => void;
  readonly onMeasured?: Measurements["probe"];
  /** Told, at most once a minute, of probes that this machine could not even send. */
  readonly onOwnFault?: OwnFaultListener;
  /** How a target is asked; the real thing where absent. */
  readonly probe?: Probe;
}

/** Asks every target again and again, each in its own place of the interval. */
export interface Scheduler {
  /** Takes up a target, or its new settings and pace; the schedule of one that is known goes on. Cheap: call it with each poll. */
  ensure(target: Target, pace: ProbePace): void;
  /** Drops a target; a probe in flight is cancelled and gives no result. */
  forget(targetKey: string): void;
  /**
   * Lets the next probe follow `fastEveryMs` after the last one was sent. At most 5 in a row: the count starts
   * anew when a result differs in outcome or fault from the one before.
   */
  hurry(targetKey: string): void;
  /** Ends everything; resolved once every probe has closed its sockets. */
  stop(): Promise<void>;
}

/** Starts a scheduler without targets. One timer serves all of them. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new HeapScheduler(options);
}

/** Timers of the machine count whole milliseconds: what is due within one goes along. */
const TICK_MS = 1;
const NO_PHASES = { connect: null, tls: null, answer: null };

class HeapScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #probe: Probe;
  readonly #tellOwnFault: (detail: string) => void;
  readonly #entries = new Map<string, ScheduleEntry>();
  /** Everybody but those who wait in their lanes. */
  readonly #due = new DueHeap<ScheduleEntry>();
  readonly #admission = new Admission<ScheduleEntry>();
  readonly #flights = new Set<Promise<void>>();
  #startEndsAt: number | null = null;
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#probe = options.probe ?? createProbe({ clock: options.clock });
    this.#tellOwnFault = tellSeldom(options.clock, options.onOwnFault ?? (() => {}));
  }

  ensure(target: Target, pace: ProbePace): void {
    if (this.#stopped) return;
    const known = this.#entries.get(target.key);
    if (known) this.#change(known, target, pace);
    else this.#take(target, pace);
  }

  forget(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry) return;
    this.#entries.delete(targetKey);
    this.#due.delete(entry);
    this.#admission.leave(entry.lane, entry);
    entry.flight?.abort();
  }

  hurry(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry || entry.hurried || entry.sentAt === null || entry.fastInARow >= BOUNDS.probeFastAtMost) return;
    entry.hurried = true;
    if (entry.flight === null) this.#bringForward(entry);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    for (const entry of this.#entries.values()) entry.flight?.abort();
    this.#entries.clear();
    await Promise.all(this.#flights);
  }

  #take(target: Target, pace: ProbePace): void {
    const now = this.#clock.now();
    const entry = newEntry(target, pace, this.#admission.enter(target.network, target.host));
    this.#entries.set(target.key, entry);
    this.#due.set(entry, now + this.#firstDelay(entry, now));
    this.#arm();
  }

  /** A fresh start decides quickly; a target that comes later is spread over its interval. */
  #firstDelay(entry: ScheduleEntry, now: number): number {
    this.#startEndsAt ??= now + BOUNDS.probeFirstWithinMs;
    if (now < this.#startEndsAt) return entry.phase * BOUNDS.probeFirstAtStartWithinMs;
    return entry.phase * Math.min(everyMsOf(entry), BOUNDS.probeFirstWithinMs);
  }

  #change(entry: ScheduleEntry, target: Target, pace: ProbePace): void {
    const before = everyMsOf(entry);
    entry.target = target;
    entry.pace = pace;
    if (everyMsOf(entry) === before || entry.heapIndex < 0 || entry.sentAt === null) return;
    // Never later than it was due: settings that differ with every call must not put a probe off for ever.
    const { dueAt } = entry;
    this.#toNextSlot(entry, this.#clock.now());
    this.#due.set(entry, Math.min(dueAt, entry.dueAt));
    this.#arm();
  }

  #toNextSlot(entry: ScheduleEntry, after: number): void {
    const everyMs = everyMsOf(entry);
    entry.slotAt = slotAfter(after, everyMs, entry.phase);
    this.#due.set(entry, jittered(entry.slotAt, everyMs, this.#options.random));
  }

  #bringForward(entry: ScheduleEntry): void {
    if (entry.sentAt === null || entry.heapIndex < 0) return;
    const soonest = Math.max(this.#clock.now(), entry.sentAt + entry.target.fastEveryMs);
    this.#due.set(entry, Math.min(entry.dueAt, soonest));
    this.#arm();
  }

  #arm(): void {
    if (this.#stopped) return;
    const at = Math.min(this.#due.peek()?.dueAt ?? Infinity, this.#admission.nextAt() ?? Infinity);
    if (at === Infinity || (this.#timer !== null && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#onTimer());
    this.#timer = { at, cancel };
  }

  #onTimer(): void {
    this.#timer = null;
    const now = this.#clock.now();
    for (let entry = this.#due.popDue(now + TICK_MS); entry; entry = this.#due.popDue(now + TICK_MS)) {
      // One that is still out skips this turn.
      if (entry.flight === null) this.#admission.offer(entry.lane, entry, now);
      else this.#toNextSlot(entry, Math.max(now, entry.slotAt));
    }
    this.#sendAdmitted();
  }

  #sendAdmitted(): void {
    if (this.#stopped) return;
    const now = this.#clock.now();
    const next = (): ScheduleEntry | null => this.#admission.next(now + TICK_MS);
    for (let entry = next(); entry !== null; entry = next()) this.#send(entry, now);
    this.#arm();
  }

  #send(entry: ScheduleEntry, now: number): void {
    const flight = new AbortController();
    entry.flight = flight;
    entry.sentAt = now;
    if (entry.hurried) entry.fastInARow += 1;
    entry.hurried = false;
    // Half an interval away at least, so that a hurried probe shortly before its slot stands for that slot.
    this.#toNextSlot(entry, now + everyMsOf(entry) / 2);
    const flown = this.#probe(entry.target, flight.signal)
      .catch(ownFaultOf)
      .then((ending) => {
        this.#flights.delete(flown);
        this.#land(entry, ending);
      });
    this.#flights.add(flown);
  }

  #land(entry: ScheduleEntry, ending: Ending): void {
    entry.flight = null;
    this.#admission.release(entry.lane, this.#clock.now());
    if (this.#entries.get(entry.target.key) === entry) {
      if (ending.kind === "finding") this.#tell(entry, ending.finding);
      if (ending.kind === "own-fault") {
        this.#tellOwnFault(ending.detail);
        this.#options.onMeasured?.(NO_PHASES, "own-fault");
      }
      if (entry.hurried) this.#bringForward(entry);
    }
    this.#sendAdmitted();
  }

  #tell(entry: ScheduleEntry, finding: Finding): void {
    const says = `${finding.outcome} ${finding.fault ?? ""}`;
    if (says !== entry.said) entry.fastInARow = 0;
    entry.said = says;
    entry.seq += 1;
    this.#options.onMeasured?.({ ...finding.phasesMs }, finding.outcome);
    const { vantage, onResult } = this.#options;
    onResult({ ...finding, vantage, target: entry.target.key, seq: entry.seq });
  }
}

/** A probe never rejects; if one does it is our mistake, and says nothing about the server. */
function ownFaultOf(error: unknown): Ending {
  return { kind: "own-fault", detail: error instanceof Error ? error.message : String(error) };
}
