import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServerStatus } from "../../server/contract/status.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

type Command = readonly [program: string, ...first: string[]];
const BY_NODE: Command = [process.execPath, "demo/main.ts"];
/** Without npm's `predemo`: the page is built already. */
const BY_NPM: Command = ["npm", "run", "--silent", "--ignore-scripts", "demo", "--"];

/** How a command of the demo ended. */
export interface DemoRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A demo in its own process and runtime folder, with its page on a free port. */
export interface DemoProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Its runtime folder. */
  readonly folder: string;
  out(): string;
  /** Runs `npm run demo -- ARGS` like another terminal. */
  run(...args: string[]): Promise<DemoRun>;
  servers(): Promise<ServerStatus[]>;
  /** Verdict, phase and reason of each server, by `backend/server`. */
  verdicts(): Promise<Record<string, string>>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<DemoRun>;
}

/** A folder for a demo, with a short name because it holds sockets. */
export function demoFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "hd-"));
}

/** Runs the demo's program to its end. */
export function runDemo(folder: string, ...args: string[]): Promise<DemoRun> {
  return launch(folder, args, {}, BY_NODE).ended;
}

/** Starts a demo and waits until it shows the address of its page. */
export async function startDemo(
  options: { args?: string[]; env?: NodeJS.ProcessEnv; folder?: string; byNpm?: boolean } = {},
): Promise<DemoProcess> {
  const folder = options.folder ?? (await demoFolder());
  const listen = options.args ?? ["--listen", "127.0.0.1:0"];
  const { child, out, ended } = launch(folder, listen, options.env ?? {}, options.byNpm ? BY_NPM : BY_NODE);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", () => {
      const shown = /^ {2}(http:\S+)$/m.exec(out())?.[1];
      if (shown !== undefined) resolve(shown);
    });
    void ended.then(({ code, err }) => reject(new Error(`the demo ended with ${code}: ${out()}${err}`)));
  });
  const servers = async (): Promise<ServerStatus[]> =>
    ((await (await fetch(`${url}/api/v1/servers`)).json()) as { servers: ServerStatus[] }).servers;
  return {
    url,
    pid: child.pid ?? 0,
    folder,
    out,
    run: (...args) => runDemo(folder, ...args),
    servers,
    async verdicts() {
      return Object.fromEntries(
        (await servers()).map(({ backend, server, verdict, phase, reason }) => [
          `${backend}/${server}`,
          [verdict, phase, reason].filter((word) => word !== null).join(" "),
        ]),
      );
    },
    kill: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Processes whose command line names the folder: HAProxy and its reaper. */
export function processesOf(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(folder))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function launch(folder: string, args: readonly string[], env: NodeJS.ProcessEnv, [program, ...first]: Command) {
  const child = spawn(program, [...first, ...args], {
    cwd: ROOT,
    env: { ...process.env, HAPROBE_DEMO_DIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<DemoRun>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
  return { child, out: () => out, ended };
}
