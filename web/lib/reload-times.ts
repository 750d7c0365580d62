import type { InstanceStatus } from "../../server/contract/status.ts";

const TIMES_MAX = 100;
/** A start, and the polls of several vantages that saw it, are one reload. */
const SAME_WITHIN_MS = 5_000;

/** When each HAProxy was started or reloaded: its last time, and those before that this page saw; at most 100 of each. */
export class ReloadTimes {
  readonly #times = new Map<string, readonly number[]>();
  #version = 0;

  record(instances: readonly Pick<InstanceStatus, "name" | "startedAt">[]): void {
    for (const { name, startedAt } of instances) {
      const at = Date.parse(startedAt ?? "");
      const known = this.of(name);
      if (!Number.isFinite(at) || known.includes(at)) continue;
      this.#times.set(name, [...known, at].slice(-TIMES_MAX));
      this.#version += 1;
    }
  }

  /** Another number whenever a time was added. */
  get version(): number {
    return this.#version;
  }

  /** Milliseconds since 1970, the newest one last. */
  of(instance: string): readonly number[] {
    return this.#times.get(instance) ?? [];
  }
}

/** The reloads of these lists in the order of time, each once. */
export function joinReloads(...lists: readonly (readonly number[])[]): readonly number[] {
  const joined: number[] = [];
  for (const at of lists.flat().toSorted((a, b) => a - b)) {
    if (at - (joined.at(-1) ?? Number.NEGATIVE_INFINITY) > SAME_WITHIN_MS) joined.push(at);
  }
  return joined;
}
