import { WebSocket } from "ws";
import type { ServerStatus, StreamMessage } from "../server/contract/status.ts";
import { wallMs } from "./wall.ts";

const WAIT_MS = 30_000;

/** Listens to a haprobe's stream of mismatches and notes when it was told of each. */
export class Confirmations implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #told = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();
  readonly #open: Promise<void>;

  constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/stream?problems=1`, "haprobe.v1");
    this.#open = new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as StreamMessage;
        if (message.type === "snapshot") resolve();
        for (const row of message.servers) this.#note(row);
      });
    });
  }

  /** Resolves once the first message was there. */
  opened(): Promise<void> {
    return this.#open;
  }

  /** Wall clock at which a confirmed false-up of `backend/server` was told; rejects where that takes half a minute. */
  told(name: string): Promise<number> {
    const already = this.#told.get(name);
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nobody was told of ${name}`)), WAIT_MS);
      this.#waiting.set(name, (at) => {
        clearTimeout(timer);
        resolve(at);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.terminate();
    await closed;
  }

  #note({ verdict, phase, backend, server }: ServerStatus): void {
    if (verdict !== "false-up" || phase !== "confirmed") return;
    const name = `${backend}/${server}`;
    if (this.#told.has(name)) return;
    const at = wallMs();
    this.#told.set(name, at);
    this.#waiting.get(name)?.(at);
  }
}
