import type { ChangeFeed, FaultReporter, StateChange } from "../contract/ports.ts";

/**
 * Emits to the published state which rows to read again. It has no ids, times or queue, since it runs with each visible
 * change and carries only a key: what was missed is in the next reading.
 */
export class ChangeListeners implements ChangeFeed {
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #faults: FaultReporter;

  constructor(faults: FaultReporter) {
    this.#faults = faults;
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(change: StateChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#faults.recordFault({ part: "publication", name: "", error });
      }
    }
  }
}
