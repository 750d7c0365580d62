import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, get, type IncomingMessage } from "node:http";

/** What `bin/haprobe.js` gives to Node for `serve`. */
export const SERVE_NODE_ARGS = ["--optimize-for-size", "--max-semi-space-size=4", "--heap-growing-percent=40"];

/** The variables that it sets beside them. */
export const SERVE_ENV = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

/** Resident memory in MB. */
export function rssOf(pid: number): number {
  const match = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) / 1_024;
}

/** CPU seconds so far. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Starts a process that does nothing but answer: its lag is that of the machine itself. */
export async function startIdleProcess(): Promise<{ readonly url: string; stop(): void }> {
  const child = spawn(process.execPath, [
    "-e",
    "require('http').createServer((q,r)=>r.end()).listen(0,'127.0.0.1',function(){console.log(this.address().port)})",
  ]);
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return { url: `http://127.0.0.1:${String(port).trim()}/`, stop: () => void child.kill("SIGKILL") };
}

/** Requests an address every ten milliseconds, whether the last response came or not. */
export class LagRecorder {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #pending: Promise<void>[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #lags: number[] = [];

  constructor(url: string) {
    this.#timer = setInterval(() => this.#pending.push(this.#request(url)), 10);
  }

  async #request(url: string): Promise<void> {
    const startedAt = performance.now();
    const [response] = (await once(get(url, { agent: this.#agent }), "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    this.#lags.push(performance.now() - startedAt);
  }

  /** Milliseconds that 99 of 100 requests took at most, and that the longest took. */
  async stop(): Promise<{ readonly p99: number; readonly longest: number }> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    this.#agent.destroy();
    const sorted = this.#lags.toSorted((a, b) => a - b);
    return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, longest: sorted.at(-1) ?? 0 };
  }
}
