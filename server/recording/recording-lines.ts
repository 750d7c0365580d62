import type { IncidentRecord } from "../contract/incident.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { ServerKey } from "../contract/server-key.ts";
import type { InstanceSettings } from "../contract/settings.ts";
import type { Assignment, Target } from "../contract/target.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";
import type { StatsSnapshot } from "../contract/view.ts";
import type { RestoredVerdict } from "../monitor/monitor-options.ts";

/** Version of the lines; a reader refuses any other. */
export const RECORDING_VERSION = 1;

/** Ends the name of every file with a recording. */
export const RECORDING_SUFFIX = ".haprobe";

/**
 * The first line of a file. `process`: the first of a process, so that a replay from here begins as the process did;
 * `continued`: after the file before; `gap`: inputs between the file before and this one were lost.
 */
export interface RecordingHead {
  readonly format: "haprobe-recording";
  readonly version: number;
  /** Version of the haprobe that wrote it. */
  readonly haprobe: string;
  readonly start: "process" | "continued" | "gap";
  readonly vantage: string;
  readonly epoch: string;
  /** Monotonic milliseconds, and what is added to them for milliseconds since 1970. */
  readonly at: number;
  readonly wallOffset: number;
  /** Inputs that were lost between the file before and this one. */
  readonly lost: number;
  /** Names of the cells of rows. */
  readonly serverColumns: readonly string[];
  readonly backendColumns: readonly string[];
  /** When an earlier run was last heard, or the file before ended, in milliseconds since 1970; null: never. */
  readonly heardBefore: number | null;
}

/** The configuration as far as judging reads it, without secrets. */
export interface RecordedConfiguration {
  readonly instances: readonly InstanceSettings[];
  /** `probes:` as YAML, for readers; a replay uses what the rules said of each server. */
  readonly rules: string;
}

/** An incident that is continued, without its evidence and what people said; times are milliseconds since 1970. */
export type RecordedIncident = Omit<IncidentRecord, "evidence" | "acknowledgement" | "expected" | "notes">;

/** Something that entered the monitor. Targets have the key of the recording. */
export type RecordedInput =
  | { readonly kind: "started" }
  | { readonly kind: "poll"; readonly snapshot: StatsSnapshot; readonly everyMs: number }
  | {
      readonly kind: "poll-failed";
      readonly instance: string;
      readonly error: { readonly code: string; readonly message: string };
      readonly everyMs: number;
    }
  | { readonly kind: "result"; readonly result: ProbeResult }
  | { readonly kind: "credentials"; readonly target: string; readonly why: string | null }
  /** What the "restored" steps before it have, which could be read only then. */
  | { readonly kind: "restored-late"; readonly heardBefore: number | null }
  | { readonly kind: "configured"; readonly configuration: RecordedConfiguration }
  | { readonly kind: "tick" }
  /** A part of what earlier inputs left, about this instance or target. */
  | { readonly kind: "worked"; readonly owner: string };

/** A verdict that was given. Times are milliseconds since 1970. */
export interface SaidVerdict {
  readonly kind: "verdict";
  readonly at: number;
  readonly key: ServerKey;
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: string | null;
}

/** An incident that was opened, changed or ended. Times are milliseconds since 1970. */
export interface SaidIncident {
  readonly kind: "incident";
  readonly at: number;
  readonly what: "incident-opened" | "incident-changed" | "incident-ended";
  readonly id: string;
  readonly verdict: Verdict;
  readonly subject: string;
  readonly reason: string | null;
  readonly sentence: string;
  readonly suspectedAt: number;
  readonly confirmedAt: number;
  /** The first of its members. */
  readonly members: readonly ServerKey[];
}

/** What the monitor said. */
export type Said = SaidVerdict | SaidIncident;

/** A server's assignment, its target by the key of the recording. */
export type RecordedAssignment = readonly [server: ServerKey, assignment: Assignment];

/** One step of a recording. */
export type RecordedStep =
  /** A new file; `isContinued` where the steps follow those before without a gap. */
  | { readonly kind: "begin"; readonly head: RecordingHead; readonly isContinued: boolean }
  /** What the monitor is made with besides the configuration that follows. */
  | { readonly kind: "restored"; readonly incident: RecordedIncident }
  | { readonly kind: "restored"; readonly verdict: RestoredVerdict }
  /** `isState`: not an input, but what was known when the file began. */
  | {
      readonly kind: "input";
      readonly at: number;
      readonly wallOffset: number;
      readonly assignments: readonly RecordedAssignment[];
      readonly input: RecordedInput;
      readonly isState: boolean;
    }
  | { readonly kind: "said"; readonly said: Said };

/** A target as it is written: without secrets and key. */
export type RecordedTarget = Omit<Target, "key">;
