import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** A part of the bench in its own process, so that its CPU is measured apart. It answers each request once, in order. */
export class BenchWorker<Question extends object, Answer> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #pending: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];
  readonly #ended: Promise<unknown>;

  constructor(file: URL, args: readonly string[] = []) {
    this.#child = fork(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#ended = once(this.#child, "exit").catch(() => {});
    this.#child.on("message", (answer) => this.#pending.shift()?.resolve(answer as Answer));
    this.#child.on("exit", (code) => {
      for (const { reject } of this.#pending.splice(0)) reject(new Error(`${file.pathname} ended (${code})`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  request(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#child.send(question, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  /** The worker exits when its IPC channel is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}
