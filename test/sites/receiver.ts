import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { freePort } from "../support/real-haproxy.ts";

/** A message as it arrived and was taken. */
export interface Received {
  readonly id: string;
  readonly type: string;
}

/** Answers with the status that stands in its input, else takes the message, and says so before it answers. */
const PROGRAM = `
let status = "";
process.stdin.on("data", (text) => (status = String(text).trim()));
require("http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    if (status !== "" && status !== "slow") return response.writeHead(Number(status)).end();
    console.log(JSON.stringify({ id: request.headers["webhook-id"], type: JSON.parse(body).type }));
    setTimeout(() => response.end(), status === "slow" ? 20000 : 0);
  });
}).listen(Number(process.argv[1]), "127.0.0.1", () => console.log("up"));
`;

/** A receiver of webhooks, in a process of its own, that fails on request. */
export class Receiver implements AsyncDisposable {
  /** Each message that it took, in order. */
  readonly taken: Received[] = [];
  #child: ChildProcess | null = null;
  #port = 0;

  /** Starts it, again on the same port. */
  async start(): Promise<string> {
    this.#port ||= await freePort();
    const child = spawn(process.execPath, ["-e", PROGRAM, String(this.#port)], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    let rest = "";
    await new Promise<void>((resolve, reject) => {
      child.once("close", () => reject(new Error("the receiver ended")));
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (line === "up") resolve();
          else this.taken.push(JSON.parse(line) as Received);
        }
      });
    });
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** Answers with this status from now on; null: takes messages, `slow`: takes them, and answers after 20 s. */
  setStatus(status: number | "slow" | null): void {
    this.#child?.stdin?.write(`${status ?? ""}\n`);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
