import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";

/**
 * `active`: messages are sent. `passive`: another haprobe has the address, and sends them. `taking-over`: the address has
 * come here, and what the other one may still send is waited for.
 */
export type Activity = "active" | "passive" | "taking-over";

export interface ActivityWatchParts {
  /** The address that makes this haprobe the active one; null: it always is. */
  readonly address: () => string | null;
  /** Whether this machine has an address now. */
  readonly hasAddress: (address: string) => boolean;
  readonly clock: Clock;
  readonly onChange: (activity: Activity) => void;
  /** Called once the take-over is complete. */
  readonly onTakenOver: () => void;
}

/** Watches whether this machine has the address of `alerts.active-when`, once a second. */
export class ActivityWatch {
  readonly #parts: ActivityWatchParts;
  #activity: Activity = "active";
  #cancel: () => void = () => {};
  #cancelTakeOver: () => void = () => {};

  constructor(parts: ActivityWatchParts) {
    this.#parts = parts;
    // A process that begins with the address goes on with what it has sent, and takes nothing over.
    this.#activity = this.#hasAddress() ? "active" : "passive";
  }

  get activity(): Activity {
    return this.#activity;
  }

  start(): void {
    if (this.#activity === "passive") this.#parts.onChange("passive");
    this.#watch();
  }

  stop(): void {
    this.#cancel();
    this.#cancelTakeOver();
  }

  #watch(): void {
    this.#cancel = this.#parts.clock.after(BOUNDS.activityEveryMs, () => {
      this.#look();
      this.#watch();
    });
  }

  #look(): void {
    const hasAddress = this.#hasAddress();
    if (!hasAddress && this.#activity !== "passive") {
      this.#cancelTakeOver();
      this.#change("passive");
    } else if (hasAddress && this.#activity === "passive") {
      this.#change("taking-over");
      this.#cancelTakeOver = this.#parts.clock.after(BOUNDS.takeOverAfterMs, () => {
        this.#change("active");
        this.#parts.onTakenOver();
      });
    }
  }

  #hasAddress(): boolean {
    const address = this.#parts.address();
    return address === null || this.#parts.hasAddress(address);
  }

  #change(activity: Activity): void {
    this.#activity = activity;
    this.#parts.onChange(activity);
  }
}
