import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import { REFUSED_KINDS, type RefusedKind } from "../contract/refusal.ts";
import { formatLabels, MetricFamily } from "./exposition.ts";
import type { Logger } from "./logger.ts";

/** Counts what clients are refused; each kind has at most one log line a minute. */
export class Refusals {
  readonly #log: Pick<Logger, "warn">;
  readonly #clock: Clock;
  readonly #counts = new Map(REFUSED_KINDS.map((kind) => [kind, { total: 0, logged: 0, loggedAt: -Infinity }]));

  constructor(log: Pick<Logger, "warn">, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  record(kind: RefusedKind): void {
    const count = this.#counts.get(kind);
    if (count === undefined) return;
    count.total += 1;
    const now = this.#clock.now();
    if (now - count.loggedAt < BOUNDS.refusedLogEveryMs) return;
    const since = count.total - count.logged;
    count.loggedAt = now;
    count.logged = count.total;
    this.#log.warn({ event: "client-refused", kind, count: since }, TEXTS[kind]);
  }

  render(): string {
    const family = new MetricFamily(
      "haprobe_refused_total",
      "counter",
      "What clients were refused for lack of room, by kind.",
    );
    for (const [kind, { total }] of this.#counts) family.add(formatLabels([["kind", kind]]), total);
    return family.render();
  }
}

const TEXTS: Readonly<Record<RefusedKind, string>> = {
  connection: "connections are closed at once: too many are open",
  request: "requests get 503: too many are under way",
  response: "responses are 503: too many lists or bytes are being sent",
  stream: "streams are refused with 503: too many are open",
  "slow-stream": "streams are closed whose client does not read",
};
