import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_DEADLINE_MS = 10_000;
const RETRY_MS = 10;
const COMMAND_DEADLINE_MS = 10_000;

export interface RealHaproxyOptions {
  /** Everything after the global section; a function is given the temp folder, for paths of its own. */
  readonly config: string | ((dir: string) => string);
  /** Path or name of the program; default: HAPROBE_TEST_HAPROXY, else `haproxy` of the PATH. */
  readonly binary?: string;
  /** Opens a stats socket at level user on 127.0.0.1 as well; its port is `tcpPort`. */
  readonly tcp?: boolean;
  /** Lines added to the global section; a function is given the temp folder. */
  readonly global?: string | ((dir: string) => string);
  /** Files to put into the temp folder before the start, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Runs a master with a worker (`-W`); its command line is `masterSocket`. */
  readonly master?: boolean;
}

/** A running HAProxy with its files in a temp folder of its own. */
export interface RealHaproxy extends AsyncDisposable {
  readonly dir: string;
  /** Stats socket at level admin. */
  readonly adminSocket: string;
  /** Stats socket at level user: it shows no addresses in `show stat`. */
  readonly userSocket: string;
  /** The master's socket, with `master: true`. */
  readonly masterSocket: string;
  /** Port of the TCP stats socket; 0 without `tcp: true`. */
  readonly tcpPort: number;
  /** Process that answers now (the master, if there is one); another one after each reload. */
  readonly pid: number;
  /** Starts a successor with `-sf`, as a service manager does, or lets the master do it; resolves once it answers. Without an argument: the same configuration. */
  reload(newConfig?: RealHaproxyOptions["config"]): Promise<void>;
  /** Sends one line to the admin socket and returns the whole answer. */
  command(line: string): Promise<string>;
  /** Kills it at once and removes its folder; a second call does nothing. */
  stop(): Promise<void>;
}

/** Programs to try besides the usual one: HAPROBE_TEST_HAPROXIES, separated by colons; with the words for a test's name. */
export function haproxyBinaries(): readonly { readonly name: string; readonly binary: string | undefined }[] {
  const others = (process.env["HAPROBE_TEST_HAPROXIES"] ?? "").split(":").filter((path) => path !== "");
  if (others.length === 0) process.stderr.write("only one HAProxy is tested: HAPROBE_TEST_HAPROXIES names no other\n");
  return [{ name: "the usual HAProxy", binary: undefined }, ...others.map((binary) => ({ name: binary, binary }))];
}

/** Every HAProxy that was started here and still runs; whatever a test forgets does not outlive the test process. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a real HAProxy and waits until it answers; rejects with HAProxy's own words if it does not start. */
export async function startHaproxy(options: RealHaproxyOptions): Promise<RealHaproxy> {
  const binary = options.binary ?? process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
  // HAProxy puts its pid behind a new socket's name before it renames it, and a UNIX path has at most 108 bytes: keep it short.
  const dir = await mkdtemp(join(tmpdir(), "haproxy-"));
  const file = join(dir, "haproxy.cfg");
  const adminSocket = join(dir, "admin.sock");
  const userSocket = join(dir, "user.sock");
  const masterSocket = join(dir, "master.sock");
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(dir, name), text);
  const tcpPort = options.tcp ? await freePort() : 0;
  const mine = new Set<ChildProcess>();
  let config = options.config;
  let current: ChildProcess | undefined;

  const globalSection = [
    "global",
    "  nbthread 1",
    "  maxconn 200",
    "  stats timeout 10s",
    `  stats socket ${adminSocket} mode 600 level admin`,
    `  stats socket ${userSocket} mode 600 level user`,
    ...(tcpPort > 0 ? [`  stats socket ipv4@127.0.0.1:${tcpPort} level user`] : []),
    ...inFolder(options.global ?? "")
      .split("\n")
      .map((line) => `  ${line.trim()}`),
  ].join("\n");

  function inFolder(text: string | ((dir: string) => string)): string {
    return typeof text === "string" ? text : text(dir);
  }

  async function launch(...args: string[]): Promise<void> {
    await writeFile(file, `${globalSection}\n${inFolder(config)}\n`);
    const mode = options.master ? ["-W", "-S", `${masterSocket},mode,600`] : [];
    const child = spawn(binary, ["-db", ...mode, "-f", file, ...args], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const listen = (chunk: Buffer): void => {
      said = (said + chunk.toString()).slice(-8_192);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    let failed: Error | undefined;
    child.once("error", (cause) => {
      failed = new Error(`cannot run ${binary}: install HAProxy or set HAPROBE_TEST_HAPROXY`, { cause });
    });
    mine.add(child);
    running.add(child);
    child.once("close", () => {
      mine.delete(child);
      running.delete(child);
      failed ??= new Error(`${binary} ended (${child.exitCode ?? child.signalCode}) before it answered:\n${said}`);
    });

    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      if (failed) throw failed;
      // The process that is being replaced answers too: only the successor's pid will do.
      const info = await sendCommand(adminSocket, "show info").catch(() => "");
      if (options.master ? info !== "" : info.includes(`\nPid: ${child.pid}\n`)) break;
      if (performance.now() > deadline)
        throw new Error(`${binary} did not answer in ${START_DEADLINE_MS} ms:\n${said}`);
      await pause(RETRY_MS);
    }
    current = child;
  }

  /** The socket's file stays the same while master and worker are replaced: only the worker's pid tells. */
  async function reloadMaster(): Promise<void> {
    const before = await workerPid();
    await writeFile(file, `${globalSection}\n${inFolder(config)}\n`);
    current?.kill("SIGUSR2");
    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      const now = await workerPid();
      if (now !== "" && now !== before) return;
      if (performance.now() > deadline) throw new Error(`${binary} did not reload in ${START_DEADLINE_MS} ms`);
      await pause(RETRY_MS);
    }
  }

  async function workerPid(): Promise<string> {
    const info = await sendCommand(adminSocket, "show info").catch(() => "");
    return /\nPid: (\d+)\n/.exec(info)?.[1] ?? "";
  }

  async function stop(): Promise<void> {
    const ended = [...mine].map((child) => {
      const closed = child.pid === undefined ? Promise.resolve() : once(child, "close");
      // A master takes its workers with it.
      child.kill(options.master ? "SIGTERM" : "SIGKILL");
      return closed;
    });
    await Promise.all(ended);
    await rm(dir, { recursive: true, force: true });
  }

  try {
    await launch();
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    dir,
    adminSocket,
    userSocket,
    masterSocket,
    tcpPort,
    get pid() {
      return current?.pid ?? 0;
    },
    async reload(newConfig) {
      config = newConfig ?? config;
      if (options.master) await reloadMaster();
      else await launch("-sf", String(current?.pid));
    },
    command: (line) => sendCommand(adminSocket, line),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** One line, one answer, on a connection of its own. */
async function sendCommand(path: string, line: string): Promise<string> {
  const socket = connect({ path });
  socket.setTimeout(COMMAND_DEADLINE_MS, () => socket.destroy(new Error(`no answer to "${line}"`)));
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(`${line}\n`);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

/** Below the ports that the kernel gives to outgoing connections (32768 and up): none of them is taken between the choice and HAProxy's start. */
const PORTS = { from: 10_000, to: 32_000 } as const;
const usedPorts = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on now, never the same twice. HAProxies share a port without a word (SO_REUSEPORT), so it is chosen at random. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (usedPorts.has(port)) continue;
    usedPorts.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!free) return false;
  server.close();
  await once(server, "close");
  return true;
}
