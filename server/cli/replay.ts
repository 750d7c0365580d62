import { stat } from "node:fs/promises";
import { join } from "node:path";
import { BOUNDS } from "../bounds.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";
import { HaprobeError } from "../errors.ts";
import { compareSaid, incidentSpells, type SaidComparison } from "../recording/compare-said.ts";
import { exportIncident, openingOfId } from "../recording/export-incident.ts";
import { RECORDING_FOLDER } from "../recording/recording-folder.ts";
import { RECORDING_SUFFIX } from "../recording/recording-lines.ts";
import { replayRecording, type ReplayedRecording, type Span } from "../recording/replay-recording.ts";
import { selectSegments } from "../recording/select-segments.ts";
import { VERSION } from "../version.ts";
import { REPLAY_EXIT } from "./exit-code.ts";
import { formatConfigErrors, loadConfig } from "./options.ts";
import { renderDifference, renderReplay } from "./replay-report.ts";
import { createReplayRules, type OtherRules } from "./replay-rules.ts";

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
  /** Writes the recording around the incident of this id, or file incident-ID.haprobe, to `output` or that file instead. */
  readonly export?: string;
  readonly output?: string;
  readonly mapAddresses?: boolean;
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
  let { path } = options;
  if (path === undefined) {
    const loaded = loadConfig(options.dataDir === undefined ? {} : { dataDir: options.dataDir }, false);
    if (loaded.kind === "broken") return fail(formatConfigErrors(loaded));
    const { dataDir } = loaded.settings;
    if (dataDir === null) return fail("nothing is recorded without a data directory: name a file or folder");
    path = join(dataDir, RECORDING_FOLDER);
  }
  if (options.export !== undefined) return exportTo(path, options.export, options, signal, print);
  let rules: OtherRules | null = null;
  if (config !== undefined) {
    const loaded = loadConfig({ config }, false);
    if (loaded.kind === "broken") return fail(formatConfigErrors(loaded));
    rules = createReplayRules(loaded.settings);
  }
  const span = { from: options.from ?? Number.NEGATIVE_INFINITY, to: options.to ?? Number.POSITIVE_INFINITY };
  const segments = await filesOf(path, span);
  const replayed = await replayRecording(
    segments,
    span,
    { version: VERSION, reassign: rules?.reassign ?? null },
    signal,
  );
  const comparison = compareSaid(replayed.live, replayed.replayed);
  if (json) print(`${JSON.stringify(toJson(replayed, comparison), null, 2)}\n`);
  else if (config === undefined || rules === null) print(renderReplay(replayed, comparison));
  else print(renderDifference(replayed, comparison, config, rules.askedOtherwise.size));
  const { changed, missing, added, liveOnly, replayedOnly } = comparison;
  const isSame = [changed, missing, added, liveOnly, replayedOnly].every((list) => list.length === 0);
  return isSame ? REPLAY_EXIT.same : REPLAY_EXIT.different;
}

/** The file itself, or those of a folder that are needed for the span. */
async function filesOf(path: string, span: Span): Promise<readonly string[]> {
  return (await stat(path).catch(unreadable(path))).isDirectory() ? selectSegments(path, span) : [path];
}

async function exportTo(
  path: string,
  wanted: string,
  { output, mapAddresses = false }: ReplayOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const id = /^(?:.*\/)?incident-([^/]*)\.haprobe$/.exec(wanted)?.[1] ?? wanted;
  const openedAt = openingOfId(id);
  if (openedAt === null) return fail(`${wanted} is no id of an incident`);
  const file = output ?? (id === wanted ? `incident-${id}${RECORDING_SUFFIX}` : wanted);
  const until = openedAt + BOUNDS.exportMaxMs;
  const paths = await filesOf(path, { from: openedAt, to: until });
  const { from, to } = await exportIncident({ paths, id, until, output: file, mapsAddresses: mapAddresses, signal });
  print(`${file}: ${new Date(from).toISOString()} to ${new Date(to).toISOString()}\n`);
  return REPLAY_EXIT.same;
}

function toJson(replayed: ReplayedRecording, comparison: SaidComparison): unknown {
  const { span, head, rules, unsettled, lostInputs } = replayed;
  return {
    haprobe: head?.haprobe ?? null,
    vantage: head?.vantage ?? null,
    from: span === null ? null : new Date(span.from).toISOString(),
    to: span === null ? null : new Date(span.to).toISOString(),
    lostInputs,
    rules,
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
