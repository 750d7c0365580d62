import type { Clock } from "./clock.ts";

/** The time that a task took so far, without that of other tasks between its slices; milliseconds. */
export interface TaskCost {
  ms: number;
}

/**
 * Runs a generator to its end and resolves with its result. All tasks of one clock share a budget of `sliceMs` in each
 * turn of the event loop: a task runs within the call as far as the budget allows, its first step in any case, and then
 * takes turns with the others. `cost` is kept up to date.
 */
export function runInSlices<T>(
  clock: Clock,
  sliceMs: number,
  steps: Iterator<void, T, void>,
  cost: TaskCost = { ms: 0 },
): Promise<T> {
  const budget = budgetOf(clock);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  budget.run(sliceMs, {
    cost,
    advance() {
      try {
        const step = steps.next();
        if (step.done !== true) return true;
        resolve(step.value);
      } catch (error) {
        reject(error);
      }
      return false;
    },
  });
  return promise;
}

/** Calls `take` for each item, in slices as `runInSlices` does. */
export function forEachInSlices<T>(
  clock: Clock,
  sliceMs: number,
  items: Iterable<T>,
  take: (item: T) => void,
): Promise<void> {
  function* takeEach(): Generator<void, void, void> {
    for (const item of items) {
      take(item);
      yield;
    }
  }
  return runInSlices(clock, sliceMs, takeEach());
}

/** Calls `run` at once while the budget of this turn lasts, otherwise in a later turn; it must not throw. */
export function takeTurn(clock: Clock, sliceMs: number, run: () => void): void {
  function* steps(): Generator<void, void, void> {
    // The first step runs in any case.
    yield;
    run();
  }
  void runInSlices(clock, sliceMs, steps());
}

/**
 * To be called with each accepted connection. Node accepts one in each turn of the event loop: where one came in the turn
 * before as well, this turn is left to those that wait in the listener's queue, up to `maxMs` in a row.
 */
export function leaveTurn(clock: Clock, sliceMs: number, maxMs: number): void {
  budgetOf(clock).leave(sliceMs, maxMs);
}

interface Task {
  readonly cost: TaskCost;
  /** Runs one step; false after the last one. */
  advance(): boolean;
}

const budgets = new WeakMap<Clock, TurnBudget>();

function budgetOf(clock: Clock): TurnBudget {
  let budget = budgets.get(clock);
  if (budget === undefined) budgets.set(clock, (budget = new TurnBudget(clock)));
  return budget;
}

/** The time that all tasks of a clock may take in one turn of the event loop, and the tasks that wait for the next one. */
class TurnBudget {
  readonly #clock: Clock;
  readonly #waiting: Task[] = [];
  #leftMs = 0;
  /** A turn is counted: the budget is given anew in the next one. */
  #isOpen = false;
  #sliceMs = 0;
  /** A connection came in this turn, and in the one before. */
  #hasArrival = false;
  #isCrowded = false;
  /** The tasks wait for the next turn, and since when they do so. */
  #isLeft = false;
  #leftSince: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  run(sliceMs: number, task: Task): void {
    this.#sliceMs = sliceMs;
    if (!this.#isOpen) this.#open();
    if (this.#advance(task, true)) this.#waiting.push(task);
  }

  leave(sliceMs: number, maxMs: number): void {
    this.#sliceMs = sliceMs;
    if (!this.#isOpen) this.#open();
    this.#hasArrival = true;
    if (!this.#isCrowded) return;
    const now = this.#clock.now();
    this.#leftSince ??= now;
    this.#isLeft = now - this.#leftSince < maxMs;
    if (this.#isLeft) this.#leftMs = 0;
  }

  #open(): void {
    this.#isOpen = true;
    this.#leftMs = this.#isLeft ? 0 : this.#sliceMs;
    setImmediate(() => this.#onTurn());
  }

  #onTurn(): void {
    this.#isOpen = false;
    if (!this.#isLeft) this.#leftSince = null;
    this.#isCrowded = this.#hasArrival;
    this.#hasArrival = false;
    if (this.#waiting.length === 0 && !this.#isCrowded) return;
    this.#open();
    this.#isLeft = false;
    while (this.#leftMs > 0) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      if (this.#advance(task, this.#waiting.length === 0)) this.#waiting.push(task);
    }
  }

  /** Runs one step of the task, or further ones while the budget lasts; true where more are left. */
  #advance(task: Task, isAlone: boolean): boolean {
    for (let before = this.#clock.now(); ; ) {
      const isLeft = task.advance();
      const now = this.#clock.now();
      task.cost.ms += now - before;
      this.#leftMs -= now - before;
      before = now;
      if (!isLeft || !isAlone || this.#leftMs <= 0) return isLeft;
    }
  }
}
