import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { ServerSample } from "../contract/series.ts";
import type { SeriesPoint, Store } from "../contract/store.ts";
import { forEachInSlices } from "../slices.ts";
import { MeanValues } from "./mean-values.ts";
import type { SampleRings } from "./sample-rings.ts";

const MINUTE_MS = 60_000;

/** Samples every server each `seriesEveryMs`, and offers the means of each full minute to the store. */
export class SeriesRecorder {
  readonly #parts: SeriesRecorderParts;
  #cancel: () => void = () => {};
  #isStopped = false;
  #minute: number;

  constructor(parts: SeriesRecorderParts) {
    this.#parts = parts;
    this.#minute = minuteOf(parts.clock.wall());
    this.#wait();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#parts.clock.after(BOUNDS.seriesEveryMs, () => {
      this.#sample().then(
        () => this.#wait(),
        (error: unknown) => {
          this.#parts.onError(error);
          this.#wait();
        },
      );
    });
  }

  async #sample(): Promise<void> {
    const { clock, rings, samples } = this.#parts;
    const now = clock.wall();
    const ended = this.#minute;
    this.#minute = minuteOf(now);
    if (this.#minute > ended) {
      await this.#offerMinute(ended);
      if (hourOf(this.#minute) > hourOf(ended)) this.#maintain(now);
    }
    rings.begin(now);
    await forEachInSlices(clock, BOUNDS.sliceMs, samples(), (sample) => rings.add(sample));
    rings.end();
  }

  /** Nothing waits for it; a failed one is made up for by the next. */
  #maintain(now: number): void {
    const { store, minutesKeptMs, hoursKeptMs, onError } = this.#parts;
    store?.maintainSeries({ now, minutesKeptMs, hoursKeptMs }).catch(onError);
  }

  async #offerMinute(minute: number): Promise<void> {
    const { clock, rings, samples, store, onDropped } = this.#parts;
    if (store === null) return;
    let portion: SeriesPoint[] = [];
    const offer = (): void => {
      if (portion.length > 0 && !store.offerSeries(portion)) onDropped(portion.length);
      portion = [];
    };
    await forEachInSlices(clock, BOUNDS.sliceMs, samples(), ({ key, site, instance, backend, server }) => {
      const mean = new MeanValues();
      const at = minute * MINUTE_MS;
      for (const { values } of rings.read(key, at, at + MINUTE_MS)) mean.add(values);
      const values = mean.finish();
      if (values.every((value) => Number.isNaN(value))) return;
      portion.push({ server: { site, instance, backend, server }, at, values });
      if (portion.length === BOUNDS.seriesPortionRows) offer();
    });
    offer();
  }
}

interface SeriesRecorderParts {
  readonly samples: () => Iterable<ServerSample>;
  readonly rings: SampleRings;
  /** Null: only what is in memory. */
  readonly store: Pick<Store, "offerSeries" | "maintainSeries"> | null;
  readonly minutesKeptMs: number;
  readonly hoursKeptMs: number;
  readonly clock: Clock;
  /** Called with the number of servers whose minute was dropped. */
  readonly onDropped: (servers: number) => void;
  readonly onError: (error: unknown) => void;
}

function hourOf(minute: number): number {
  return Math.floor(minute / 60);
}

function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}
