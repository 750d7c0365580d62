import { type ChildProcess, spawn } from "node:child_process";
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
  /** Lines added to the global section. */
  readonly global?: string;
}

/** A running HAProxy with its files in a temp folder of its own. */
export interface RealHaproxy extends AsyncDisposable {
  readonly dir: string;
  /** Stats socket at level admin. */
  readonly adminSocket: string;
  /** Stats socket at level user: it shows no addresses in `show stat`. */
  readonly userSocket: string;
  /** Port of the TCP stats socket; 0 without `tcp: true`. */
  readonly tcpPort: number;
  /** Process that answers now; another one after each reload. */
  readonly pid: number;
  /** Starts a successor with `-sf`, as a service manager does; resolves once it answers. Without an argument: the same configuration. */
  reload(newConfig?: RealHaproxyOptions["config"]): Promise<void>;
  /** Sends one line to the admin socket and returns the whole answer. */
  command(line: string): Promise<string>;
  /** Kills it at once and removes its folder; a second call does nothing. */
  stop(): Promise<void>;
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
    ...(options.global ?? "").split("\n").map((line) => `  ${line.trim()}`),
  ].join("\n");

  async function launch(...args: string[]): Promise<void> {
    await writeFile(file, `${globalSection}\n${typeof config === "string" ? config : config(dir)}\n`);
    const child = spawn(binary, ["-db", "-f", file, ...args], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
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
      const info = await ask(adminSocket, "show info").catch(() => "");
      if (info.includes(`\nPid: ${child.pid}\n`)) break;
      if (performance.now() > deadline)
        throw new Error(`${binary} did not answer in ${START_DEADLINE_MS} ms:\n${said}`);
      await pause(RETRY_MS);
    }
    current = child;
  }

  async function stop(): Promise<void> {
    const ended = [...mine].map((child) => {
      const closed = child.pid === undefined ? undefined : once(child, "close");
      child.kill("SIGKILL");
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
    tcpPort,
    get pid() {
      return current?.pid ?? 0;
    },
    async reload(newConfig) {
      config = newConfig ?? config;
      await launch("-sf", String(current?.pid));
    },
    command: (line) => ask(adminSocket, line),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** One line, one answer, on a connection of its own. */
async function ask(path: string, line: string): Promise<string> {
  const socket = connect({ path });
  socket.setTimeout(COMMAND_DEADLINE_MS, () => socket.destroy(new Error(`no answer to "${line}"`)));
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(`${line}\n`);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

/** A port that nobody listens on now. Another program could take it before HAProxy does, which then says so and does not start. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
