import { wallMs } from "./wall-clock.ts";

const WAIT_MS = 30_000;

/** When each name was first heard of; whoever waits for one hears it at once. */
export class FirstSeenTimes {
  readonly #at = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();

  record(name: string): void {
    if (this.#at.has(name)) return;
    const at = wallMs();
    this.#at.set(name, at);
    this.#waiting.get(name)?.(at);
  }

  /** Wall clock in milliseconds at which it was; rejects where that takes half a minute. */
  waitFor(name: string): Promise<number> {
    const already = this.#at.get(name);
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nobody heard of ${name}`)), WAIT_MS);
      this.#waiting.set(name, (at) => {
        clearTimeout(timer);
        resolve(at);
      });
    });
  }
}
