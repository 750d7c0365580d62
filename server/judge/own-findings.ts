import type { FindingCode } from "../contract/finding.ts";
import type { FindingDraft } from "./findings.ts";

/** The finding of a log that cannot be written; none without an error. */
export function createLogFindings(error: string | null): readonly FindingDraft[] {
  if (error === null) return [];
  return [
    createOwnFinding(
      "log-not-written",
      `The log cannot be written (${error}); lines are lost`,
      "Free space on the log's disk, or restart the program that reads the log.",
    ),
  ];
}

/** The finding of a recording that cannot be written; none without an error. */
export function createRecordingFindings(error: string | null): readonly FindingDraft[] {
  if (error === null) return [];
  return [
    createOwnFinding(
      "recording-not-written",
      `The recording cannot be written (${error})`,
      "Free space in the data directory, or make it writable for haprobe's user. It is tried again each minute.",
    ),
  ];
}

/** A finding about haprobe itself. */
export function createOwnFinding(code: FindingCode, sentence: string, advice: string): FindingDraft {
  return { code, subject: { instance: null, backend: null, server: null }, sentence, advice, afterMs: 0 };
}
