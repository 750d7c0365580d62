import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { EventSink } from "../contract/ports.ts";
import { type InstanceName, type ServerKey, splitServerKey } from "../contract/server-key.ts";
import type { Verdict } from "../contract/verdict.ts";
import { AppliedEvents } from "./applied-events.ts";

/** Seconds of one backend in one confirmed mismatch, summed over its servers. */
export interface MismatchTotal {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly verdict: Verdict;
  readonly seconds: number;
}

interface Total {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly verdict: Verdict;
  ms: number;
}

/** Adds up how long servers were in a confirmed mismatch; what still lasts is counted up to now. */
export class MismatchSeconds implements EventSink {
  readonly #clock: Clock;
  readonly #applied = new AppliedEvents();
  readonly #ongoing = new Map<ServerKey, { readonly since: number; readonly total: Total }>();
  readonly #pruneAndTotal = new Map<string, Total>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  apply(event: MonitorEvent): void {
    if (event.type !== "verdict-changed" && event.type !== "server-removed") return;
    if (!this.#applied.markApplied(event.id)) return;
    this.#end(event.key);
    if (event.type === "verdict-changed" && event.to.phase === "confirmed") this.#begin(event.key, event.to.verdict);
  }

  /** The totals of the backends that `keep` wants; the others are forgotten. */
  totals(keep: (instance: InstanceName, backend: string) => boolean): MismatchTotal[] {
    for (const [name, total] of this.#pruneAndTotal) {
      if (!keep(total.instance, total.backend)) this.#pruneAndTotal.delete(name);
    }
    const now = this.#clock.now();
    const lasting = new Map<Total, number>();
    for (const { since, total } of this.#ongoing.values()) lasting.set(total, (lasting.get(total) ?? 0) + now - since);
    return [...this.#pruneAndTotal.values()].map((total) => ({
      instance: total.instance,
      backend: total.backend,
      verdict: total.verdict,
      seconds: (total.ms + (lasting.get(total) ?? 0)) / 1_000,
    }));
  }

  #begin(key: ServerKey, verdict: Verdict): void {
    const names = splitServerKey(key);
    if (names === null) return;
    const { instance, backend } = names;
    const name = `${instance}/${backend} ${verdict}`;
    const total = this.#pruneAndTotal.get(name) ?? { instance, backend, verdict, ms: 0 };
    this.#pruneAndTotal.set(name, total);
    this.#ongoing.set(key, { since: this.#clock.now(), total });
  }

  #end(key: ServerKey): void {
    const lasting = this.#ongoing.get(key);
    if (lasting === undefined) return;
    lasting.total.ms += this.#clock.now() - lasting.since;
    this.#ongoing.delete(key);
  }
}
