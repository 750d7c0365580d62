import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import { type InstanceName, serverKey } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import type { PollError } from "../monitor/instance-entry.ts";
import type { AssignTarget } from "../monitor/inventory.ts";
import type { RestoredState } from "../monitor/monitor-options.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { runInSlices } from "../slices.ts";
import type { HeldClock } from "./held-clock.ts";
import type { Recorder } from "./recorder.ts";

/** The only way into the monitor while it runs: each input is applied at one moment and recorded. */
export class MonitorInputs {
  readonly #monitor: Monitor;
  readonly #clock: HeldClock;
  #recorder: Recorder | null;
  /** What applying the answers took so far that are being applied, by instance. */
  readonly #tookMs = new Map<InstanceName, number>();
  #isWorking = false;

  constructor(monitor: Monitor, clock: HeldClock, recorder: Recorder | null) {
    this.#monitor = monitor;
    this.#clock = clock;
    this.#recorder = recorder;
  }

  start(): void {
    this.#apply(
      (recorder, at) => recorder.started(at),
      () => this.#monitor.start(),
    );
  }

  /** Resolves once the answer is applied, with the milliseconds that it took. */
  async acceptSnapshot(snapshot: StatsSnapshot, everyMs: number): Promise<number> {
    const { instance } = snapshot;
    const startedAt = this.#clock.source.now();
    const applied = this.#apply(
      (recorder, at) => recorder.poll(at, snapshot, everyMs),
      () => this.#monitor.acceptSnapshot(snapshot, everyMs),
    );
    this.#tookMs.set(instance, this.#clock.source.now() - startedAt);
    this.#workSoon();
    await applied;
    const tookMs = this.#tookMs.get(instance) ?? 0;
    this.#tookMs.delete(instance);
    return tookMs;
  }

  acceptPollFailure(instance: InstanceName, error: PollError, everyMs: number): void {
    this.#apply(
      (recorder, at) => recorder.pollFailed(at, instance, error, everyMs),
      () => this.#monitor.acceptPollFailure(instance, error, everyMs),
    );
    this.#workSoon();
  }

  acceptResult(result: ProbeResult): readonly InstanceName[] {
    const instances = this.#apply(
      (recorder, at) => recorder.result(at, result),
      () => this.#monitor.acceptResult(result),
    );
    this.#workSoon();
    return instances;
  }

  setCredentialsWithheld(targetKey: string, why: string | null): void {
    this.#apply(
      (recorder, at) => recorder.credentials(at, targetKey, why),
      () => this.#monitor.setCredentialsWithheld(targetKey, why),
    );
  }

  /** `rules`: what `assign` goes by, as it is recorded. */
  configure(instances: readonly InstanceSettings[], assign: AssignTarget, rules: string): void {
    this.#apply(
      (recorder, at) => recorder.configured(at, { instances, rules }),
      () => this.#monitor.configure(instances, assign),
    );
    this.#workSoon();
  }

  restoreLate(left: RestoredState): void {
    this.#apply(
      (recorder, at) => recorder.restored(at, left),
      () => this.#monitor.restoreLate(left),
    );
  }

  tick(): void {
    this.#apply(
      (recorder, at) => recorder.tick(at),
      () => this.#monitor.tick(),
    );
    this.#workSoon();
  }

  /** Has the monitor do what is left, now as far as the slice of this turn allows, and then in later turns. */
  #workSoon(): void {
    if (this.#isWorking || this.#monitor.nextWork === null) return;
    this.#isWorking = true;
    void runInSlices(this.#clock.source, BOUNDS.sliceMs, this.#workParts());
  }

  *#workParts(): Generator<void, void, void> {
    try {
      for (let owner = this.#monitor.nextWork; owner !== null; owner = this.#monitor.nextWork) {
        this.#work(owner);
        yield;
      }
    } finally {
      this.#isWorking = false;
    }
  }

  #work(owner: string): void {
    const startedAt = this.#clock.source.now();
    this.#apply(
      (recorder, at) => recorder.worked(at, owner),
      () => this.#monitor.work(owner),
    );
    const tookMs = this.#tookMs.get(owner);
    if (tookMs !== undefined) this.#tookMs.set(owner, tookMs + this.#clock.source.now() - startedAt);
  }

  #apply<T>(record: (recorder: Recorder, at: number) => void, apply: () => T): T {
    const at = this.#clock.hold();
    this.#record((recorder) => record(recorder, at));
    try {
      return apply();
    } finally {
      this.#record((recorder) => recorder.settle(at, this.#clock.offset));
      this.#clock.release();
    }
  }

  /** A fault of the recorder ends the recording and nothing else. */
  #record(record: (recorder: Recorder) => void): void {
    if (this.#recorder === null) return;
    try {
      record(this.#recorder);
    } catch (error) {
      this.#recorder.giveUp(error);
      this.#recorder = null;
    }
  }
}

/** The same rules, with what they say recorded. */
export function recordAssignments(assign: AssignTarget, recorder: Recorder | null): AssignTarget {
  if (recorder === null) return assign;
  return (view, instance, evidence) => {
    const assignment = assign(view, instance, evidence);
    recorder.assigned(serverKey(instance.name, view.backend, view.server), assignment);
    return assignment;
  };
}
