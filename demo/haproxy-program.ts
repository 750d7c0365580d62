import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { DemoError } from "./demo-error.ts";

/** An executable HAProxy. */
export interface HaproxyProgram {
  readonly path: string;
  /** Such as `2.6.12-1+deb12u4`. */
  readonly version: string;
}

/** The properties of this machine that the search for HAProxy uses. */
export interface HostInfo {
  /** Folders searched for programs, in order. */
  readonly folders: readonly string[];
  readonly isRoot: boolean;
  readonly isMac: boolean;
}

const VERSION_DEADLINE_MS = 5_000;

/** Detects this machine. Adds sbin folders, which hold Debian's HAProxy and are missing in a user's PATH. */
export function detectHost(env: Readonly<Record<string, string | undefined>>): HostInfo {
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return {
    folders: [...path, "/usr/local/sbin", "/usr/sbin"],
    isRoot: process.getuid?.() === 0,
    isMac: process.platform === "darwin",
  };
}

/** Finds HAProxy, or announces and runs apt-get as root. Throws DemoError with the command to install it otherwise. */
export async function findOrInstallHaproxy(
  machine: HostInfo,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<HaproxyProgram> {
  const found = findProgram("haproxy", machine.folders);
  if (found !== null) return readVersion(found, signal);
  const aptGet = findProgram("apt-get", machine.folders);
  if (aptGet === null || !machine.isRoot) throw new DemoError(howToInstall(machine, aptGet !== null));

  say("The demo needs HAProxy, which is missing here. Installing it: apt-get install haproxy\n");
  await runWithOutput(aptGet, ["update"], signal);
  await runWithOutput(aptGet, ["install", "--yes", "--no-install-recommends", "haproxy"], signal);
  const installed = findProgram("haproxy", machine.folders);
  if (installed === null) throw new DemoError("apt-get succeeded, but haproxy is still missing.");
  return readVersion(installed, signal);
}

/** The error text with the command that installs HAProxy. */
function howToInstall({ isRoot, isMac }: HostInfo, hasApt: boolean): string {
  const command = hasApt ? "sudo apt-get install haproxy" : isMac ? "brew install haproxy" : null;
  const how =
    command === null
      ? `Install the package haproxy of this system${isRoot ? "" : " as root"}.`
      : `Install it with\n\n  ${command}\n`;
  return `The demo needs HAProxy, which is not on the PATH. ${how}\nThen run npm run demo again.`;
}

/** Path of the first executable file of that name; null if there is none. */
export function findProgram(name: string, folders: readonly string[]): string | null {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Continue with the next folder.
    }
  }
  return null;
}

async function readVersion(path: string, signal: AbortSignal): Promise<HaproxyProgram> {
  try {
    const { stdout } = await promisify(execFile)(path, ["-v"], { timeout: VERSION_DEADLINE_MS, signal });
    return { path, version: /version (\S+)/i.exec(stdout)?.[1] ?? "of unknown version" };
  } catch (cause) {
    signal.throwIfAborted();
    throw new DemoError(`${path} does not run: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Runs a program in the terminal; throws DemoError if it fails. */
async function runWithOutput(path: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn(path, [...args], { stdio: ["ignore", 2, 2], env, signal });
  const [code] = (await once(child, "close")) as [number | null];
  signal.throwIfAborted();
  if (code !== 0)
    throw new DemoError(`apt-get ${args.join(" ")} failed. Install HAProxy, then run npm run demo again.`);
}
