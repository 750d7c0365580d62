import { HaprobeError } from "../errors.ts";

const STAT_HEADER_PREFIX = "# pxname,";
const SHOW_INFO_PREFIX = "Name: ";
const SECTION_END = "\n\n";

/** A part of an answer: offsets of its first byte and behind its last. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Where the parts of an answer begin. */
export interface ResponseSections {
  /** `show info`; null over a source that has none. */
  readonly info: ByteRange | null;
  /** `show servers state`; null if it was not asked for, or over a source that has none. */
  readonly serversState: ByteRange | null;
  /** Offset of the table of `show stat`, which is the last part. */
  readonly tableOffset: number;
}

/** Takes an answer apart; each part ends with an empty line. Throws the error that names what came instead of one. */
export function splitResponse(bytes: Buffer, withServersState: boolean): ResponseSections {
  if (startsWith(bytes, STAT_HEADER_PREFIX)) return { info: null, serversState: null, tableOffset: 0 };
  if (!startsWith(bytes, SHOW_INFO_PREFIX)) throw unrecognizedResponseError(bytes);
  const stateAt = findSectionEnd(bytes, 0);
  throwIfRefused(bytes, stateAt);
  const tableAt = withServersState ? findSectionEnd(bytes, stateAt) : stateAt;
  throwIfRefused(bytes, tableAt);
  if (!startsWith(bytes, STAT_HEADER_PREFIX, tableAt)) {
    if (isTruncatedPrefix(STAT_HEADER_PREFIX, bytes, tableAt)) throw truncatedError("before the table of servers");
    throw new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: no table of servers");
  }
  return {
    info: { from: 0, to: stateAt },
    serversState: withServersState ? { from: stateAt, to: tableAt } : null,
    tableOffset: tableAt,
  };
}

/** Whether these words stand there. */
export function startsWith(bytes: Buffer, words: string, at = 0): boolean {
  return bytes.toString("latin1", at, at + words.length) === words;
}

/** Whether the answer stops in the middle of these words, or before them. */
function isTruncatedPrefix(words: string, bytes: Buffer, at: number): boolean {
  return words.startsWith(bytes.toString("latin1", at, at + words.length));
}

function findSectionEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(SECTION_END, from, "latin1");
  if (end < 0) throw truncatedError("before the table of servers");
  return end + SECTION_END.length;
}

/** What an answer is that does not even begin like one. */
function unrecognizedResponseError(bytes: Buffer): HaprobeError {
  throwIfRefused(bytes, 0);
  if (bytes.length === 0) return new HaprobeError("HAPROBE_STATS_TRUNCATED", "the answer is empty");
  if (isTruncatedPrefix(SHOW_INFO_PREFIX, bytes, 0) || isTruncatedPrefix(STAT_HEADER_PREFIX, bytes, 0))
    return truncatedError("after a few bytes");
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: it does not begin like one");
}

/** Throws if HAProxy refuses a command at this place of its answer. */
function throwIfRefused(bytes: Buffer, at: number): void {
  // 2.2 goes on with a full stop, 2.6 with a comma, 3.x with the command.
  if (startsWith(bytes, "Unknown command", at)) {
    throw new HaprobeError("HAPROBE_STATS_UNKNOWN_COMMAND", "HAProxy does not know the command here");
  }
  if (startsWith(bytes, "Permission denied", at)) {
    throw new HaprobeError("HAPROBE_STATS_PERMISSION_DENIED", "HAProxy refuses the command on this socket");
  }
}

function truncatedError(where: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the answer stops ${where}`);
}
