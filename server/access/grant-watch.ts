import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { Grant } from "./access-guard.ts";

/** Ends what lasts longer than a request as soon as its grant is no longer held; looks every `grantCheckEveryMs`. */
export class GrantWatch {
  readonly #clock: Clock;
  readonly #watched = new Map<object, { readonly grant: Grant; readonly onEnd: () => void }>();
  #cancel: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `onEnd` once, when the grant ends; the returned function ends the watch. */
  watch(grant: Grant, onEnd: () => void): () => void {
    const key = {};
    this.#watched.set(key, { grant, onEnd });
    this.#cancel ??= this.#clock.after(BOUNDS.grantCheckEveryMs, () => this.#check());
    return () => this.#watched.delete(key);
  }

  stop(): void {
    this.#cancel?.();
    this.#watched.clear();
  }

  #check(): void {
    this.#cancel = null;
    for (const [key, { grant, onEnd }] of [...this.#watched]) {
      if (grant.isHeld()) continue;
      this.#watched.delete(key);
      onEnd();
    }
    if (this.#watched.size > 0) this.#cancel = this.#clock.after(BOUNDS.grantCheckEveryMs, () => this.#check());
  }
}
