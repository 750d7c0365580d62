import { HaprobeError } from "../errors.ts";
import { LineDecoder } from "./line-decoder.ts";
import { readLines } from "./read-lines.ts";
import type { RecordedStep, RecordingHead } from "./recording-lines.ts";

/** A line of a recording and the step that it gives, null for none. */
export interface DecodedLine {
  readonly line: string;
  readonly step: RecordedStep | null;
  /** It repeats what the file before has said. */
  readonly isSkipped: boolean;
}

/** The steps of recordings, one file after the other, in batches. Throws a HaprobeError for a file that is none. */
export async function* readRecording(paths: readonly string[]): AsyncGenerator<readonly RecordedStep[], void, void> {
  for await (const lines of readDecoded(paths)) yield lines.flatMap(({ step }) => (step === null ? [] : [step]));
}

/** The same with the lines. */
export async function* readDecoded(paths: readonly string[]): AsyncGenerator<readonly DecodedLine[], void, void> {
  const decoder = new LineDecoder();
  let last: RecordingHead | null = null;
  for (const path of paths) {
    let head: RecordingHead | null = null;
    let lineNumber = 0;
    for await (const lines of readLines(path)) {
      const decoded: DecodedLine[] = [];
      for (const line of lines) {
        lineNumber += 1;
        const follows: RecordingHead | null = head === null ? last : null;
        // An export can hold several runs.
        const isHead = head === null || line.startsWith("{");
        const { isSkipping } = decoder;
        const step = decodeLine(path, lineNumber, () => (isHead ? decoder.begin(line, follows) : decoder.decode(line)));
        if (step?.kind === "begin") head = step.head;
        decoded.push({ line, step, isSkipped: isSkipping && !isHead });
      }
      yield decoded;
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
