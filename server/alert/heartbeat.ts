import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings } from "../contract/alert-settings.ts";
import type { HeartbeatStatus } from "../contract/alert-status.ts";
import { sendHttp } from "./send/http-sender.ts";
import { openSecret } from "./send/open-transport.ts";
import { createUrlRedactor } from "./send/redact-secrets.ts";

export interface HeartbeatParts {
  readonly settings: () => AlertSettings["heartbeat"];
  /** Ready, and able to store. */
  readonly isWorking: () => boolean;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Called with the first error, and with null once the URL answers again. */
  readonly onChange: (error: string | null) => void;
}

/** Requests a URL at an interval while haprobe works, for a service that alerts when the requests stop. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #stopping = new AbortController();
  #cancel: () => void = () => {};
  /** The request in flight; the next one waits for its end, which has a deadline. */
  #running: Promise<void> | null = null;
  #status: HeartbeatStatus = { sent: 0, failed: 0, lastSentAt: null, error: null };

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#beatIn(BOUNDS.alertPollEveryMs);
  }

  /** Null where none is configured. */
  status(): HeartbeatStatus | null {
    return this.#parts.settings() === null ? null : this.#status;
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
      const isDue = heartbeat !== null && this.#running === null && isWorking();
      // One that is left out is looked at again soon, so that the service hears of the recovery.
      this.#beatIn(isDue ? heartbeat.everyMs : BOUNDS.alertPollEveryMs);
      if (!isDue) return;
      this.#running = this.#request(heartbeat).finally(() => {
        this.#running = null;
      });
    });
  }

  /** Never rejects. */
  async #request({ url: secret }: NonNullable<AlertSettings["heartbeat"]>): Promise<void> {
    const { clock, userAgent } = this.#parts;
    try {
      const url = await openSecret(secret);
      const redact = createUrlRedactor(url);
      const message = { kind: "http", url, headers: {}, body: "" } as const;
      const { signal } = this.#stopping;
      const options = { clock, timeoutMs: BOUNDS.alertTimeoutMs, userAgent, signal, redact };
      const outcome = await sendHttp(message, options);
      this.#record(outcome.kind === "sent" ? null : redact(outcome.error));
    } catch (error) {
      this.#record(error instanceof Error ? error.message : String(error));
    }
  }

  #record(error: string | null): void {
    const { clock, onChange } = this.#parts;
    const before = this.#status;
    this.#status =
      error === null
        ? { ...before, sent: before.sent + 1, lastSentAt: clock.wall(), error: null }
        : { ...before, failed: before.failed + 1, error };
    // What a response says may differ each time, so that only the beginning and the end are reported.
    if ((before.error === null) !== (error === null) && !this.#stopping.signal.aborted) onChange(error);
  }
}
