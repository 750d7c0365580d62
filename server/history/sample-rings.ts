import { BOUNDS } from "../bounds.ts";
import { type ServerSample, SERIES } from "../contract/series.ts";
import type { ServerKey } from "../contract/server-key.ts";

const WIDTH = SERIES.length;
const SLOTS = Math.ceil(BOUNDS.seriesRawMs / BOUNDS.seriesEveryMs);
/** Rings of one block: 180 KB, which the allocator takes from the system and gives back whole. */
const BLOCK_RINGS = 64;
const SLOT_VALUES = BLOCK_RINGS * WIDTH;

/**
 * The values of many rings: each alone would leave a hole in the heap of the allocator, which is never given back. Those
 * of one pass lie together, so that the system gives memory only as passes come.
 */
class Block {
  readonly values = new Float16Array(SLOTS * SLOT_VALUES);
  readonly freeStarts = Array.from({ length: BLOCK_RINGS }, (_, n) => n * WIDTH);
}

/** Of the passes before a server was there. */
const NO_VALUES = new Float16Array(WIDTH).fill(Number.NaN);

/** The last samples of one server: 2 bytes for each value, three significant digits, at most 65,504. */
interface Ring {
  readonly block: Block;
  /** Index of its first value in each slot of the block. */
  readonly start: number;
  /** The first pass in which it was there; it was in each one since. */
  readonly since: number;
  probeSeq: number;
  sessions: number | null;
  errors: number | null;
  /** The last pass in which it was there. */
  pass: number;
}

/** The samples of the last 15 minutes of every server, up to `seriesServersMax`. */
export class SampleRings {
  readonly #rings = new Map<ServerKey, Ring>();
  /** Blocks with room for further rings. */
  readonly #open = new Set<Block>();
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
    const start = ring.start + (this.#pass % SLOTS) * SLOT_VALUES;
    ring.block.values.set(
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
    for (const [key, ring] of this.#rings) {
      if (ring.pass === this.#pass) continue;
      this.#rings.delete(key);
      ring.block.freeStarts.push(ring.start);
      if (ring.block.freeStarts.length === BLOCK_RINGS) this.#open.delete(ring.block);
      else this.#open.add(ring.block);
    }
  }

  /** The values of a server's samples within a range, oldest first. */
  *read(key: ServerKey, from: number, to: number): Generator<{ at: number; values: Float16Array }, void, void> {
    const ring = this.#rings.get(key);
    if (ring === undefined) return;
    for (let pass = Math.max(1, this.#pass - SLOTS + 1); pass <= this.#pass; pass += 1) {
      const at = this.#timeOf(pass);
      const start = ring.start + (pass % SLOTS) * SLOT_VALUES;
      const values = pass < ring.since ? NO_VALUES : ring.block.values.subarray(start, start + WIDTH);
      if (at >= from && at < to) yield { at, values };
    }
  }

  /** Number of servers whose samples are kept. */
  get size(): number {
    return this.#rings.size;
  }

  #create(key: ServerKey): Ring | null {
    if (this.#rings.size >= BOUNDS.seriesServersMax) return null;
    const block = this.#open.values().next().value ?? new Block();
    const start = block.freeStarts.pop() ?? 0;
    if (block.freeStarts.length === 0) this.#open.delete(block);
    else this.#open.add(block);
    const ring = { block, start, since: this.#pass, probeSeq: -1, sessions: null, errors: null, pass: -1 };
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
