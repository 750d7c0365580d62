import { BOUNDS } from "../bounds.ts";
import type { InternalFault } from "../contract/ports.ts";
import { HaprobeError } from "../errors.ts";
import { MONITOR_LIMITS } from "../monitor/monitor-options.ts";
import { readRecording } from "./read-recording.ts";
import type { RecordedStep, RecordingHead, Said } from "./recording-lines.ts";
import { Replayer, type ReplayerOptions } from "./replayer.ts";

/** From and to in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A recording that was judged again. */
export interface ReplayedRecording {
  /** The first and the last moment that was replayed; null where there was none. */
  readonly span: Span | null;
  readonly head: RecordingHead | null;
  /** The last rules that were recorded, as YAML. */
  readonly rules: string;
  /** What was said when it was recorded, and what is said now, within the wanted span and outside `unsettled`. */
  readonly live: readonly Said[];
  readonly replayed: readonly Said[];
  /** The recording begins there in the middle of a run: verdicts that were undecided may be confirmed later than live. */
  readonly unsettled: readonly Span[];
  /** Inputs that were not recorded. */
  readonly lostInputs: number;
  readonly faults: readonly InternalFault[];
}

/** What a replay is judged with. */
export type ReplayRules = Pick<ReplayerOptions, "reassign" | "version">;

/** Replays files in order and keeps what is said from `from` to `to`. Throws a HaprobeError for a file that is no recording, and what aborts `signal`. */
export async function replayRecording(
  paths: readonly string[],
  { from, to }: Span,
  rules: ReplayRules,
  signal?: AbortSignal,
): Promise<ReplayedRecording> {
  const live: Said[] = [];
  const replayed: Said[] = [];
  const unsettled: Span[] = [];
  const faults: InternalFault[] = [];
  let head: RecordingHead | null = null;
  let span: Span | null = null;
  let lostInputs = 0;
  let recordedRules = "";
  const keep = (said: Said, list: Said[]): void => {
    if (said.at < from || said.at > to || unsettled.some((hidden) => said.at >= hidden.from && said.at < hidden.to)) {
      return;
    }
    if (list.length >= BOUNDS.replaySaidMax) {
      throw new HaprobeError("HAPROBE_RECORDING_TOO_LARGE", `more than ${BOUNDS.replaySaidMax} verdicts were given`);
    }
    list.push(said);
  };
  const replayer = new Replayer({
    ...rules,
    limits: MONITOR_LIMITS,
    onSaid: (said, isState) => {
      if (!isState) keep(said, replayed);
    },
    onFault: (fault) => {
      if (faults.length < BOUNDS.replayFaultsMax) faults.push(fault);
    },
  });
  const take = (step: RecordedStep): void => {
    if (step.kind === "begin") {
      head ??= step.head;
      lostInputs += step.head.lost;
      const beganAt = step.head.at + step.head.wallOffset;
      if (!step.isContinued && step.head.start !== "process") {
        unsettled.push({ from: beganAt, to: beganAt + BOUNDS.replayUnsettledMs });
      }
    } else if (step.kind === "said") keep(step.said, live);
    else if (step.kind === "input") {
      const at = step.at + step.wallOffset;
      span = { from: span?.from ?? at, to: at };
      if (step.input.kind === "configured") recordedRules = step.input.configuration.rules;
    }
    replayer.apply(step);
  };
  for await (const steps of readRecording(paths)) {
    signal?.throwIfAborted();
    for (const step of steps) {
      take(step);
      if (isPast(step, to)) return { span, head, rules: recordedRules, live, replayed, unsettled, lostInputs, faults };
    }
  }
  return { span, head, rules: recordedRules, live, replayed, unsettled, lostInputs, faults };
}

function isPast(step: RecordedStep, to: number): boolean {
  return step.kind === "input" && step.at + step.wallOffset > to;
}
