import type { ForwardPosition, StoredEvent, StoredPosition, VerdictStored } from "../../server/contract/store.ts";
import type { ForwarderParts } from "../../server/forward/forwarder.ts";

const LOG_ID = "0f6b5a3e-0000-4000-8000-000000000001";

/** The log of a data directory in memory, whose oldest events can be dropped. */
export class FakeSpool {
  readonly events: StoredEvent[] = [];
  /** Positions of logs before this one, which the store lists first. */
  readonly earlier: StoredPosition[] = [];
  readonly positionsWritten: ForwardPosition[] = [];
  readonly name = { site: "fra", vantage: "cp-2", logId: LOG_ID, writer: "0f6b5a3e-0000-4000-8000-00000000000a" };
  readonly #listeners = new Set<(vantage: string, seq: number) => void>();
  #keptFrom = 1;

  append(...events: readonly StoredEvent[]): void {
    this.events.push(...events);
    this.report();
  }

  /** Reports how far the log is. */
  report(): void {
    for (const listener of this.#listeners) listener(this.name.vantage, this.lastSeq);
  }

  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  /** Keeps only the events from this one on, as after a day. */
  dropBefore(seq: number): void {
    this.#keptFrom = seq;
  }

  readonly store: ForwarderParts["store"] = {
    log: async (afterSeq, atMost) =>
      this.events.filter(({ seq }) => seq > afterSeq && seq >= this.#keptFrom).slice(0, atMost),
    verdictsAfter: async ({ afterSeq, untilSeq, atMost }) => {
      const newest = new Map<string, VerdictStored>();
      for (const event of this.events) {
        if (event.type === "verdict-changed") newest.set(event.server.server, event);
      }
      const within = [...newest.values()].filter(({ seq }) => seq > afterSeq && seq <= untilSeq);
      return within.toSorted((a, b) => a.seq - b.seq).slice(0, atMost);
    },
    positions: async () => [
      ...this.earlier,
      { ...this.name, firstSeq: this.lastSeq + 1, lastSeq: this.lastSeq } as unknown as StoredPosition,
    ],
    forwardPosition: async () => this.positionsWritten.at(-1) ?? null,
    setForwardPosition: async (position) => void this.positionsWritten.push(position),
    onMoved: (listener) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };
}
