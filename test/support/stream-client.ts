import { WebSocket } from "ws";
import { applyDelta, type FleetReplica, fromSnapshot } from "../../server/contract/apply-delta.ts";
import type { ServerKey } from "../../server/contract/server-key.ts";
import type { ServerStatus, StreamMessage } from "../../server/contract/status.ts";

/** States that are remembered, to compare with an answer that was made a little earlier. */
const KEPT_STATES = 200;

/** A script's view of the plain stream: applies the snapshot and every delta, and remembers each state by its `seq`. */
export class StreamClient implements AsyncDisposable {
  /** Each `key verdict phase` that the stream has carried, in order. */
  readonly verdictLog: string[] = [];
  readonly #states = new Map<number, ReadonlyMap<ServerKey, ServerStatus>>();
  readonly #socket: WebSocket;
  #replica: FleetReplica | null = null;
  #waiters: (() => void)[] = [];
  #failure: Error | null = null;

  constructor(url: string, path = "/api/v1/stream") {
    this.#socket = new WebSocket(url.replace(/^http/, "ws") + path, "haprobe.v1");
    this.#socket.on("message", (data: Buffer) => this.#apply(JSON.parse(data.toString("utf8")) as StreamMessage));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", (code) => this.#end(new Error(`the stream was closed (${code})`)));
  }

  /** The servers by key; empty before the first snapshot. */
  get servers(): ReadonlyMap<ServerKey, ServerStatus> {
    return this.#replica?.servers ?? new Map();
  }

  get instances(): FleetReplica["instances"] {
    return this.#replica?.instances ?? new Map();
  }

  /** Resolves once `holds` does; looks again after each message. Rejects when the stream ends before. */
  async waitUntil(holds: (client: this) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The state as of `seq`; waits for it where it did not arrive yet. */
  async stateAt(seq: number): Promise<readonly ServerStatus[]> {
    await this.waitUntil(() => this.#states.has(seq));
    return [...(this.#states.get(seq)?.values() ?? [])];
  }

  verdictOf(key: ServerKey): string | undefined {
    return this.servers.get(key)?.verdict;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.removeAllListeners("close");
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.terminate();
    await closed;
  }

  #apply(message: StreamMessage): void {
    if (message.type === "snapshot") {
      this.#replica = fromSnapshot(message);
    } else {
      const applied = this.#replica === null ? null : applyDelta(this.#replica, message);
      if (applied?.kind !== "applied") return this.#end(new Error(`seq ${message.seq} does not follow`));
      this.#replica = applied.replica;
    }
    for (const { key, verdict, phase } of message.servers) {
      this.verdictLog.push([key, verdict, phase].filter((word) => word !== null).join(" "));
    }
    this.#states.set(message.seq, this.servers);
    this.#states.delete(message.seq - KEPT_STATES);
    this.#wakeAll();
  }

  #end(error: Error): void {
    this.#failure ??= error;
    this.#wakeAll();
  }

  #wakeAll(): void {
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const wake of waiting) wake();
  }
}
