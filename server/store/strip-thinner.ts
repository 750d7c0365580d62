/** A change as it is thinned; the higher severity is kept. */
export interface StripChange {
  readonly at: number;
  readonly severity: number;
}

/**
 * Takes the changes of a strip, oldest first, and keeps at most `atMost`: all of them, or one for each of equal parts of
 * the time, the worst that held within it. The first change may be the one that held before `from`.
 */
export class StripThinner<Change extends StripChange> {
  readonly #from: number;
  readonly #partMs: number;
  readonly #atMost: number;
  readonly #all: Change[] = [];
  readonly #thinned: Change[] = [];
  #count = 0;
  /** What holds after the last change. */
  #last: Change | undefined;
  #part = 0;
  /** The worst in the current part. */
  #worst: Change | undefined;

  constructor(from: number, to: number, atMost: number) {
    this.#from = from;
    this.#atMost = Math.max(2, atMost);
    // One place is for what held at `from`.
    this.#partMs = Math.max(1, to - from) / (this.#atMost - 1);
  }

  add(change: Change): void {
    this.#count += 1;
    if (this.#all.length < this.#atMost) this.#all.push(change);
    const part = Math.max(0, Math.floor((change.at - this.#from) / this.#partMs));
    if (part > this.#part) {
      this.#endPart();
      // A part without a change shows what held at its begin, unless it is shown already.
      if (part > this.#part + 1) this.#show(this.#last, this.#part + 1);
      this.#worst = this.#last;
      this.#part = part;
    }
    if (this.#worst === undefined || change.severity > this.#worst.severity) this.#worst = change;
    this.#last = change;
  }

  /** The kept changes, oldest first; may be called once, after the last change. */
  finish(): readonly Change[] {
    if (this.#count <= this.#atMost) return this.#all;
    this.#endPart();
    this.#show(this.#last, this.#part + 1);
    return this.#thinned.slice(0, this.#atMost);
  }

  #endPart(): void {
    this.#show(this.#worst, this.#part);
  }

  /** Shows a change from its own time on, or from the begin of the part where it is older. */
  #show(change: Change | undefined, part: number): void {
    const shown = this.#thinned.at(-1);
    if (change === undefined || (shown !== undefined && isSameBesideTime(shown, change))) return;
    const begin = this.#from + part * this.#partMs;
    const at = shown === undefined ? change.at : Math.max(change.at, Math.ceil(begin));
    this.#thinned.push(at === change.at ? change : { ...change, at });
  }
}

function isSameBesideTime<Change extends StripChange>(a: Change, b: Change): boolean {
  return Object.keys(a).every((field) => field === "at" || a[field as keyof Change] === b[field as keyof Change]);
}
