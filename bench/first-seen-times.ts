import { wallMs } from "./wall-clock.ts";

const WAIT_MS = 30_000;

/** When each name was first seen. */
export class FirstSeenTimes {
  readonly #at = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();

  record(name: string): void {
    if (this.#at.has(name)) return;
    const at = wallMs();
    this.#at.set(name, at);
    this.#waiting.get(name)?.(at);
  }

  /** Resolves with the wall clock in milliseconds of the first sighting; rejects after half a minute without one. */
  waitFor(name: string): Promise<number> {
    const known = this.#at.get(name);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} was not seen`)), WAIT_MS);
      this.#waiting.set(name, (at) => {
        clearTimeout(timer);
        resolve(at);
      });
    });
  }
}
