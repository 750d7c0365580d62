import type { Clock } from "../clock.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { StateChange, ChangeFeed, EventSink } from "../contract/ports.ts";

/** An event before it has its id and its time. */
export type EventPayload = MonitorEvent extends infer Event
  ? Event extends MonitorEvent
    ? Omit<Event, "id" | "at">
    : never
  : never;

/** Tells what happened: events with ids to the sinks, changes to whoever shows the state. */
export class MonitorEvents implements ChangeFeed {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #sinks: readonly EventSink[];
  readonly #listeners = new Set<(emitChange: StateChange) => void>();
  #seq = 0;

  /** `name` is that of this run of the process: `vantage:epoch`. */
  constructor(name: string, clock: Clock, sinks: readonly EventSink[]) {
    this.#source = name;
    this.#clock = clock;
    this.#sinks = sinks;
  }

  /** Gives the event its id, by which a sink knows it again, and hands it to every sink. */
  emit(news: EventPayload): void {
    this.#seq += 1;
    const event: MonitorEvent = { id: `${this.#source}:${this.#seq}`, at: this.#clock.wall(), ...news };
    for (const sink of this.#sinks) sink.apply(event);
  }

  change(change: StateChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
