import { WebSocket } from "ws";
import type { StreamMessage } from "../server/contract/status.ts";
import { FirstSeenTimes } from "./first-seen-times.ts";

/** Subscribes to haprobe's stream of mismatches and records when each was reported. */
export class ConfirmationRecorder implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #confirmedAt = new FirstSeenTimes();
  readonly #open: Promise<void>;

  constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/stream?problems=1`, "haprobe.v1");
    this.#open = new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as StreamMessage;
        if (message.type === "snapshot") resolve();
        for (const { verdict, phase, backend, server } of message.servers) {
          if (verdict === "false-up" && phase === "confirmed") this.#confirmedAt.record(`${backend}/${server}`);
        }
      });
    });
  }

  /** Resolves with the first message. */
  ready(): Promise<void> {
    return this.#open;
  }

  /** Wall clock at which a confirmed false-up of `backend/server` was reported. */
  confirmedAt(name: string): Promise<number> {
    return this.#confirmedAt.waitFor(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.terminate();
    await closed;
  }
}
