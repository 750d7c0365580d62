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
  /** Everything after the global section; a function gets the temporary folder. */
  readonly config: string | ((dir: string) => string);
  /** Path or name of the program; default: HAPROBE_TEST_HAPROXY, else `haproxy` on the PATH. */
  readonly binary?: string;
  /** Adds a stats socket at level user on 127.0.0.1; its port is `tcpPort`. */
  readonly tcp?: boolean;
  /** Lines added to the global section; a function gets the temporary folder. */
  readonly global?: string | ((dir: string) => string);
  /** Files of the temporary folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Runs a master with a worker (`-W`); its CLI is `masterSocket`. */
  readonly master?: boolean;
}

/** A running HAProxy with its own temporary folder. */
export interface RealHaproxy extends AsyncDisposable {
  readonly dir: string;
  /** Stats socket at level admin. */
  readonly adminSocket: string;
  /** Stats socket at level user, whose `show stat` has no addresses. */
  readonly userSocket: string;
  /** The master's socket, with `master: true`. */
  readonly masterSocket: string;
  /** Port of the TCP stats socket; 0 without `tcp: true`. */
  readonly tcpPort: number;
  /** Current process (the master, if there is one); changes with each reload. */
  readonly pid: number;
  /** Starts a successor with `-sf`, or lets the master do it; resolves once it responds. Default: the same configuration. */
  reload(newConfig?: RealHaproxyOptions["config"]): Promise<void>;
  /** Sends one line to the admin socket and returns the response. */
  command(line: string): Promise<string>;
  /** Kills it and removes its folder; a second call does nothing. */
  stop(): Promise<void>;
}

/** The default program and those in HAPROBE_TEST_HAPROXIES, separated by colons, with names for tests. */
export function haproxyBinaries(): readonly { readonly name: string; readonly binary: string | undefined }[] {
  const others = (process.env["HAPROBE_TEST_HAPROXIES"] ?? "").split(":").filter((path) => path !== "");
  if (others.length === 0) process.stderr.write("only one HAProxy is tested: HAPROBE_TEST_HAPROXIES names no other\n");
  return [{ name: "the usual HAProxy", binary: undefined }, ...others.map((binary) => ({ name: binary, binary }))];
}

/** All running HAProxies; they are killed when the test process exits. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a real HAProxy and waits until it responds; rejects with HAProxy's output if it does not start. */
export async function startHaproxy(options: RealHaproxyOptions): Promise<RealHaproxy> {
  const binary = options.binary ?? process.env["HAPROBE_TEST_HAPROXY"] ?? "haproxy";
  // HAProxy appends its pid to a new socket's name before it renames it, and a UNIX path has at most 108 bytes.
  const dir = await mkdtemp(join(tmpdir(), "haproxy-"));
  const file = join(dir, "haproxy.cfg");
  const adminSocket = join(dir, "admin.sock");
  const userSocket = join(dir, "user.sock");
  const masterSocket = join(dir, "master.sock");
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(dir, name), text);
  const tcpPort = options.tcp ? await freePort() : 0;
  const children = new Set<ChildProcess>();
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
    let output = "";
    const capture = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-8_192);
    };
    child.stdout.on("data", capture);
    child.stderr.on("data", capture);
    let failed: Error | undefined;
    child.once("error", (cause) => {
      failed = new Error(`cannot run ${binary}: install HAProxy or set HAPROBE_TEST_HAPROXY`, { cause });
    });
    children.add(child);
    running.add(child);
    child.once("close", () => {
      children.delete(child);
      running.delete(child);
      failed ??= new Error(`${binary} exited (${child.exitCode ?? child.signalCode}) before it responded:\n${output}`);
    });

    const deadline = performance.now() + START_DEADLINE_MS;
    for (;;) {
      if (failed) throw failed;
      // The replaced process responds too, so that only the successor's pid counts.
      const info = await sendCommand(adminSocket, "show info").catch(() => "");
      if (options.master ? info !== "" : info.includes(`\nPid: ${child.pid}\n`)) break;
      if (performance.now() > deadline)
        throw new Error(`${binary} did not respond in ${START_DEADLINE_MS} ms:\n${output}`);
      await pause(RETRY_MS);
    }
    current = child;
  }

  /** Waits for another worker pid, since the socket file stays the same while master and worker are replaced. */
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
    const ended = [...children].map((child) => {
      const closed = child.pid === undefined ? Promise.resolve() : once(child, "close");
      // A master terminates its workers.
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

/** Sends one line on its own connection and returns the response. */
async function sendCommand(path: string, line: string): Promise<string> {
  const socket = connect({ path });
  socket.setTimeout(COMMAND_DEADLINE_MS, () => socket.destroy(new Error(`no response to "${line}"`)));
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(`${line}\n`);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

/** Below the kernel's ephemeral ports (32768 and up), which an outgoing connection could take before HAProxy starts. */
const PORTS = { from: 10_000, to: 32_000 } as const;
const usedPorts = new Set<number>();

/** A free port of 127.0.0.1, never the same twice; random, since two HAProxies may share a port (SO_REUSEPORT). */
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
