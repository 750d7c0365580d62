import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import { readBounded, type ScopedFiles } from "../scoped-files.ts";

/** Reads a certificate, key or password, named by the configuration key `key`; throws HAPROBE_STATS_FILE_UNREADABLE without the file's content. */
export async function readSmallFile(path: string, key: string, files: ScopedFiles): Promise<string> {
  try {
    await using file = await files.open(path);
    return await readBounded(file, BOUNDS.statsFileMaxBytes);
  } catch (cause) {
    throw unreadableFileError(key, cause);
  }
}

/** The error for a file that cannot be used. */
export function unreadableFileError(key: string, cause: unknown): HaprobeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HaprobeError("HAPROBE_STATS_FILE_UNREADABLE", `${key}: ${reason}`, { cause });
}
