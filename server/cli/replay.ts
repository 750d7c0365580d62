import { stat } from "node:fs/promises";
import { join } from "node:path";
import { escapeUnprintableInLines } from "../contract/quote.ts";
import { HaprobeError } from "../errors.ts";
import { compareSaid, incidentSpells, type SaidComparison } from "../recording/compare-said.ts";
import { RECORDING_FOLDER } from "../recording/recording-folder.ts";
import { replayRecording, type ReplayedRecording } from "../recording/replay-recording.ts";
import { selectSegments } from "../recording/select-segments.ts";
import { REPLAY_EXIT } from "./exit-code.ts";
import { type CommonOptions, formatConfigErrors, loadConfig } from "./options.ts";
import { renderDifference, renderReplay } from "./replay-report.ts";
import { createReplayRules, type ReplayRules } from "./replay-rules.ts";

export interface ReplayOptions {
  /** A recording, or a folder of them; absent: that of the data directory. */
  readonly path?: string;
  readonly dataDir?: string;
  /** Judge by this configuration. */
  readonly config?: string;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly json: boolean;
}

/** `haprobe replay`: judges a recording again and prints what is said. Returns the exit code. */
export async function replay(
  options: ReplayOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  try {
    return await run(options, signal, print);
  } catch (error) {
    if (signal.aborted) return REPLAY_EXIT.unreadable;
    if (!(error instanceof HaprobeError)) throw error;
    return fail(`${error.message}\n${error.remedy} (${error.code})`);
  }
}

async function run(options: ReplayOptions, signal: AbortSignal, print: (text: string) => void): Promise<number> {
  const { config, json } = options;
  const path = options.path ?? recordingFolder(options);
  if (path === null) return fail("nothing is recorded without a data directory: name a file or folder");
  let rules: ReplayRules | null = null;
  if (config !== undefined) {
    const loaded = loadConfig({ config }, false);
    if (loaded.kind === "broken") return fail(formatConfigErrors(loaded));
    rules = createReplayRules(loaded.settings);
  }
  const span = { from: options.from ?? Number.NEGATIVE_INFINITY, to: options.to ?? Number.POSITIVE_INFINITY };
  const segments = (await stat(path).catch(unreadable(path))).isDirectory() ? await selectSegments(path, span) : [path];
  const replayed = await replayRecording(segments, span, rules?.reassign ?? null, signal);
  const comparison = compareSaid(replayed.live, replayed.replayed);
  if (json) print(`${JSON.stringify(toJson(replayed, comparison), null, 2)}\n`);
  else if (config === undefined || rules === null) print(renderReplay(replayed, comparison));
  else print(renderDifference(replayed, comparison, config, rules.askedOtherwise.size));
  const { changed, missing, added, liveOnly, replayedOnly } = comparison;
  const isSame = [changed, missing, added, liveOnly, replayedOnly].every((list) => list.length === 0);
  return isSame ? REPLAY_EXIT.same : REPLAY_EXIT.different;
}

/** Folder of the recording in the data directory of the options or the configuration. */
function recordingFolder({ dataDir }: ReplayOptions): string | null {
  const options: CommonOptions = dataDir === undefined ? {} : { dataDir };
  const loaded = loadConfig(options, false);
  if (loaded.kind === "broken") return null;
  return loaded.settings.dataDir === null ? null : join(loaded.settings.dataDir, RECORDING_FOLDER);
}

function toJson(replayed: ReplayedRecording, comparison: SaidComparison): unknown {
  const { span, head, unsettled, lostInputs } = replayed;
  return {
    haprobe: head?.haprobe ?? null,
    vantage: head?.vantage ?? null,
    from: span === null ? null : new Date(span.from).toISOString(),
    to: span === null ? null : new Date(span.to).toISOString(),
    lostInputs,
    notCompared: unsettled,
    verdicts: replayed.replayed.filter(({ kind }) => kind === "verdict"),
    incidents: incidentSpells(replayed.replayed),
    ...comparison,
  };
}

function unreadable(path: string): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new HaprobeError("HAPROBE_RECORDING_UNREADABLE", `${path} cannot be read: ${why}`, { cause: error });
  };
}

function fail(text: string): number {
  process.stderr.write(`haprobe: ${escapeUnprintableInLines(text)}\n`);
  return REPLAY_EXIT.unreadable;
}
