import { FakeClock } from "./fake-clock.ts";

/** A fake clock whose process can be paused right after a reading of the wall clock. */
export class PausingClock extends FakeClock {
  #pauseMs = 0;

  /** Pauses for this long after the next reading of the wall clock. */
  pauseAfterWall(ms: number): void {
    this.#pauseMs = ms;
  }

  override wall(): number {
    const wall = super.wall();
    this.spend(this.#pauseMs);
    this.#pauseMs = 0;
    return wall;
  }
}
