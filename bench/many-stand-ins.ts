import { ChildProgram } from "./child-program.ts";
import type { Door, StandInAnswer, StandInQuestion } from "./stand-ins/protocol.ts";

/** Each listens once and holds a connection of HAProxy's and one of haprobe's: more would be too many open files for one process. */
const SERVERS_PER_PROCESS = 5_000;

type Certificate = Extract<StandInQuestion, { kind: "listen" }>["tls"];

/** Stand-in servers in as many processes as they need. */
export class ManyStandIns implements AsyncDisposable {
  readonly doors: readonly Door[];
  readonly #programs: readonly ChildProgram<StandInQuestion, StandInAnswer>[];

  private constructor(programs: readonly ChildProgram<StandInQuestion, StandInAnswer>[], doors: readonly Door[]) {
    this.#programs = programs;
    this.doors = doors;
  }

  /** Resolves once all of them listen. */
  static async start(count: number, tls: Certificate): Promise<ManyStandIns> {
    const programs: ChildProgram<StandInQuestion, StandInAnswer>[] = [];
    const doors: Door[] = [];
    try {
      for (let first = 0; first < count; first += SERVERS_PER_PROCESS) {
        const program = new ChildProgram<StandInQuestion, StandInAnswer>(new URL("stand-ins/main.ts", import.meta.url));
        programs.push(program);
        const answer = await program.ask({
          kind: "listen",
          first,
          count: Math.min(SERVERS_PER_PROCESS, count - first),
          tls,
        });
        doors.push(...answer.doors);
      }
    } catch (error) {
      for (const program of programs) await program[Symbol.asyncDispose]();
      throw error;
    }
    return new ManyStandIns(programs, doors);
  }

  /** Breaks or mends one; gives the wall clock in milliseconds when that was done. */
  async set(index: number, healthy: boolean): Promise<number> {
    const program = this.#programs[Math.floor(index / SERVERS_PER_PROCESS)];
    if (program === undefined) throw new Error(`there is no stand-in ${index}`);
    return (await program.ask({ kind: "set", index, healthy })).at;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
  }
}
