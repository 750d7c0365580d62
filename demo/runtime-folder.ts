import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DemoError } from "./demo-error.ts";

/** Prefix of the folders with the files of one run. */
const RUN_PREFIX = "haprobe-run-";
/** HAProxy appends its pid to socket paths while binding, and a UNIX path has at most 108 bytes. */
const LONGEST_FOLDER_BYTES = 70;

/** The runtime folder of this user's demo: HAPROBE_DEMO_DIR, else one in the folder for temporary files. */
export function runtimeFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env["HAPROBE_DEMO_DIR"] || join(tmpdir(), `haprobe-demo-${process.getuid?.() ?? "user"}`);
}

/** The socket on which the running demo receives commands. */
export function controlSocket(folder: string): string {
  return join(folder, "control.sock");
}

/** Creates the folder with mode 0700. Throws DemoError if another user could write to it. */
export function openRuntimeFolder(folder: string): void {
  if (Buffer.byteLength(folder) > LONGEST_FOLDER_BYTES) {
    throw new DemoError(
      `The folder ${folder} has a name too long for sockets in it. Set HAPROBE_DEMO_DIR to a shorter one.`,
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  assertPrivate(folder);
}

/** In a world-writable folder, a folder of that name may belong to another user or be a link. */
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

/** Creates the folder of one run and removes those of killed runs. Only for the owner of the control socket. */
export function makeRunFolder(folder: string): string {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(RUN_PREFIX)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(folder, RUN_PREFIX));
}

/** Removes the runtime folder if it is empty. */
export function removeRuntimeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (existsSync(folder) && (error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
  }
}
