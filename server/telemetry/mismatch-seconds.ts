import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import { type InstanceName, type ServerKey, splitServerKey } from "../contract/server-key.ts";
import type { Verdict } from "../contract/verdict.ts";
import { AppliedEvents } from "./applied-events.ts";

/** Seconds in one confirmed mismatch, summed over the servers of one backend, or for null of one instance. */
export interface MismatchTotal {
  readonly instance: InstanceName;
  readonly backend: string | null;
  readonly verdict: Verdict;
  readonly seconds: number;
}

interface Total {
  readonly instance: InstanceName;
  readonly backend: string | null;
  readonly verdict: Verdict;
  ms: number;
}

/** Sums how long servers were in a confirmed mismatch; a mismatch that lasts counts up to now. */
export class MismatchSeconds {
  readonly #clock: Clock;
  readonly #perBackend: boolean;
  readonly #applied = new AppliedEvents();
  readonly #ongoing = new Map<ServerKey, { readonly since: number; readonly total: Total }>();
  readonly #totals = new Map<string, Total>();
  /** Totals of single backends, by instance. */
  readonly #ownTotals = new Map<InstanceName, number>();

  /** Sums per backend as far as there is room for it, or if `perBackend` is false per instance. */
  constructor(clock: Clock, perBackend: boolean) {
    this.#clock = clock;
    this.#perBackend = perBackend;
  }

  apply(event: MonitorEvent): void {
    if (event.type !== "verdict-changed" && event.type !== "server-removed") return;
    if (!this.#applied.markApplied(event.id)) return;
    this.#end(event.key);
    if (event.type === "verdict-changed" && event.to.phase === "confirmed") this.#begin(event.key, event.to.verdict);
  }

  /** The totals of the backends that `keep` accepts; the others are dropped. */
  totals(keep: (instance: InstanceName, backend: string | null) => boolean): MismatchTotal[] {
    for (const [name, total] of this.#totals) {
      if (keep(total.instance, total.backend)) continue;
      this.#totals.delete(name);
      if (total.backend !== null) this.#countOwn(total.instance, -1);
    }
    const now = this.#clock.now();
    const ongoingMs = new Map<Total, number>();
    for (const { since, total } of this.#ongoing.values())
      ongoingMs.set(total, (ongoingMs.get(total) ?? 0) + now - since);
    return [...this.#totals.values()].map((total) => ({
      instance: total.instance,
      backend: total.backend,
      verdict: total.verdict,
      seconds: (total.ms + (ongoingMs.get(total) ?? 0)) / 1_000,
    }));
  }

  #begin(key: ServerKey, verdict: Verdict): void {
    const names = splitServerKey(key);
    if (names === null) return;
    const { instance } = names;
    const own = this.#perBackend ? this.#totals.get(totalKey(instance, names.backend, verdict)) : undefined;
    this.#ongoing.set(key, {
      since: this.#clock.now(),
      total: own ?? this.#newTotal(instance, names.backend, verdict),
    });
  }

  /** Backends beyond the limit, of which only a scrape drops those that are gone, share the total of their instance. */
  #newTotal(instance: InstanceName, name: string, verdict: Verdict): Total {
    const hasRoom = this.#perBackend && (this.#ownTotals.get(instance) ?? 0) < BOUNDS.metricsBackendsMax;
    const backend = hasRoom ? name : null;
    const key = totalKey(instance, backend, verdict);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    const total = { instance, backend, verdict, ms: 0 };
    this.#totals.set(key, total);
    if (hasRoom) this.#countOwn(instance, 1);
    return total;
  }

  #countOwn(instance: InstanceName, by: number): void {
    const count = (this.#ownTotals.get(instance) ?? 0) + by;
    if (count === 0) this.#ownTotals.delete(instance);
    else this.#ownTotals.set(instance, count);
  }

  #end(key: ServerKey): void {
    const ongoing = this.#ongoing.get(key);
    if (ongoing === undefined) return;
    ongoing.total.ms += this.#clock.now() - ongoing.since;
    this.#ongoing.delete(key);
  }
}

function totalKey(instance: InstanceName, backend: string | null, verdict: Verdict): string {
  return `${instance}/${backend ?? ""} ${verdict}`;
}
