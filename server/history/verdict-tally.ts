import type { TimeRange } from "../contract/history.ts";
import type { StripEntry, VerdictTimes } from "../contract/store.ts";

/** Sums how long a server had each verdict in one vantage, from its judgements in the order of time. */
export class VerdictTally {
  readonly #range: TimeRange;
  readonly #spans: readonly TimeRange[];
  readonly #verdictMs: Record<string, number> = {};
  #notRecordedMs = 0;
  #falselyUpMs = 0;
  #current: TallyEntry | null = null;
  /** The false-up that lasts: how long so far, and whether it was confirmed. */
  #run = { ms: 0, isConfirmed: false };

  /** `spans` are the times in which the vantage recorded, oldest first and without overlaps. */
  constructor(range: TimeRange, spans: readonly TimeRange[]) {
    this.#range = range;
    this.#spans = spans;
  }

  /** Takes the next judgement; null where the server was removed. */
  add(at: number, judgement: TallyEntry["judgement"] | null): void {
    this.#close(at);
    this.#current = judgement === null ? null : { at, judgement };
    if (judgement === null || !isUnexpectedFalseUp(judgement)) this.#endRun();
    else if (judgement.phase === "confirmed") this.#run.isConfirmed = true;
  }

  /** The sums up to the end of the range. */
  finish(): VerdictTimes {
    this.#close(this.#range.to);
    this.#endRun();
    return { verdictMs: this.#verdictMs, notRecordedMs: this.#notRecordedMs, falselyUpMs: this.#falselyUpMs };
  }

  #close(at: number): void {
    if (this.#current === null) return;
    const { judgement } = this.#current;
    const start = Math.max(this.#current.at, this.#range.from);
    const end = Math.min(at, this.#range.to);
    if (end <= start) return;
    const recorded = recordedMs(this.#spans, { from: start, to: end });
    this.#notRecordedMs += end - start - recorded;
    this.#verdictMs[judgement.verdict] = (this.#verdictMs[judgement.verdict] ?? 0) + recorded;
    if (isUnexpectedFalseUp(judgement)) this.#run.ms += recorded;
  }

  #endRun(): void {
    if (this.#run.isConfirmed) this.#falselyUpMs += this.#run.ms;
    this.#run = { ms: 0, isConfirmed: false };
  }
}

interface TallyEntry {
  readonly at: number;
  readonly judgement: Pick<StripEntry, "verdict" | "phase" | "expected">;
}

function isUnexpectedFalseUp({ verdict, expected }: TallyEntry["judgement"]): boolean {
  return verdict === "false-up" && !expected;
}

/** Milliseconds of a range that lie in one of the spans, which are in the order of time. */
export function recordedMs(spans: readonly TimeRange[], { from, to }: TimeRange): number {
  let sum = 0;
  for (let place = firstEndingAfter(spans, from); place < spans.length; place += 1) {
    const span = spans[place];
    if (span === undefined || span.from >= to) break;
    sum += Math.min(span.to, to) - Math.max(span.from, from);
  }
  return sum;
}

function firstEndingAfter(spans: readonly TimeRange[], at: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.to ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
