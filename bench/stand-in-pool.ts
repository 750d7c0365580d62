import { BenchWorker } from "./bench-worker.ts";
import type { Endpoint, StandInResponse, StandInRequest } from "./stand-ins/protocol.ts";

/** Bounds the open files of one process: each stand-in has a listener, a connection of HAProxy and one of haprobe. */
const SERVERS_PER_PROCESS = 5_000;

type Certificate = Extract<StandInRequest, { kind: "listen" }>["tls"];

/** Stand-in servers in as many processes as necessary. */
export class StandInPool implements AsyncDisposable {
  readonly endpoints: readonly Endpoint[];
  readonly #programs: readonly BenchWorker<StandInRequest, StandInResponse>[];

  private constructor(
    programs: readonly BenchWorker<StandInRequest, StandInResponse>[],
    endpoints: readonly Endpoint[],
  ) {
    this.#programs = programs;
    this.endpoints = endpoints;
  }

  /** Resolves once all of them listen. */
  static async start(count: number, tls: Certificate): Promise<StandInPool> {
    const programs: BenchWorker<StandInRequest, StandInResponse>[] = [];
    const endpoints: Endpoint[] = [];
    try {
      for (let first = 0; first < count; first += SERVERS_PER_PROCESS) {
        const program = new BenchWorker<StandInRequest, StandInResponse>(new URL("stand-ins/main.ts", import.meta.url));
        programs.push(program);
        const answer = await program.request({
          kind: "listen",
          first,
          count: Math.min(SERVERS_PER_PROCESS, count - first),
          tls,
        });
        endpoints.push(...answer.endpoints);
      }
    } catch (error) {
      for (const program of programs) await program[Symbol.asyncDispose]();
      throw error;
    }
    return new StandInPool(programs, endpoints);
  }

  /** Breaks or heals one; resolves with the wall clock in milliseconds of the change. */
  async setHealthy(index: number, healthy: boolean): Promise<number> {
    const program = this.#programs[Math.floor(index / SERVERS_PER_PROCESS)];
    if (program === undefined) throw new Error(`there is no stand-in ${index}`);
    return (await program.request({ kind: "set", index, healthy })).at;
  }

  /** The longest time between two requests to one of them since the call before. */
  async longestIntervalMs(): Promise<number> {
    const answers = await Promise.all(this.#programs.map((program) => program.request({ kind: "intervals" })));
    return Math.max(...answers.map((answer) => answer.longestIntervalMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
  }
}
