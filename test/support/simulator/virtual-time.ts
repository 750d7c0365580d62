/** At one moment a machine's timers come before what waits in its sockets, as in Node's loop. */
const RANK = { world: 0, timer: 1, arrival: 2 } as const;
export type Rank = keyof typeof RANK;

interface ScheduledCall {
  readonly at: number;
  readonly rank: Rank;
  readonly seq: number;
  run: (() => void) | null;
}

/** Time that passes only from one due call to the next. Two calls of one moment run in the order in which they were asked for. */
export class VirtualTime {
  #now = 0;
  #seq = 0;
  readonly #heap: ScheduledCall[] = [];

  now(): number {
    return this.#now;
  }

  /** Runs `run` at `at` (milliseconds), never in the past; the returned function takes it back. */
  at(at: number, run: () => void, rank: Rank = "world"): () => void {
    this.#seq += 1;
    const due: ScheduledCall = { at: Math.max(at, this.#now), rank, seq: this.#seq, run };
    this.#push(due);
    return () => {
      due.run = null;
    };
  }

  /** Lets time pass until `until`; the promises of the program under test settle after each call that was its own. */
  async runUntil(until: number): Promise<void> {
    for (let due = this.#heap[0]; due !== undefined && due.at <= until; due = this.#heap[0]) {
      this.#pop();
      if (due.run === null) continue;
      this.#now = due.at;
      due.run();
      if (due.rank !== "world") await settlePromises();
    }
    this.#now = until;
  }

  #push(due: ScheduledCall): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(due);
    for (let parent = (i - 1) >> 1; i > 0 && isBefore(due, heap[parent]); parent = (i - 1) >> 1) {
      heap[i] = heap[parent] as ScheduledCall;
      i = parent;
    }
    heap[i] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as ScheduledCall, heap[child])) child += 1;
      if (child >= heap.length || !isBefore(heap[child] as ScheduledCall, last)) break;
      heap[i] = heap[child] as ScheduledCall;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: ScheduledCall, b: ScheduledCall | undefined): boolean {
  if (b === undefined) return false;
  if (a.at !== b.at) return a.at < b.at;
  return a.rank === b.rank ? a.seq < b.seq : RANK[a.rank] < RANK[b.rank];
}

/** Every promise that can settle without further time has settled. Nothing here waits for a file or a socket. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
