import type { InstanceStatus } from "../../server/contract/status.ts";

const TIMES_MAX = 100;

/** When each HAProxy was started or reloaded: its last time, and those before that this page saw; at most 100 of each. */
export class ReloadTimes {
  readonly #times = new Map<string, readonly number[]>();

  record(instances: readonly Pick<InstanceStatus, "name" | "startedAt">[]): void {
    for (const { name, startedAt } of instances) {
      const at = Date.parse(startedAt ?? "");
      const known = this.of(name);
      if (Number.isFinite(at) && !known.includes(at)) this.#times.set(name, [...known, at].slice(-TIMES_MAX));
    }
  }

  /** Milliseconds since 1970, the newest one last. */
  of(instance: string): readonly number[] {
    return this.#times.get(instance) ?? [];
  }
}
