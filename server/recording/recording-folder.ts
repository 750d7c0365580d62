import { mkdir, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { HaprobeError } from "../errors.ts";
import { RECORDING_SUFFIX } from "./recording-lines.ts";

/** Name of the folder in the data directory. */
export const RECORDING_FOLDER = "recording";

/** What a folder of segments may hold. */
export interface RecordingLimits {
  readonly keepMs: number;
  readonly maxBytes: number;
}

/** Paths of the segments of a folder, oldest first: their names are their times. Throws HAPROBE_RECORDING_UNREADABLE. */
export async function listSegments(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new HaprobeError("HAPROBE_RECORDING_UNREADABLE", `${folder} cannot be read: ${String(error)}`, {
      cause: error,
    });
  });
  return names
    .filter((name) => name.endsWith(RECORDING_SUFFIX))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Path of a segment that begins at this wall time, in milliseconds since 1970. */
export function segmentPath(folder: string, beganAt: number): string {
  return join(folder, new Date(beganAt).toISOString().replaceAll(/[-:]/g, "") + RECORDING_SUFFIX);
}

/** Creates the folder for haprobe's user only. */
export async function createRecordingFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Deletes the oldest segments until age and size of the rest are within the limits; the newest stays. */
export async function deleteOldSegments(
  folder: string,
  { keepMs, maxBytes }: RecordingLimits,
  wallMs: number,
): Promise<void> {
  const paths = await listSegments(folder);
  const found = (await Promise.all(paths.map(statSegment))).filter((segment) => segment !== null);
  let total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, endedAt } of found.slice(0, -1)) {
    if (total <= maxBytes && endedAt >= wallMs - keepMs) return;
    await unlink(path).catch(ignoreMissing);
    total -= bytes;
  }
}

/** Null for one that is gone: another process may delete it. */
async function statSegment(path: string): Promise<{ path: string; bytes: number; endedAt: number } | null> {
  const stats = await stat(path).catch(ignoreMissing);
  return stats === undefined ? null : { path, bytes: stats.size, endedAt: stats.mtimeMs };
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
