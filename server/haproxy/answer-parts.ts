import { HaprobeError } from "../errors.ts";

const TABLE = "# pxname,";
const INFO = "Name: ";
const PART_END = "\n\n";

/** A part of an answer: offsets of its first byte and behind its last. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Where the parts of an answer begin. */
export interface AnswerParts {
  /** `show info`; null over a source that has none. */
  readonly info: Part | null;
  /** `show servers state`; null if it was not asked for, or over a source that has none. */
  readonly serversState: Part | null;
  /** Offset of the table of `show stat`, which is the last part. */
  readonly tableAt: number;
}

/** Takes an answer apart; each part ends with an empty line. Throws the error that names what came instead of one. */
export function splitAnswer(bytes: Buffer, withServersState: boolean): AnswerParts {
  if (startsWith(bytes, TABLE)) return { info: null, serversState: null, tableAt: 0 };
  if (!startsWith(bytes, INFO)) throw strange(bytes);
  const stateAt = partEnd(bytes, 0);
  refuse(bytes, stateAt);
  const tableAt = withServersState ? partEnd(bytes, stateAt) : stateAt;
  refuse(bytes, tableAt);
  if (!startsWith(bytes, TABLE, tableAt)) {
    if (isBeginningOf(TABLE, bytes, tableAt)) throw truncated("before the table of servers");
    throw new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: no table of servers");
  }
  return {
    info: { from: 0, to: stateAt },
    serversState: withServersState ? { from: stateAt, to: tableAt } : null,
    tableAt,
  };
}

/** Whether these words stand there. */
export function startsWith(bytes: Buffer, words: string, at = 0): boolean {
  return bytes.toString("latin1", at, at + words.length) === words;
}

/** Whether the answer stops in the middle of these words, or before them. */
function isBeginningOf(words: string, bytes: Buffer, at: number): boolean {
  return words.startsWith(bytes.toString("latin1", at, at + words.length));
}

function partEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(PART_END, from, "latin1");
  if (end < 0) throw truncated("before the table of servers");
  return end + PART_END.length;
}

/** What an answer is that does not even begin like one. */
function strange(bytes: Buffer): HaprobeError {
  refuse(bytes, 0);
  if (bytes.length === 0) return new HaprobeError("HAPROBE_STATS_TRUNCATED", "the answer is empty");
  if (isBeginningOf(INFO, bytes, 0) || isBeginningOf(TABLE, bytes, 0)) return truncated("after a few bytes");
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: it does not begin like one");
}

/** Throws if HAProxy refuses a command at this place of its answer. */
function refuse(bytes: Buffer, at: number): void {
  // 2.2 goes on with a full stop, 2.6 with a comma, 3.x with the command.
  if (startsWith(bytes, "Unknown command", at)) {
    throw new HaprobeError("HAPROBE_STATS_UNKNOWN_COMMAND", "HAProxy does not know the command here");
  }
  if (startsWith(bytes, "Permission denied", at)) {
    throw new HaprobeError("HAPROBE_STATS_PERMISSION_DENIED", "HAProxy refuses the command on this socket");
  }
}

function truncated(where: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the answer stops ${where}`);
}
