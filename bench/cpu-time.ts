import { readFileSync } from "node:fs";

/** Ticks of /proc in a second: USER_HZ is 100 on every common Linux. */
const TICKS_PER_SECOND = 100;
const MICROSECONDS_PER_MS = 1_000;

/** Milliseconds of CPU of `work` in this process, garbage collection included. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / MICROSECONDS_PER_MS;
}

/** CPU of another process since its start, milliseconds, to the nearest ten; Linux only. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold spaces and brackets; field 3 follows the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

/** Resident memory of another process, megabytes. */
export function processMegabytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1_024) / 1_000_000;
}

/** Percent of one core that each process used since the call. */
export function startCpuMeter(pids: readonly number[]): () => number[] {
  const startedAt = performance.now();
  const before = pids.map(processCpuMs);
  return () => {
    const wallMs = performance.now() - startedAt;
    return pids.map((pid, i) => ((processCpuMs(pid) - (before[i] ?? 0)) / wallMs) * 100);
  };
}
