import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { EventSink } from "../contract/ports.ts";

/** Where failures of sinks are reported; neither may throw. */
export interface SinkReports {
  onSinkError(sink: string, error: unknown): void;
  onSinkDrop(sink: string): void;
}

interface WaitingEvent {
  readonly event: MonitorEvent;
  readonly emittedAt: number;
}

/** Delivers events to one sink: at once while it is idle, from a bounded queue while its promise is pending. */
export class SinkDelivery {
  readonly #sink: EventSink;
  readonly #clock: Clock;
  readonly #reports: SinkReports;
  /** The oldest waiting event is at `#first`; places before it are free. */
  #waiting: WaitingEvent[] = [];
  #first = 0;
  /** When the event was emitted whose promise is pending; null while idle. */
  #pendingSince: number | null = null;
  #closed = false;

  constructor(sink: EventSink, clock: Clock, reports: SinkReports) {
    this.#sink = sink;
    this.#clock = clock;
    this.#reports = reports;
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
    this.#reports.onSinkDrop(this.name);
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
          this.#reports.onSinkError(this.name, error);
          this.#next();
        },
      );
      this.#pendingSince = emittedAt;
    } catch (error) {
      this.#reports.onSinkError(this.name, error);
    }
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
