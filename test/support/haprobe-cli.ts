import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../../server/main.ts", import.meta.url));

/** How a run of the real program ended. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `haprobe ARGS` as its own process to its end; it is killed after `deadlineMs`. */
export function runHaprobe(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; deadlineMs?: number } = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.deadlineMs ?? 90_000,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A running `haprobe serve`. */
export interface HaprobeProcess extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123` or `unix:/tmp/haprobe.sock`. */
  readonly url: string;
  readonly pid: number;
  /** What it logged so far. */
  log(): string;
  /** Sends a signal and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `haprobe serve` on a free port and without a data directory unless `args` name one, as another user where `uid` names one, with at most `openFiles` open files and options of Node, and waits for its own word that it listens. */
export async function startHaprobe(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  uid?: number,
  openFiles?: number,
  nodeArgs: readonly string[] = [],
): Promise<HaprobeProcess> {
  const own = ["--listen", "127.0.0.1:0", "--log-format", "json", "--data-dir", "none"];
  const command = [process.execPath, ...nodeArgs, MAIN, "serve", ...own, ...args];
  const limited =
    openFiles === undefined ? command : ["sh", "-c", `ulimit -n ${openFiles} && exec "$@"`, "sh", ...command];
  const [program = "", ...rest] = limited;
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    ...(uid === undefined ? {} : { uid }),
  });
  let log = "";
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      const listening = /listening on ((?:https?|unix):[^" ]+)/.exec(log);
      if (listening?.[1] !== undefined) resolve(listening[1]);
    });
    void exited.then((code) => reject(new Error(`haprobe serve ended with ${code}: ${log}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  return {
    url,
    pid: child.pid ?? 0,
    log: () => log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}
