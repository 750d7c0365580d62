import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { EventSink, FaultReporter } from "../contract/ports.ts";

interface WaitingEvent {
  readonly event: MonitorEvent;
  readonly emittedAt: number;
}

/** Delivers events to one sink: at once while it is idle, from a bounded queue while its promise is pending. */
export class SinkDelivery {
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #faults: FaultReporter;
  /** The oldest waiting event is at `#first`; places before it are free. */
  #waiting: WaitingEvent[] = [];
  #first = 0;
  /** When the event was emitted whose promise is pending; null while idle. */
  #pendingSince: number | null = null;
  #closed = false;

  constructor(sink: EventSink, clock: Clock, faults: FaultReporter) {
    this.#sink = sink;
    this.#clock = clock;
    this.#faults = faults;
  }

  get name(): string {
    return this.#sink.name;
  }

  offer(event: MonitorEvent): void {
    const emittedAt = this.#clock.now();
    if (this.#pendingSince === null) return this.#apply({ event, emittedAt });
    this.#waiting.push({ event, emittedAt });
    if (this.#waiting.length - this.#first <= BOUNDS.sinkQueueEvents) return;
    this.#takeOldest();
    this.#faults.recordSinkDrop(this.name);
  }

  isBehind(): boolean {
    return this.#pendingSince !== null && this.#clock.now() - this.#pendingSince >= BOUNDS.sinkBehindAfterMs;
  }

  /** Delivers nothing more; an event that is being applied is not taken back. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #apply({ event, emittedAt }: WaitingEvent): void {
    try {
      const applied = this.#sink.apply(event);
      if (applied === undefined) return;
      applied.then(
        () => this.#next(),
        (error: unknown) => {
          this.#recordError(error);
          this.#next();
        },
      );
      this.#pendingSince = emittedAt;
    } catch (error) {
      this.#recordError(error);
    }
  }

  #recordError(error: unknown): void {
    this.#faults.recordFault({ part: "sink", name: this.name, error });
  }

  #next(): void {
    this.#pendingSince = null;
    while (this.#pendingSince === null && !this.#closed) {
      const next = this.#takeOldest();
      if (next === undefined) return;
      this.#apply(next);
    }
  }

  #takeOldest(): WaitingEvent | undefined {
    const oldest = this.#waiting[this.#first];
    this.#first += 1;
    if (this.#first * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    return oldest;
  }
}
