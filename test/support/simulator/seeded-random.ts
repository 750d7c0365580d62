/** Repeatable random numbers: the same seed and names give the same sequence, whatever else draws numbers. */
export class SeededRandom {
  readonly #name: string;
  #state: number;

  constructor(seed: number, ...names: readonly string[]) {
    this.#name = [seed, ...names].join("\n");
    // FNV-1a over seed and names: every actor has a row of its own, so one more or less changes nothing for the others.
    let hash = 0x811c9dc5;
    for (const char of this.#name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
    this.#state = hash;
  }

  /** Another row of numbers, by a name below this one's; it takes nothing from this one. */
  fork(...names: readonly string[]): SeededRandom {
    return new SeededRandom(0, this.#name, ...names);
  }

  /** 0 … 1, without 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}
