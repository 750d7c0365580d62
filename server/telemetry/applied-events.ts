const STREAMS_MAX = 64;

/** Remembers which events were applied; ids are `vantage:epoch:seq`, and each pair counts its own `seq` upwards. */
export class AppliedEvents {
  readonly #last = new Map<string, number>();

  /** True the first time that an event is seen. */
  markApplied(id: string): boolean {
    const cut = id.lastIndexOf(":");
    const stream = id.slice(0, cut);
    const seq = Number(id.slice(cut + 1));
    const last = this.#last.get(stream);
    if (last !== undefined && seq <= last) return false;
    this.#last.set(stream, seq);
    if (this.#last.size > STREAMS_MAX) this.#last.delete(this.#last.keys().next().value ?? stream);
    return true;
  }
}
