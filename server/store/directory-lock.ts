import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HaprobeError } from "../errors.ts";

const SQLITE_BUSY = 5;
/** A process id and a host name; anything longer was not written by haprobe. */
const HOLDER_MAX_CHARS = 300;

/**
 * Locks a folder for this process, creating it if it is missing; the returned function unlocks it. Throws
 * HAPROBE_DATA_DIR_LOCKED where another process has it, and errors of the file system as they come. SQLite's lock of an
 * open file is used, since Node has none: the system drops it with the process, whatever its id was.
 */
export function lockDirectory(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const holder = join(folder, "lock.pid");
  const lock = new DatabaseSync(join(folder, "lock"));
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    writeFileSync(holder, `${process.pid} on ${hostname()}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    const message = `${folder} is in use by process ${readHolder(holder)}`;
    throw new HaprobeError("HAPROBE_DATA_DIR_LOCKED", message, { cause: error });
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().slice(0, HOLDER_MAX_CHARS);
  } catch {
    return "unknown";
  }
}
