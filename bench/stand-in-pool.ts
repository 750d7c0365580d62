import { BenchWorker } from "./bench-worker.ts";
import type { Endpoint, StandInResponse, StandInRequest } from "./stand-ins/protocol.ts";

/** Each listens once and holds a connection of HAProxy's and one of haprobe's: more would be too many open files for one process. */
const SERVERS_PER_PROCESS = 5_000;

type Certificate = Extract<StandInRequest, { kind: "listen" }>["tls"];

/** Stand-in servers in as many processes as they need. */
export class StandInPool implements AsyncDisposable {
  readonly endpoints: readonly Endpoint[];
  readonly #programs: readonly BenchWorker<StandInRequest, StandInResponse>[];

  private constructor(programs: readonly BenchWorker<StandInRequest, StandInResponse>[], doors: readonly Endpoint[]) {
    this.#programs = programs;
    this.endpoints = doors;
  }

  /** Resolves once all of them listen. */
  static async start(count: number, tls: Certificate): Promise<StandInPool> {
    const programs: BenchWorker<StandInRequest, StandInResponse>[] = [];
    const doors: Endpoint[] = [];
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
        doors.push(...answer.endpoints);
      }
    } catch (error) {
      for (const program of programs) await program[Symbol.asyncDispose]();
      throw error;
    }
    return new StandInPool(programs, doors);
  }

  /** Breaks or mends one; gives the wall clock in milliseconds when that was done. */
  async setHealthy(index: number, healthy: boolean): Promise<number> {
    const program = this.#programs[Math.floor(index / SERVERS_PER_PROCESS)];
    if (program === undefined) throw new Error(`there is no stand-in ${index}`);
    return (await program.request({ kind: "set", index, healthy })).at;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
  }
}
