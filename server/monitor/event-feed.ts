import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { EventSink, EventSource, FaultReporter } from "../contract/ports.ts";
import { SinkDelivery } from "./sink-delivery.ts";

/** An event before it has its id and its time. */
export type EventPayload = MonitorEvent extends infer Event
  ? Event extends MonitorEvent
    ? Omit<Event, "id" | "seq" | "at">
    : never
  : never;

/** Numbers events and delivers them to every sink; no sink can throw into the caller or make it wait. */
export class EventFeed implements EventSource {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #faults: FaultReporter;
  readonly #deliveries = new Set<SinkDelivery>();
  /** Events that sinks emitted from within `apply`: delivered after the current one, so that every sink sees one order. */
  readonly #nested: MonitorEvent[] = [];
  #emitting = false;
  #seq = 0;

  /** `source` names this run of the process: `vantage:epoch`. */
  constructor(source: string, clock: Clock, faults: FaultReporter) {
    this.#source = source;
    this.#clock = clock;
    this.#faults = faults;
  }

  /** `seq` of the next event. */
  get nextSeq(): number {
    return this.#seq + 1;
  }

  subscribe(sink: EventSink): () => void {
    const delivery = new SinkDelivery(sink, this.#clock, this.#faults);
    this.#deliveries.add(delivery);
    return () => {
      this.#deliveries.delete(delivery);
      delivery.close();
    };
  }

  emit(payload: EventPayload): void {
    this.#seq += 1;
    const event: MonitorEvent = {
      id: `${this.#source}:${this.#seq}`,
      seq: this.#seq,
      at: Math.round(this.#clock.wall()),
      ...payload,
    };
    this.#nested.push(event);
    if (this.#emitting) return;
    this.#emitting = true;
    try {
      for (let next = this.#nested.shift(); next !== undefined; next = this.#nested.shift()) {
        for (const delivery of this.#deliveries) delivery.offer(next);
      }
    } finally {
      this.#emitting = false;
    }
  }

  /** Names of the sinks whose current event has waited longer than `sinkBehindAfterMs`. */
  sinksBehind(): readonly string[] {
    const behind: string[] = [];
    for (const delivery of this.#deliveries) if (delivery.isBehind()) behind.push(delivery.name);
    return behind;
  }
}
