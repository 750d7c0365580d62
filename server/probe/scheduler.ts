import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Measurements } from "../contract/ports.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { Target } from "../contract/target.ts";
import { Admission } from "./admission.ts";
import type { WithheldReason } from "./credentials.ts";
import { startDeadline } from "./deadline.ts";
import { DueHeap } from "./due-heap.ts";
import type { Ending, Probe } from "./ending.ts";
import { filesThatFit } from "./files-that-fit.ts";
import { keepLines } from "./kept-lines.ts";
import type { KeptLines } from "./kept-lines.ts";
import { tellSeldom } from "./own-faults.ts";
import type { OwnFaultListener } from "./own-faults.ts";
import { jittered, slotAfter } from "./pace.ts";
import { createProbe } from "./prober.ts";
import { everyMsOf, newEntry } from "./schedule-entry.ts";
import type { Flight, ProbePace, ScheduleEntry } from "./schedule-entry.ts";

export type { ProbePace } from "./schedule-entry.ts";

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly vantage: string;
  /** 0 … 1, for the jitter. */
  readonly random: () => number;
  /** Told of each result, in the order in which probes end. May call back into the scheduler. Must not throw. */
  readonly onResult: (result: ProbeResult) => void;
  readonly onMeasured?: Measurements["recordProbe"];
  /** Told, at most once a minute, of probes that this machine could not even send. */
  readonly onOwnFault?: OwnFaultListener;
  /**
   * Told when the probes of a target begin to go out without credentials that its rule has, when the reason changes,
   * and with null when they have them again. Called before `onResult` of that probe. Must not throw.
   */
  readonly onCredentialsWithheld?: (targetKey: string, why: WithheldReason | null) => void;
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
  /**
   * With true, for a hang that is confirmed: at most one probe is out, and none comes sooner than its turn, for
   * finished handshakes fill a hung server's queue until HAProxy's own check times out. With false, or for a target
   * that is taken up anew: a probe that is out for 0.8 of its interval gets a second one beside it.
   */
  calm(targetKey: string, on: boolean): void;
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
const FILES_WHERE_NOBODY_SAYS = 4_096;

class HeapScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #probe: Probe;
  readonly #tellOwnFault: (detail: string) => void;
  readonly #entries = new Map<string, ScheduleEntry>();
  /** Everybody but those who wait in their lanes. */
  readonly #due = new DueHeap<ScheduleEntry>();
  readonly #admission = new Admission<ScheduleEntry>();
  /** Probes that are out, by when a second one may be sent beside them. */
  readonly #lingering = new DueHeap<Flight>();
  readonly #lines: KeptLines;
  /** Probes that are out; and who waits for the last of them. */
  #out = 0;
  #allLanded = (): void => {};
  #startEndsAt: number | null = null;
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    const files = filesThatFit() ?? FILES_WHERE_NOBODY_SAYS;
    const room = Math.max(0, Math.min(BOUNDS.probeConnectionsKept, files - BOUNDS.filesLeftFree));
    this.#lines = keepLines(options.clock, () => this.#entries.size, room);
    this.#probe = options.probe ?? createProbe({ clock: options.clock, lines: this.#lines });
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
    this.#lines.drop(targetKey);
    this.#cancelFlights(entry);
  }

  hurry(targetKey: string): void {
    const entry = this.#entries.get(targetKey);
    if (!entry || entry.calm || entry.hurried || entry.sentAt === null) return;
    if (entry.fastInARow >= BOUNDS.probeFastAtMost) return;
    entry.hurried = true;
    if (this.#mayHaveTurn(entry)) this.#bringForward(entry);
  }

  calm(targetKey: string, on: boolean): void {
    const entry = this.#entries.get(targetKey);
    if (!entry) return;
    entry.calm = on;
    if (!on || !entry.hurried) return;
    entry.hurried = false;
    if (entry.heapIndex >= 0) this.#due.set(entry, Math.max(entry.dueAt, entry.slotAt));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    for (const entry of this.#entries.values()) this.#cancelFlights(entry);
    this.#entries.clear();
    this.#lines.stop();
    if (this.#out > 0) await new Promise<void>((resolve) => (this.#allLanded = resolve));
  }

  #take(target: Target, pace: ProbePace): void {
    const now = this.#clock.now();
    const entry = newEntry(target, pace, this.#admission.enter(target.network, target.socketPath ?? target.host));
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
    const at = Math.min(
      this.#due.peek()?.dueAt ?? Infinity,
      this.#lingering.peek()?.dueAt ?? Infinity,
      this.#admission.nextAt() ?? Infinity,
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
    for (let flight = this.#lingering.popDue(until); flight; flight = this.#lingering.popDue(until)) {
      this.#wantBeside(flight.entry, now);
    }
    for (let entry = this.#due.popDue(until); entry; entry = this.#due.popDue(until)) {
      entry.besideWanted = false;
      if (!this.#mayHaveTurn(entry)) this.#toNextSlot(entry, Math.max(now, entry.slotAt));
      else if (this.#admission.enterAtOnce(entry.lane, now)) this.#sendInTurn(entry, now);
      else this.#admission.offer(entry.lane, entry, now);
    }
    this.#sendAdmitted();
    this.#arm();
  }

  /** Another probe may go out: none is, or the one that is out has had its second already, and is slow. */
  #mayHaveTurn({ flights, pace, calm }: ScheduleEntry): boolean {
    if (flights.length === 0) return true;
    if (calm || pace !== "normal" || flights.length >= BOUNDS.probesPerTarget) return false;
    for (const { heapIndex } of flights) if (heapIndex >= 0) return false;
    return true;
  }

  #wantBeside(entry: ScheduleEntry, now: number): void {
    if (!this.#mayHaveTurn(entry)) return;
    entry.besideWanted = true;
    this.#admission.offer(entry.lane, entry, now);
  }

  #sendAdmitted(): void {
    if (this.#stopped || !this.#admission.anybodyWaits) return;
    const now = this.#clock.now();
    const next = (): ScheduleEntry | null => this.#admission.next(now + TICK_MS);
    for (let entry = next(); entry !== null; entry = next()) {
      if (!entry.besideWanted) this.#sendInTurn(entry, now);
      else if (this.#mayHaveTurn(entry) && entry.flights.length > 0) this.#send(entry, now);
      // The slow one has ended while its second waited in the lane.
      else this.#admission.release(entry.lane, now, null);
      entry.besideWanted = false;
    }
    this.#arm();
  }

  #sendInTurn(entry: ScheduleEntry, now: number): void {
    if (entry.hurried) entry.fastInARow += 1;
    entry.hurried = false;
    this.#send(entry, now);
    // Half an interval away at least, so that a hurried probe shortly before its slot stands for that slot.
    this.#toNextSlot(entry, now + everyMsOf(entry) / 2);
  }

  #send(entry: ScheduleEntry, now: number): void {
    const deadline = startDeadline(this.#clock, entry.target.timeoutMs);
    const flight: Flight = { entry, deadline, dueAt: 0, heapIndex: -1 };
    entry.flights.push(flight);
    entry.sentAt = now;
    this.#lingering.set(flight, now + BOUNDS.probeHedgeAfter * everyMsOf(entry));
    this.#out += 1;
    void this.#probe(entry.target, deadline).then(
      (ending) => this.#land(flight, ending),
      (error: unknown) => this.#land(flight, ownFaultOf(error)),
    );
  }

  #land(flight: Flight, ending: Ending): void {
    const { entry, deadline } = flight;
    deadline[Symbol.dispose]();
    this.#out -= 1;
    if (this.#out === 0) this.#allLanded();
    entry.flights.splice(entry.flights.indexOf(flight), 1);
    this.#lingering.delete(flight);
    this.#admission.release(entry.lane, this.#clock.now(), timedOut(ending));
    if (this.#entries.get(entry.target.key) === entry) {
      if (ending.kind === "finding") this.#tell(entry, ending);
      if (ending.kind === "own-fault") {
        this.#tellOwnFault(ending.detail);
        this.#options.onMeasured?.("own-fault");
      }
      if (entry.hurried && this.#mayHaveTurn(entry)) this.#bringForward(entry);
    }
    this.#sendAdmitted();
  }

  #cancelFlights({ flights }: ScheduleEntry): void {
    for (const flight of [...flights]) {
      this.#lingering.delete(flight);
      flight.deadline.cancel();
    }
  }

  #tell(entry: ScheduleEntry, ending: Extract<Ending, { kind: "finding" }>): void {
    const { finding } = ending;
    const withheld = ending.withheld ?? null;
    const targetKey = entry.target.key;
    const says = `${finding.outcome} ${finding.fault ?? ""}`;
    if (says !== entry.said) entry.fastInARow = 0;
    entry.said = says;
    entry.seq += 1;
    this.#options.onMeasured?.(finding.outcome);
    const { vantage, onResult, onCredentialsWithheld } = this.#options;
    if (withheld !== entry.withheld) {
      entry.withheld = withheld;
      onCredentialsWithheld?.(targetKey, withheld);
    }
    onResult({ ...finding, vantage, target: targetKey, seq: entry.seq });
  }
}

/** Null where the ending says nothing of the server. */
function timedOut(ending: Ending): boolean | null {
  return ending.kind === "finding" ? ending.finding.kind === "timed-out" : null;
}

/** A probe never rejects; if one does it is our mistake, and says nothing about the server. */
function ownFaultOf(error: unknown): Ending {
  return { kind: "own-fault", detail: error instanceof Error ? error.message : String(error) };
}
