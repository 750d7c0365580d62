import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { DemoError } from "./demo-error.ts";

/** A HAProxy that can be run. */
export interface HaproxyProgram {
  readonly path: string;
  /** Such as `2.6.12-1+deb12u4`. */
  readonly version: string;
}

/** This machine, as far as the search for HAProxy looks at it. */
export interface HostInfo {
  /** Folders in which programs are looked for, in their order. */
  readonly folders: readonly string[];
  readonly isRoot: boolean;
  readonly isMac: boolean;
}

const VERSION_DEADLINE_MS = 5_000;

/** The machine that we are on. An ordinary user's PATH has no sbin, where Debian keeps HAProxy. */
export function detectHost(env: Readonly<Record<string, string | undefined>>): HostInfo {
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return {
    folders: [...path, "/usr/local/sbin", "/usr/sbin"],
    isRoot: process.getuid?.() === 0,
    isMac: process.platform === "darwin",
  };
}

/** Finds HAProxy, or installs it with apt-get where that is in our power and says so. Throws DemoProblem with the command to type where it is not. */
export async function findOrInstallHaproxy(
  machine: HostInfo,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<HaproxyProgram> {
  const found = findProgram("haproxy", machine.folders);
  if (found !== null) return readVersion(found, signal);
  const aptGet = findProgram("apt-get", machine.folders);
  if (aptGet === null || !machine.isRoot) throw new DemoError(howToInstall(machine, aptGet !== null));

  say("The demo runs a real HAProxy, and this machine has none. Installing it: apt-get install haproxy\n");
  await runWithOutput(aptGet, ["update"], signal);
  await runWithOutput(aptGet, ["install", "--yes", "--no-install-recommends", "haproxy"], signal);
  const installed = findProgram("haproxy", machine.folders);
  if (installed === null) throw new DemoError("apt-get ended, but there is still no haproxy.");
  return readVersion(installed, signal);
}

/** What to type where we may not install it ourselves. */
function howToInstall({ isRoot, isMac }: HostInfo, hasApt: boolean): string {
  const command = hasApt ? "sudo apt-get install haproxy" : isMac ? "brew install haproxy" : null;
  const how =
    command === null
      ? `Install the package haproxy of this system${isRoot ? "" : " as root"}.`
      : `Install it with\n\n  ${command}\n`;
  return `The demo runs a real HAProxy, and there is none on the PATH. ${how}\nThen run npm run demo again.`;
}

/** Path of the first executable file of that name; null where there is none. */
export function findProgram(name: string, folders: readonly string[]): string | null {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
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

/** Runs a program that the user watches; throws DemoProblem if it fails. */
async function runWithOutput(path: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn(path, [...args], { stdio: ["ignore", 2, 2], env, signal });
  const [code] = (await once(child, "close")) as [number | null];
  signal.throwIfAborted();
  if (code !== 0)
    throw new DemoError(`apt-get ${args.join(" ")} failed. Install HAProxy, then run npm run demo again.`);
}
