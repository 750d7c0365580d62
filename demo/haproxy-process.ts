import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { type Clock, sleep } from "../server/clock.ts";
import { DemoError } from "./demo-error.ts";

/** A running HAProxy that does not outlive this process, however it ends. */
export interface HaproxyProcess {
  readonly pid: number;
  /** Resolves with how it ended, and its last words, whoever ended it. */
  readonly exited: Promise<string>;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
  /** Ends it without waiting: all that can be done when this process exits. */
  kill(): void;
}

export interface HaproxyOptions {
  readonly program: string;
  readonly configFile: string;
  /** Appears as soon as it is ready. */
  readonly statsSocket: string;
  /** Removed too, should this process be killed. */
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const START_DEADLINE_MS = 10_000;
const RETRY_MS = 20;
const STOP_DEADLINE_MS = 2_000;
const OUTPUT_TAIL_CHARS = 4_096;
const WAIT_THEN_EXEC = 'read -r _ && exec "$@" </dev/null';

/** Starts it and waits until it answers. Throws DemoProblem with HAProxy's own words if it does not come up, with nothing left running. */
export async function startHaproxy(options: HaproxyOptions): Promise<HaproxyProcess> {
  const { program, configFile, statsSocket, folder, clock, signal } = options;
  // The shell becomes HAProxy only when it is told to, after its reaper stands: should we be killed before, it reads the
  // end of its input and goes. In a group of its own, since Ctrl-C in the terminal is for us, who end it in order.
  const child = spawn("/bin/sh", ["-c", WAIT_THEN_EXEC, "sh", program, "-db", "-f", configFile], {
    stdio: "pipe",
    detached: true,
  });
  const reaper = child.pid === undefined ? null : startReaper(child.pid, folder);
  child.stdin.on("error", () => {});
  child.stdin.end("go\n");
  let said = "";
  const hear = (text: string): void => {
    said = (said + text).slice(-OUTPUT_TAIL_CHARS);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const ended = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      // Its pid may be somebody else's from now on.
      reaper?.kill("SIGKILL");
      resolve(`${how}${said.trim() === "" ? "" : `:\n${said.trim()}`}`);
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
 * Should this process be killed without a chance to clean up, its end of the pipe closes, and the shell ends HAProxy
 * and removes the folder. In a group of its own, so that it is not killed along with us.
 */
function startReaper(pid: number, folder: string): ChildProcess {
  const script = 'read -r _; kill -9 "$1"; rm -rf -- "$2"';
  const child = spawn("/bin/sh", ["-c", script, "haprobe-demo-reaper", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  // Without it only a kill -9 of the demo leaves something behind.
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
