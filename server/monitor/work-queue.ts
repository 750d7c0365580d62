import { BOUNDS } from "../bounds.ts";

interface Task {
  readonly owner: string;
  readonly steps: Iterator<void, void, void>;
}

/**
 * Long tasks of the monitor. The first step of each is run when it is added, further ones where `work` says so: the same
 * calls in the same order have the same effects. Unless `inSlices`, a task is run to its end when it is added.
 */
export class WorkQueue {
  readonly #inSlices: boolean;
  readonly #tasks: Task[] = [];

  constructor(inSlices: boolean) {
    this.#inSlices = inSlices;
  }

  /** Adds a task, which throws nothing. `owner` is the instance or target that it is about; empty for all. */
  add(owner: string, steps: Iterator<void, void, void>): void {
    let isLeft = steps.next().done !== true;
    while (isLeft && !this.#inSlices) isLeft = steps.next().done !== true;
    if (isLeft) this.#tasks.push({ owner, steps });
  }

  /** Owner of the task whose turn it is; null where none is left. */
  get next(): string | null {
    return this.#tasks[0]?.owner ?? null;
  }

  /** Runs some steps of the owner's first task, which then waits for its next turn. */
  work(owner: string): void {
    const place = this.#tasks.findIndex((task) => task.owner === owner);
    const [task] = place < 0 ? [] : this.#tasks.splice(place, 1);
    if (task === undefined) return;
    for (let step = 0; step < BOUNDS.workSteps; step += 1) if (task.steps.next().done === true) return;
    this.#tasks.push(task);
  }
}
