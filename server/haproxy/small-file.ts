import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";

/** Reads a certificate, key or password, named by the configuration key `key`; throws HAPROBE_STATS_FILE_UNREADABLE without the file's content. */
export async function readSmallFile(path: string, key: string): Promise<string> {
  try {
    // O_NONBLOCK keeps a FIFO from blocking a thread of the pool.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) throw new Error("it is not a regular file");
    const buffer = Buffer.alloc(BOUNDS.statsFileMaxBytes + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > BOUNDS.statsFileMaxBytes) throw new Error(`it is larger than ${BOUNDS.statsFileMaxBytes} bytes`);
    return buffer.toString("utf8", 0, bytesRead);
  } catch (cause) {
    throw unreadableFileError(key, cause);
  }
}

/** The error for a file that cannot be used. */
export function unreadableFileError(key: string, cause: unknown): HaprobeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HaprobeError("HAPROBE_STATS_FILE_UNREADABLE", `${key}: ${reason}`, { cause });
}
