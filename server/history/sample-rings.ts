import { BOUNDS } from "../bounds.ts";
import { type ServerSample, SERIES } from "../contract/series.ts";
import type { ServerKey } from "../contract/server-key.ts";

const WIDTH = SERIES.length;
const SLOTS = Math.ceil(BOUNDS.seriesRawMs / BOUNDS.seriesEveryMs);

/** The last samples of one server: 2 bytes for each value, three significant digits, at most 65,504. */
interface Ring {
  readonly values: Float16Array;
  probeSeq: number;
  sessions: number | null;
  errors: number | null;
  /** The last pass in which it was there. */
  pass: number;
}

/** The samples of the last 15 minutes of every server, up to `seriesServersMax`. */
export class SampleRings {
  readonly #rings = new Map<ServerKey, Ring>();
  /** Time of each slot, milliseconds since 1970. */
  readonly #times = new Float64Array(SLOTS).fill(Number.NaN);
  #pass = 0;

  /** Begins a pass over all servers at `at`. */
  begin(at: number): void {
    this.#pass += 1;
    this.#times[this.#pass % SLOTS] = at;
  }

  /** Takes a server's sample of this pass. */
  add(sample: ServerSample): void {
    const ring = this.#rings.get(sample.key) ?? this.#create(sample.key);
    if (ring === null) return;
    const seconds = (this.#timeOf(this.#pass) - this.#timeOf(this.#pass - 1)) / 1_000;
    const isNext = ring.pass === this.#pass - 1;
    const { probe } = sample;
    const isNewProbe = probe !== null && probe.seq !== ring.probeSeq;
    const start = (this.#pass % SLOTS) * WIDTH;
    ring.values.set(
      [
        isNewProbe ? probe.durationMs : Number.NaN,
        isNewProbe ? probe.durationMs : Number.NaN,
        isNewProbe ? (probe.connectMs ?? Number.NaN) : Number.NaN,
        isNewProbe ? (probe.tlsMs ?? Number.NaN) : Number.NaN,
        isNewProbe ? (probe.answerMs ?? Number.NaN) : Number.NaN,
        sample.checkMs ?? Number.NaN,
        isNext ? ratePerSecond(ring.sessions, sample.sessionsTotal, seconds) : Number.NaN,
        isNext ? ratePerSecond(ring.errors, sample.responses5xx, seconds) : Number.NaN,
      ],
      start,
    );
    if (probe !== null) ring.probeSeq = probe.seq;
    ring.sessions = sample.sessionsTotal;
    ring.errors = sample.responses5xx;
    ring.pass = this.#pass;
  }

  /** Ends a pass: drops the servers that were not in it. */
  end(): void {
    for (const [key, { pass }] of this.#rings) if (pass !== this.#pass) this.#rings.delete(key);
  }

  /** The values of a server's samples within a range, oldest first. */
  *read(key: ServerKey, from: number, to: number): Generator<{ at: number; values: Float16Array }, void, void> {
    const ring = this.#rings.get(key);
    if (ring === undefined) return;
    for (let pass = Math.max(1, this.#pass - SLOTS + 1); pass <= this.#pass; pass += 1) {
      const at = this.#timeOf(pass);
      const start = (pass % SLOTS) * WIDTH;
      if (at >= from && at < to) yield { at, values: ring.values.subarray(start, start + WIDTH) };
    }
  }

  /** Number of servers whose samples are kept. */
  get size(): number {
    return this.#rings.size;
  }

  #create(key: ServerKey): Ring | null {
    if (this.#rings.size >= BOUNDS.seriesServersMax) return null;
    const values = new Float16Array(SLOTS * WIDTH).fill(Number.NaN);
    const ring = { values, probeSeq: -1, sessions: null, errors: null, pass: -1 };
    this.#rings.set(key, ring);
    return ring;
  }

  #timeOf(pass: number): number {
    return this.#times[pass % SLOTS] ?? Number.NaN;
  }
}

/** NaN where a counter is unknown or went back. */
function ratePerSecond(before: number | null, now: number | null, seconds: number): number {
  if (before === null || now === null || now < before) return Number.NaN;
  return (now - before) / seconds;
}
