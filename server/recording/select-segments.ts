import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";
import { readHead } from "./read-recording.ts";
import { listSegments } from "./recording-folder.ts";
import type { Span } from "./replay-recording.ts";

/**
 * The files of a folder that a replay of this span needs: from some time before it, so that everything is decided when it
 * begins. Throws HAPROBE_RECORDING_UNREADABLE where there are none.
 */
export async function selectSegments(folder: string, { from, to }: Span): Promise<readonly string[]> {
  const found: { readonly path: string; readonly beganAt: number }[] = [];
  for (const path of await listSegments(folder)) {
    const head = await readHead(path);
    // A file that was just begun may still be empty.
    if (head !== null) found.push({ path, beganAt: head.at + head.wallOffset });
  }
  const first = found.findLastIndex(({ beganAt }) => beganAt <= from - BOUNDS.replayBeforeMs);
  const wanted = found.slice(Math.max(0, first)).filter(({ beganAt }) => beganAt <= to);
  if (wanted.length > 0) return wanted.map(({ path }) => path);
  throw new HaprobeError("HAPROBE_RECORDING_UNREADABLE", `${folder} has no recording of that time`);
}
