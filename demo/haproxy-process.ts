import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { type Clock, sleep } from "../server/clock.ts";
import { DemoError } from "./demo-error.ts";

/** A running HAProxy that does not outlive this process. */
export interface HaproxyProcess {
  readonly pid: number;
  /** Resolves with how it ended and the end of its output. */
  readonly exited: Promise<string>;
  /** Stops it; resolves once it has exited. */
  stop(): Promise<void>;
  /** Kills it without waiting, for the exit handler of this process. */
  kill(): void;
}

export interface HaproxyOptions {
  readonly program: string;
  readonly configFile: string;
  /** Exists as soon as HAProxy is ready. */
  readonly statsSocket: string;
  /** Also removed if this process is killed. */
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const START_DEADLINE_MS = 10_000;
const RETRY_MS = 20;
const STOP_DEADLINE_MS = 2_000;
const OUTPUT_TAIL_CHARS = 4_096;
const WAIT_THEN_EXEC = 'read -r _ && exec "$@" </dev/null';

/** Starts HAProxy and waits until it is ready. Throws DemoError with HAProxy's output if it does not start, and leaves nothing running. */
export async function startHaproxy(options: HaproxyOptions): Promise<HaproxyProcess> {
  const { program, configFile, statsSocket, folder, clock, signal } = options;
  // The shell waits for a line and then execs HAProxy, so that the reaper exists first; if this process is killed before,
  // the shell reads the end of its input and exits. It has its own process group, so that Ctrl-C reaches this process only.
  const child = spawn("/bin/sh", ["-c", WAIT_THEN_EXEC, "sh", program, "-db", "-f", configFile], {
    stdio: "pipe",
    detached: true,
  });
  const reaper = child.pid === undefined ? null : startReaper(child.pid, folder);
  child.stdin.on("error", () => {});
  child.stdin.end("go\n");
  let output = "";
  const collect = (text: string): void => {
    output = (output + text).slice(-OUTPUT_TAIL_CHARS);
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      // From now on another process may have its pid.
      reaper?.kill("SIGKILL");
      resolve(`${how}${output.trim() === "" ? "" : `:\n${output.trim()}`}`);
    };
    child.once("error", (error) => end(error.message));
    child.once("close", (code, killedBy) => end(killedBy === null ? `exit code ${code}` : `signal ${killedBy}`));
  });
  const haproxy: HaproxyProcess = {
    pid: child.pid ?? 0,
    exited: ended,
    async stop() {
      child.kill("SIGTERM");
      const cancel = clock.after(STOP_DEADLINE_MS, () => child.kill("SIGKILL"));
      await ended;
      cancel();
    },
    kill() {
      child.kill("SIGKILL");
      reaper?.kill("SIGKILL");
    },
  };
  try {
    await waitUntilReady(haproxy, statsSocket, clock, signal);
    return haproxy;
  } catch (error) {
    await haproxy.stop();
    throw error;
  }
}

/**
 * If this process is killed, its end of the pipe closes, and the shell kills HAProxy and removes the folder. The shell
 * has its own process group, so that a signal to the group of this process does not reach it.
 */
function startReaper(pid: number, folder: string): ChildProcess {
  const script = 'read -r _; kill -9 "$1"; rm -rf -- "$2"';
  const child = spawn("/bin/sh", ["-c", script, "haprobe-demo-reaper", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without the reaper, only a kill -9 of the demo leaves something running.
  child.on("error", () => {});
  child.unref();
  return child;
}

async function waitUntilReady(
  haproxy: HaproxyProcess,
  socket: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.now() + START_DEADLINE_MS;
  let end: string | null = null;
  void haproxy.exited.then((how) => (end = how));
  while (!(await canConnect(socket))) {
    if (end !== null) throw new DemoError(`HAProxy did not start, ${String(end)}`);
    if (clock.now() > deadline) throw new DemoError(`HAProxy was not ready within ${START_DEADLINE_MS / 1000} s.`);
    await sleep(clock, RETRY_MS, signal);
    signal.throwIfAborted();
  }
}

async function canConnect(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
