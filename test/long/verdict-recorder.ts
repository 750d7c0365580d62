import { WebSocket } from "ws";
import type { ServerStatus, StreamMessage } from "../../server/contract/status.ts";

/** What haprobe said of one server, and when its word reached us (performance.now). */
export interface RecordedVerdict {
  readonly at: number;
  readonly key: string;
  /** `false-up confirmed probe-refused`, `agree-up`. */
  readonly verdict: string;
}

/** Every change of a verdict, as a script receives it over the plain WebSocket stream. */
export class VerdictRecorder implements Disposable {
  readonly records: RecordedVerdict[] = [];
  readonly #now = new Map<string, string>();
  readonly #socket: WebSocket;
  #failure: Error | null = null;
  readonly #waiting = new Set<() => void>();

  constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/stream`, "haprobe.v1");
    this.#socket.on("message", (data: Buffer) => this.#apply(JSON.parse(data.toString("utf8")) as StreamMessage));
    this.#socket.on("error", (error) => this.#end(error));
    this.#socket.on("close", (code) => this.#end(new Error(`the stream was closed (${code})`)));
  }

  verdictOf(key: string): string {
    return this.#now.get(key) ?? "nothing";
  }

  /** The current verdict of every server. */
  get verdicts(): ReadonlyMap<string, string> {
    return this.#now;
  }

  /** Resolves once `holds` does; rejects with what was heard last if it does not within `deadlineMs`, or when the stream ends. */
  async waitUntil(what: string, holds: () => boolean, deadlineMs: number): Promise<void> {
    const deadline = AbortSignal.timeout(deadlineMs);
    const wake = (): void => {
      for (const resolve of this.#waiting) resolve();
    };
    deadline.addEventListener("abort", wake, { once: true });
    while (!holds()) {
      if (this.#failure !== null) throw this.#failure;
      if (deadline.aborted) throw new Error(`not within ${deadlineMs} ms: ${what}\n${this.tail()}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  confirmed(since = 0): readonly RecordedVerdict[] {
    return this.records.filter(({ verdict: says, at }) => says.includes(" confirmed") && at >= since);
  }

  /** The last words, to read. */
  tail(lines = 40): string {
    return this.records
      .slice(-lines)
      .map(({ at, key, verdict: says }) => `${(at / 1_000).toFixed(2)} ${key} ${says}`)
      .join("\n");
  }

  [Symbol.dispose](): void {
    this.#socket.removeAllListeners("close");
    this.#socket.terminate();
  }

  #apply(message: StreamMessage): void {
    for (const server of message.servers) this.#take(server);
    for (const resolve of this.#waiting) resolve();
  }

  #take({ key, verdict, phase, reason }: ServerStatus): void {
    const verdictOf = [verdict, phase, reason].filter((word) => word !== null).join(" ");
    if (this.#now.get(key) === verdictOf) return;
    this.#now.set(key, verdictOf);
    this.records.push({ at: performance.now(), key, verdict: verdictOf });
  }

  #end(error: Error): void {
    this.#failure ??= error;
    for (const resolve of this.#waiting) resolve();
  }
}
