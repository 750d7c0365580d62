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
  readonly #onFault: (owner: string, error: unknown) => void;
  readonly #tasks: Task[] = [];

  /** `onFault` is called for a task that throws, which is dropped. */
  constructor(inSlices: boolean, onFault: (owner: string, error: unknown) => void) {
    this.#inSlices = inSlices;
    this.#onFault = onFault;
  }

  /** Adds a task. `owner` is the instance or target that it is about; empty for all. */
  add(owner: string, steps: Iterator<void, void, void>): void {
    const task = { owner, steps };
    let isLeft = this.#runStep(task);
    while (isLeft && !this.#inSlices) isLeft = this.#runStep(task);
    if (isLeft) this.#tasks.push(task);
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
    for (let step = 0; step < BOUNDS.workSteps; step += 1) if (!this.#runStep(task)) return;
    this.#tasks.push(task);
  }

  /** True where further steps are left. */
  #runStep({ owner, steps }: Task): boolean {
    try {
      return steps.next().done !== true;
    } catch (error) {
      this.#onFault(owner, error);
      return false;
    }
  }
}
