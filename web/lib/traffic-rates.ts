import type { ServerStatus } from "../../server/contract/status.ts";

/** Counters nearer together say little about a second. */
const APART_MS = 2_000;

interface Sample {
  readonly total: number;
  /** haprobe's clock. */
  readonly at: number;
  /** New sessions per second between the sample before and this one; null for the first. */
  readonly rate: number | null;
}

/** New sessions per second of each server, from HAProxy's counter at two polls. */
export class TrafficRates {
  readonly #samples = new Map<string, Sample>();

  /** Takes the counter of a server; one that went back, after a restart of HAProxy, begins anew. */
  record({ key, haproxy: { sessionsTotal: total, at: polledAt } }: Pick<ServerStatus, "key" | "haproxy">): void {
    if (total === null) return this.remove(key);
    const at = Date.parse(polledAt);
    const last = this.#samples.get(key);
    if (last === undefined || total < last.total) this.#samples.set(key, { total, at, rate: null });
    else if (at - last.at >= APART_MS) {
      this.#samples.set(key, { total, at, rate: (total - last.total) / ((at - last.at) / 1_000) });
    }
  }

  remove(key: string): void {
    this.#samples.delete(key);
  }

  /** Drops every server that is not in `keys`. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#samples.keys()) if (!keys.has(key)) this.#samples.delete(key);
  }

  /** Sum over these servers; null while none of them has one. */
  rateOf(keys: readonly string[]): number | null {
    let sum: number | null = null;
    for (const key of keys) {
      const rate = this.#samples.get(key)?.rate ?? null;
      if (rate !== null) sum = (sum ?? 0) + rate;
    }
    return sum;
  }
}
