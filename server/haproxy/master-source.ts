import type { StatsAddress } from "../contract/settings.ts";
import { HaprobeError } from "../errors.ts";
import { startsWith } from "./answer-parts.ts";
import { exchange } from "./cli-exchange.ts";
import { commandsOf } from "./command-line.ts";
import { type Dialled, dialTcp, dialUnix, hostAndPort } from "./dial.ts";
import { readShowProc } from "./show-proc.ts";
import type { Answer, Limits, Question, StatsSource } from "./source.ts";
import { joinWorkers } from "./worker-answers.ts";

/** `nbproc` could be 64 at most. */
const WORKERS_MAX = 64;

/** The master's command line (`haproxy -W -S PATH`) over its UNIX socket. */
export function unixMasterSource({ path }: Extract<StatsAddress, { kind: "unix-master" }>): StatsSource {
  return masterSource(() => dialUnix(path), path);
}

/** The master's command line over TCP (`-S 127.0.0.1:9999`). */
export function tcpMasterSource({ host, port }: Extract<StatsAddress, { kind: "tcp-master" }>): StatsSource {
  return masterSource(() => dialTcp(host, port), hostAndPort(host, port));
}

/** Asks the workers that serve now by way of their master; those that a reload left behind are not asked. */
function masterSource(dial: () => Dialled, where: string): StatsSource {
  return {
    addresses: "in-state",
    async ask(question, limits) {
      const asked = await exchange(
        { dial, line: `show proc;${workerLine(1, question)}`, where, halfClose: true },
        limits,
      );
      const { workers, bytes } = afterShowProc(asked.bytes, where);
      if (workers === 1) return { ...asked, bytes };
      const answers = [bytes];
      let receivedAt = asked.receivedAt;
      for (let worker = 2; worker <= Math.min(workers, WORKERS_MAX); worker += 1) {
        const next: Answer = await exchange(
          { dial, line: workerLine(worker, question), where, halfClose: true },
          remaining(limits, receivedAt - asked.sentAt),
        );
        answers.push(next.bytes);
        receivedAt = next.receivedAt;
      }
      return { ...asked, bytes: joinWorkers(answers, question.serversState), receivedAt };
    },
  };
}

/** Each command has its own prefix: `@1 a;b` would ask the master for b. */
function workerLine(worker: number, question: Question): string {
  return commandsOf(question)
    .map((command) => `@${worker} ${command}`)
    .join(";");
}

function afterShowProc(bytes: Buffer, where: string): { workers: number; bytes: Buffer } {
  const proc = readShowProc(bytes);
  // Whoever reads it next knows what else it may be.
  if (proc === null) return { workers: 1, bytes };
  if (proc.workers === 0 || startsWith(bytes, "Can't find", proc.end)) {
    throw new HaprobeError("HAPROBE_STATS_NO_WORKER", `the master at ${where} has no worker that serves`);
  }
  return { workers: proc.workers, bytes: bytes.subarray(proc.end) };
}

function remaining(limits: Limits, elapsedMs: number): Limits {
  return { ...limits, timeoutMs: Math.max(1, limits.timeoutMs - elapsedMs) };
}
