import { formatHostPort } from "../contract/host-port.ts";
import { BOUNDS } from "../bounds.ts";
import type { StatsAddress } from "../contract/settings.ts";
import { HaprobeError } from "../errors.ts";
import { runInSlices } from "../slices.ts";
import { startsWith } from "./response-sections.ts";
import { sendCliRequest } from "./cli-request.ts";
import { buildCommands } from "./runtime-api-commands.ts";
import { dialTcp } from "./dial.ts";
import { parseShowProc } from "./show-proc.ts";
import type { StatsResponse, RequestLimits, StatsRequest, StatsSource } from "./stats-source.ts";
import { sendUnixCliRequest } from "./unix-source.ts";
import { joinWorkerResponses } from "./worker-responses.ts";

/** The largest `nbproc`. */
const WORKERS_MAX = 64;

/** The master CLI (`haproxy -W -S PATH`) over its UNIX socket. */
export function createUnixMasterSource({ path }: Extract<StatsAddress, { kind: "unix-master" }>): StatsSource {
  return createMasterSource((line, limits) => sendUnixCliRequest(path, { line, halfClose: true }, limits), path);
}

/** The master CLI over TCP (`-S 127.0.0.1:9999`). */
export function createTcpMasterSource({ host, port }: Extract<StatsAddress, { kind: "tcp-master" }>): StatsSource {
  const peer = formatHostPort(host, port);
  const dial = () => dialTcp(host, port);
  return createMasterSource((line, limits) => sendCliRequest({ dial, line, peer, halfClose: true }, limits), peer);
}

/** Sends one line to the master CLI on its own connection. */
type SendLine = (line: string, limits: RequestLimits) => Promise<StatsResponse>;

/** Requests the stats of all current workers through their master; old workers left by a reload are skipped. */
function createMasterSource(send: SendLine, peer: string): StatsSource {
  return {
    addressesFrom: "in-state",
    async fetch(request, limits) {
      const first = await send(`show proc;${buildWorkerCommandLine(1, request)}`, limits);
      const { workers, bytes } = splitShowProc(first.bytes, peer);
      if (workers === 1) return { ...first, bytes };
      const responses = [bytes];
      let receivedAt = first.receivedAt;
      let bytesLeft = limits.maxBytes - first.bytes.length;
      for (let worker = 2; worker <= Math.min(workers, WORKERS_MAX); worker += 1) {
        const next: StatsResponse = await send(buildWorkerCommandLine(worker, request), {
          ...remainingLimits(limits, receivedAt - first.sentAt),
          maxBytes: bytesLeft,
        });
        responses.push(next.bytes);
        bytesLeft -= next.bytes.length;
        receivedAt = next.receivedAt;
      }
      const joined = joinWorkerResponses(responses, request.serversState);
      return { ...first, bytes: await runInSlices(limits.clock, BOUNDS.sliceMs, joined), receivedAt };
    },
  };
}

/** Each command needs its own prefix: in `@1 a;b` the master itself runs b. */
function buildWorkerCommandLine(worker: number, request: StatsRequest): string {
  return buildCommands(request)
    .map((command) => `@${worker} ${command}`)
    .join(";");
}

function splitShowProc(bytes: Buffer, peer: string): { workers: number; bytes: Buffer } {
  const proc = parseShowProc(bytes);
  // The snapshot parser names the error in a response without `show proc`.
  if (proc === null) return { workers: 1, bytes };
  if (proc.workerCount === 0 || startsWith(bytes, "Can't find", proc.endOffset)) {
    throw new HaprobeError("HAPROBE_STATS_NO_WORKER", `${peer}: the master has no running worker`);
  }
  return { workers: proc.workerCount, bytes: bytes.subarray(proc.endOffset) };
}

function remainingLimits(limits: RequestLimits, elapsedMs: number): RequestLimits {
  return { ...limits, timeoutMs: Math.max(1, limits.timeoutMs - elapsedMs) };
}
