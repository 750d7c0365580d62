import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Inside the checkout, so that its packages are found. */
const PACKAGE = `${ROOT}.cache/package/`;
const LISTEN_DEADLINE_MS = 30_000;
const LOG_KEPT_CHARS = 8_192;

/** The program as packaged, or from the sources, which takes 30 MB more for stripping types. */
export type Program = "built" | "sources";

/** A running `haprobe serve`. */
export interface HaprobeProcess extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly pid: number;
}

/** Compiles the server, as `npm run build:server` does, and lays out the files of the package; throws with the compiler's output. */
export function buildServer(): void {
  const { status, stdout } = spawnSync("npm", ["run", "--silent", "build:server"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`the server does not compile:\n${stdout}`);
  rmSync(PACKAGE, { recursive: true, force: true });
  for (const part of ["bin", "dist", "package.json"]) cpSync(ROOT + part, PACKAGE + part, { recursive: true });
}

/**
 * Starts `haprobe serve` on a free port with this configuration, through bin/haprobe.js; resolves once it listens. Its
 * data directory is a new one unless one is given.
 */
export async function startHaprobe(
  program: Program,
  configFile: string,
  dataDirectory: string | null = null,
): Promise<HaprobeProcess> {
  const command = `${program === "built" ? PACKAGE : ROOT}bin/haprobe.js`;
  const dataDir = dataDirectory ?? mkdtempSync(join(tmpdir(), "haprobe-bench-state-"));
  const args = ["serve", "--config", configFile, "--listen", "127.0.0.1:0", "--log-format", "json"];
  args.push("--data-dir", dataDir);
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) =>
    child.once("exit", () => {
      process.off("exit", kill);
      resolve();
    }),
  );
  let log = "";
  const listening = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`haprobe does not listen:\n${log}`)), LISTEN_DEADLINE_MS);
    child.once("error", reject);
    void ended.then(() => reject(new Error(`haprobe ended:\n${log}`)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-LOG_KEPT_CHARS);
      const url = /listening on (http:[^" ]+)/.exec(log)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
  const dispose = async (): Promise<void> => {
    kill();
    await ended;
    if (dataDir !== "none") rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    return { url: await listening, pid: child.pid ?? 0, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
