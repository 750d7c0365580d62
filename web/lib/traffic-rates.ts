import type { ServerStatus } from "../../server/contract/status.ts";

/** Counters nearer together say little about a second. */
const APART_MS = 2_000;
/** A counter that is older than the last one by less than this was overtaken by it. */
const OVERTAKEN_MS = 60_000;

interface Sample {
  readonly total: number;
  /** haprobe's clock. */
  readonly at: number;
  /** Of the sample before; null for the first. */
  readonly before: Pick<Sample, "total" | "at"> | null;
}

/** New sessions per second of some servers, of the time between two moments of haprobe's clock. */
export interface TrafficRate {
  readonly perSecond: number;
  readonly from: number;
  readonly to: number;
}

/** New sessions per second of each server, from HAProxy's counter at two polls. */
export class TrafficRates {
  readonly #samples = new Map<string, Sample>();

  /** Takes the counter of a server; one that went back, after a restart of HAProxy, begins anew. */
  record({ key, haproxy: { sessionsTotal: total, at: polledAt } }: Pick<ServerStatus, "key" | "haproxy">): void {
    if (total === null) return this.remove(key);
    const at = Date.parse(polledAt);
    const last = this.#samples.get(key);
    if (last !== undefined && at <= last.at && last.at - at < OVERTAKEN_MS) return;
    if (last === undefined || total < last.total || at < last.at) this.#samples.set(key, { total, at, before: null });
    else if (at - last.at >= APART_MS)
      this.#samples.set(key, { total, at, before: { total: last.total, at: last.at } });
  }

  remove(key: string): void {
    this.#samples.delete(key);
  }

  /** Drops every server that is not in `keys`. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.#samples.keys()) if (!keys.has(key)) this.#samples.delete(key);
  }

  /** Sum over those of these servers that have a counter, of the oldest time among theirs; null while one has none, or all. */
  rateOf(keys: readonly string[]): TrafficRate | null {
    let [perSecond, from, to] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const key of keys) {
      const sample = this.#samples.get(key);
      if (sample === undefined) continue;
      const { total, at, before } = sample;
      if (before === null) return null;
      perSecond += (total - before.total) / ((at - before.at) / 1_000);
      from = Math.min(from, before.at);
      to = Math.min(to, at);
    }
    return Number.isFinite(from) ? { perSecond, from, to } : null;
  }
}
