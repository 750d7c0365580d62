import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";

/** The machine on which the figures were measured. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly haproxy: string;
  /** Load average of the last minute at the start of the bench. */
  readonly load: number;
  readonly at: string;
}

/** Describes this machine. HAProxy is that of HAPROBE_TEST_HAPROXY, else of the PATH. */
export function machineFacts(): MachineFacts {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    haproxy: versionOf(process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy"),
    load: loadavg()[0] ?? 0,
    at: new Date().toISOString(),
  };
}

function versionOf(program: string): string {
  try {
    return /version (\S+)/i.exec(execFileSync(program, ["-v"], { encoding: "utf8" }))?.[1] ?? "unknown";
  } catch {
    return "not installed";
  }
}
