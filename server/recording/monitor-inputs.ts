import type { ProbeResult } from "../contract/probe-result.ts";
import { type InstanceName, serverKey } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import type { PollError } from "../monitor/instance-entry.ts";
import type { AssignTarget } from "../monitor/inventory.ts";
import type { RestoredState } from "../monitor/monitor-options.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { HeldClock } from "./held-clock.ts";
import type { Recorder } from "./recorder.ts";

/** The only way into the monitor while it runs: each input is applied at one moment and recorded. */
export class MonitorInputs {
  readonly #monitor: Monitor;
  readonly #clock: HeldClock;
  readonly #recorder: Recorder | null;

  constructor(monitor: Monitor, clock: HeldClock, recorder: Recorder | null) {
    this.#monitor = monitor;
    this.#clock = clock;
    this.#recorder = recorder;
  }

  acceptSnapshot(snapshot: StatsSnapshot, everyMs: number): void {
    this.#apply(
      (recorder, at) => recorder.poll(at, snapshot, everyMs),
      () => this.#monitor.acceptSnapshot(snapshot, everyMs),
    );
  }

  acceptPollFailure(instance: InstanceName, error: PollError, everyMs: number): void {
    this.#apply(
      (recorder, at) => recorder.pollFailed(at, instance, error, everyMs),
      () => this.#monitor.acceptPollFailure(instance, error, everyMs),
    );
  }

  acceptResult(result: ProbeResult): readonly InstanceName[] {
    return this.#apply(
      (recorder, at) => recorder.result(at, result),
      () => this.#monitor.acceptResult(result),
    );
  }

  setCredentialsWithheld(targetKey: string, why: string | null): void {
    this.#apply(
      (recorder, at) => recorder.credentials(at, targetKey, why),
      () => this.#monitor.setCredentialsWithheld(targetKey, why),
    );
  }

  configure(instances: readonly InstanceSettings[], assign: AssignTarget): void {
    this.#apply(
      (recorder, at) => recorder.configured(at, { instances }),
      () => this.#monitor.configure(instances, assign),
    );
  }

  restoreIncidents(left: Pick<RestoredState, "incidents" | "heardBefore">): void {
    this.#apply(
      (recorder, at) => recorder.restored(at, left),
      () => this.#monitor.restoreIncidents(left),
    );
  }

  tick(): void {
    this.#apply(
      (recorder, at) => recorder.tick(at),
      () => this.#monitor.tick(),
    );
  }

  #apply<T>(record: (recorder: Recorder, at: number) => void, apply: () => T): T {
    const at = this.#clock.hold();
    try {
      if (this.#recorder !== null) record(this.#recorder, at);
      return apply();
    } finally {
      this.#recorder?.settle(at, this.#clock.offset);
      this.#clock.release();
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
