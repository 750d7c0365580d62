import { HaprobeError } from "../errors.ts";
import { LineDecoder } from "./line-decoder.ts";
import { readLines } from "./read-lines.ts";
import type { RecordedStep, RecordingHead } from "./recording-lines.ts";

/** The steps of recordings, one file after the other, in batches. Throws a HaprobeError for a file that is none. */
export async function* readRecording(paths: readonly string[]): AsyncGenerator<readonly RecordedStep[], void, void> {
  const decoder = new LineDecoder();
  let last: RecordingHead | null = null;
  for (const path of paths) {
    let head: RecordingHead | null = null;
    let lineNumber = 0;
    for await (const lines of readLines(path)) {
      const steps: RecordedStep[] = [];
      for (const line of lines) {
        lineNumber += 1;
        const step = decodeLine(path, lineNumber, () =>
          head === null ? decoder.begin(line, last) : decoder.decode(line),
        );
        if (step?.kind === "begin") head = step.head;
        if (step !== null) steps.push(step);
      }
      yield steps;
    }
    last = head;
  }
}

/** The first line of a file; null for one that is still empty. Throws a HaprobeError for a file that is no recording. */
export async function readHead(path: string): Promise<RecordingHead | null> {
  for await (const [line] of readLines(path)) {
    if (line === undefined) continue;
    const step = decodeLine(path, 1, () => new LineDecoder().begin(line, null));
    return step?.kind === "begin" ? step.head : null;
  }
  return null;
}

/** What a line gives; throws HAPROBE_RECORDING_INVALID for one that no haprobe wrote. */
function decodeLine(path: string, lineNumber: number, decode: () => RecordedStep | null): RecordedStep | null {
  try {
    return decode();
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200).replaceAll(/\s+/g, " ") : String(error);
    throw new HaprobeError("HAPROBE_RECORDING_INVALID", `${path}, line ${lineNumber}: ${why}`, { cause: error });
  }
}
