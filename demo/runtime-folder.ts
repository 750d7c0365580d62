import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoError } from "./demo-error.ts";

/** Beginning of the folders that hold the files of one run. */
const RUN_PREFIX = "haprobe-run-";
/** HAProxy binds its sockets under their name with the pid behind it, and a UNIX path has at most 108 bytes. */
const LONGEST_FOLDER_BYTES = 70;

/** The folder in which the demo of this user is found: HAPROBE_DEMO_DIR, else one in the machine's place for temporary files. */
export function runtimeFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env["HAPROBE_DEMO_DIR"] || join(tmpdir(), `haprobe-demo-${process.getuid?.() ?? "user"}`);
}

/** The socket over which the running demo takes commands. */
export function controlSocket(folder: string): string {
  return join(folder, "control.sock");
}

/** Makes the folder, closed to everybody else. Throws DemoProblem where somebody else could have a hand in it. */
export function openRuntimeFolder(folder: string): void {
  if (Buffer.byteLength(folder) > LONGEST_FOLDER_BYTES) {
    throw new DemoError(
      `The folder ${folder} has too long a name for sockets in it. Set HAPROBE_DEMO_DIR to a shorter one.`,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  assertPrivate(folder);
}

/** In a place that everybody may write to, a folder of that name may be somebody else's, or a link. */
export function assertPrivate(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  const ours = found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid());
  if (!ours || (found.mode & 0o077) !== 0) {
    throw new DemoError(
      `${folder} is not a folder that only you can open. Remove it, or set HAPROBE_DEMO_DIR to another one.`,
    );
  }
}

/** Makes the folder of one run, and takes away what runs that were killed have left. Only for who holds the control socket. */
export function makeRunFolder(folder: string): string {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(RUN_PREFIX)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(folder, RUN_PREFIX));
}

/** Takes the runtime folder away, unless something else is in it. */
export function removeRuntimeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (existsSync(folder) && (error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
  }
}
