import type { StatsAddress } from "../contract/settings.ts";
import { HaprobeError } from "../errors.ts";
import { startsWith } from "./response-sections.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommands } from "./runtime-api-commands.ts";
import { type ConnectingSocket, dialTcp, dialUnix, formatHostPort } from "./dial.ts";
import { parseShowProc } from "./show-proc.ts";
import type { StatsResponse, RequestLimits, StatsRequest, StatsSource } from "./stats-source.ts";
import { joinWorkerResponses } from "./worker-responses.ts";

/** `nbproc` could be 64 at most. */
const WORKERS_MAX = 64;

/** The master's command line (`haproxy -W -S PATH`) over its UNIX socket. */
export function createUnixMasterSource({ path }: Extract<StatsAddress, { kind: "unix-master" }>): StatsSource {
  return createMasterSource(() => dialUnix(path), path);
}

/** The master's command line over TCP (`-S 127.0.0.1:9999`). */
export function createTcpMasterSource({ host, port }: Extract<StatsAddress, { kind: "tcp-master" }>): StatsSource {
  return createMasterSource(() => dialTcp(host, port), formatHostPort(host, port));
}

/** Asks the workers that serve now by way of their master; those that a reload left behind are not asked. */
function createMasterSource(dial: () => ConnectingSocket, where: string): StatsSource {
  return {
    addressesFrom: "in-state",
    async fetch(question, limits) {
      const asked = await sendCliRequest(
        { dial, line: `show proc;${buildWorkerCommandLine(1, question)}`, peer: where, halfClose: true },
        limits,
      );
      const { workers, bytes } = splitShowProc(asked.bytes, where);
      if (workers === 1) return { ...asked, bytes };
      const answers = [bytes];
      let receivedAt = asked.receivedAt;
      for (let worker = 2; worker <= Math.min(workers, WORKERS_MAX); worker += 1) {
        const next: StatsResponse = await sendCliRequest(
          { dial, line: buildWorkerCommandLine(worker, question), peer: where, halfClose: true },
          remainingLimits(limits, receivedAt - asked.sentAt),
        );
        answers.push(next.bytes);
        receivedAt = next.receivedAt;
      }
      return { ...asked, bytes: joinWorkerResponses(answers, question.serversState), receivedAt };
    },
  };
}

/** Each command has its own prefix: `@1 a;b` would ask the master for b. */
function buildWorkerCommandLine(worker: number, question: StatsRequest): string {
  return buildCommands(question)
    .map((command) => `@${worker} ${command}`)
    .join(";");
}

function splitShowProc(bytes: Buffer, where: string): { workers: number; bytes: Buffer } {
  const proc = parseShowProc(bytes);
  // Whoever reads it next knows what else it may be.
  if (proc === null) return { workers: 1, bytes };
  if (proc.workerCount === 0 || startsWith(bytes, "Can't find", proc.endOffset)) {
    throw new HaprobeError("HAPROBE_STATS_NO_WORKER", `the master at ${where} has no worker that serves`);
  }
  return { workers: proc.workerCount, bytes: bytes.subarray(proc.endOffset) };
}

function remainingLimits(limits: RequestLimits, elapsedMs: number): RequestLimits {
  return { ...limits, timeoutMs: Math.max(1, limits.timeoutMs - elapsedMs) };
}
