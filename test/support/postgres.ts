import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, cpSync, globSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

const START_DEADLINE_MS = 30_000;
const RETRY_MS = 50;

/** Folder of the newest PostgreSQL of Debian's packages; null where there is none. */
const BIN =
  globSync("/usr/lib/postgresql/*/bin/postgres")
    .toSorted()
    .map((file) => dirname(file))
    .at(-1) ?? null;
/** PostgreSQL refuses to run as root. */
const OWNER = process.getuid?.() === 0 ? ownerIds("postgres") : {};

/** Why no PostgreSQL can be started here; null where one can. */
export const POSTGRES_MISSING =
  BIN === null
    ? ": needs PostgreSQL (apt-get install postgresql)"
    : OWNER === null
      ? ": needs the user postgres"
      : null;

/** A PostgreSQL of its own on a UNIX socket in a temporary folder, which it takes along at its end. */
export interface TestPostgres extends AsyncDisposable {
  /** Creates a database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Stops the server as a crash would; `start` lets it come back with its data. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Keeps its data as it is now, with a pause of it; `restore` goes back to that, as a fail-over that loses its tail. */
  save(): Promise<void>;
  restore(): Promise<void>;
  /** Its processes. */
  pids(): readonly number[];
  /** Suspends all its processes, as on a machine that hangs, or lets them go on. */
  freeze(frozen: boolean): void;
}

/** Starts a PostgreSQL, one that survives a power cut where `isDurable`; throws where `POSTGRES_MISSING` says why not. */
export async function startPostgres({ isDurable = false } = {}): Promise<TestPostgres> {
  if (BIN === null || OWNER === null) throw new Error(`the test${POSTGRES_MISSING}`);
  const [bin, owner] = [BIN, OWNER];
  const dir = mkdtempSync(join(tmpdir(), "haprobe-pg-"));
  if (owner.uid !== undefined) chownSync(dir, owner.uid, owner.gid ?? owner.uid);
  const data = join(dir, "data");
  const made = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
    { ...owner, cwd: dir, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  let server: ChildProcess | null = null;
  let databases = 0;
  const urlOf = (database: string): string => `postgres:///${database}?host=${dir}&user=postgres`;

  const start = async (): Promise<void> => {
    const args = [
      "-D",
      data,
      "-k",
      dir,
      "-c",
      "listen_addresses=",
      "-c",
      `fsync=${isDurable ? "on" : "off"}`,
      "-c",
      "max_connections=50",
    ];
    server = spawn(join(bin, "postgres"), args, { ...owner, cwd: dir, stdio: "ignore" });
    for (const deadline = performance.now() + START_DEADLINE_MS; ; ) {
      const error = await query("select 1").then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error === null) return;
      if (performance.now() > deadline) throw new Error("PostgreSQL did not start", { cause: error });
      await pause(RETRY_MS);
    }
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill(signal);
    await exited;
  };
  const query = async (text: string): Promise<void> => {
    const client = new pg.Client(urlOf("postgres"));
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query(text);
    } finally {
      await client.end().catch(() => {});
    }
  };

  const pids = (): readonly number[] => {
    const master = server?.pid ?? 0;
    const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(master)], { encoding: "utf8" });
    const children = stdout
      .split("\n")
      .map(Number)
      .filter((pid) => pid > 0);
    return [master, ...children];
  };

  await start();
  return {
    async createDatabase() {
      databases += 1;
      await query(`create database haprobe_${databases}`);
      return urlOf(`haprobe_${databases}`);
    },
    // SIGQUIT: immediate shutdown, after which it recovers from its log.
    kill: () => stop("SIGQUIT"),
    start,
    async save() {
      // SIGINT: fast shutdown, which writes all.
      await stop("SIGINT");
      cpSync(data, `${data}.saved`, { recursive: true, preserveTimestamps: true });
      chownTree(`${data}.saved`, owner);
      await start();
    },
    async restore() {
      await stop("SIGQUIT");
      rmSync(data, { recursive: true, force: true });
      renameSync(`${data}.saved`, data);
      await start();
    },
    pids,
    freeze(frozen) {
      for (const pid of pids()) process.kill(pid, frozen ? "SIGSTOP" : "SIGCONT");
    },
    async [Symbol.asyncDispose]() {
      // Its data is not needed any more, so it need not write it.
      await stop("SIGQUIT");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL demands that its folder is its user's alone. */
function chownTree(path: string, { uid, gid }: { readonly uid?: number; readonly gid?: number }): void {
  if (uid === undefined) return;
  for (const entry of readdirSync(path, { recursive: true, encoding: "utf8" })) {
    chownSync(join(path, entry), uid, gid ?? uid);
  }
  chownSync(path, uid, gid ?? uid);
  chmodSync(path, 0o700);
}

function ownerIds(user: string): { uid?: number; gid?: number } | null {
  const [uid, gid] = ["-u", "-g"].map((option) => Number(spawnSync("id", [option, user], { encoding: "utf8" }).stdout));
  return uid === undefined || gid === undefined || !(uid > 0) ? null : { uid, gid };
}
