import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";

/** Reads a certificate, key or password. `key` is the key of the configuration that names it. Throws HAPROBE_STATS_FILE_UNREADABLE; what is in the file is in no message. */
export async function readSmallFile(path: string, key: string): Promise<string> {
  try {
    // Not blocking, for a FIFO in place of a file must not hold a thread.
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

/** Names a file that cannot be used, and why. */
export function unreadableFileError(key: string, cause: unknown): HaprobeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HaprobeError("HAPROBE_STATS_FILE_UNREADABLE", `${key}: ${why}`, { cause });
}
