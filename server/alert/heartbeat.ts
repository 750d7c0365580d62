import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings } from "../contract/alert-settings.ts";
import { sendHttp } from "./send/http-sender.ts";
import { openSecret } from "./send/open-transport.ts";

export interface HeartbeatParts {
  readonly settings: () => AlertSettings["heartbeat"];
  readonly isWorking: () => boolean;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly onResult: (error: string | null) => void;
}

/** Requests a URL at an interval while haprobe works, for a service that alerts when the requests stop. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #stopping = new AbortController();
  #cancel: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#beatIn(BOUNDS.alertPollEveryMs);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancel();
    await this.#running;
  }

  #beatIn(inMs: number): void {
    const { settings, isWorking, clock } = this.#parts;
    this.#cancel = clock.after(inMs, () => {
      const heartbeat = settings();
      this.#beatIn(heartbeat?.everyMs ?? BOUNDS.alertNoticesHeldMs);
      if (heartbeat !== null && isWorking()) this.#running = this.#request(heartbeat);
    });
  }

  /** Never rejects. */
  async #request({ url: secret }: NonNullable<AlertSettings["heartbeat"]>): Promise<void> {
    const { clock, userAgent, onResult } = this.#parts;
    try {
      const url = await openSecret(secret);
      const message = { kind: "http", url, headers: {}, body: "" } as const;
      const options = { clock, timeoutMs: BOUNDS.alertTimeoutMs, userAgent, signal: this.#stopping.signal };
      const outcome = await sendHttp(message, options);
      onResult(outcome.kind === "sent" ? null : outcome.error);
    } catch (error) {
      onResult(error instanceof Error ? error.message : String(error));
    }
  }
}
