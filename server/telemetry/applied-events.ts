const STREAMS_MAX = 64;

/** Deduplicates events by id, `vantage:epoch:seq`: `seq` grows within each pair of vantage and epoch. */
export class AppliedEvents {
  readonly #last = new Map<string, number>();

  /** Returns true if the event was not applied before. */
  markApplied(id: string): boolean {
    const split = id.lastIndexOf(":");
    const stream = id.slice(0, split);
    const seq = Number(id.slice(split + 1));
    const last = this.#last.get(stream);
    if (last !== undefined && seq <= last) return false;
    this.#last.set(stream, seq);
    if (this.#last.size > STREAMS_MAX) this.#last.delete(this.#last.keys().next().value ?? stream);
    return true;
  }
}
