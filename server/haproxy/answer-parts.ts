import { HaprobeError } from "../errors.ts";

const TABLE = "# pxname,";
const INFO = "Name: ";
const PART_END = "\n\n";

/** Where the parts of an answer begin. */
export interface AnswerParts {
  /** `show info`; null over a source that has none. */
  readonly info: string | null;
  /** `show servers state`; null if it was not asked for, or over a source that has none. */
  readonly serversState: string | null;
  /** Offset of the table of `show stat`, which is the last part. */
  readonly tableAt: number;
}

/** Takes an answer apart; each part ends with an empty line. Throws the error that names what came instead of one. */
export function splitAnswer(text: string, withServersState: boolean): AnswerParts {
  if (text.startsWith(TABLE)) return { info: null, serversState: null, tableAt: 0 };
  if (!text.startsWith(INFO)) throw strange(text);
  const stateAt = partEnd(text, 0);
  refuse(text, stateAt);
  const tableAt = withServersState ? partEnd(text, stateAt) : stateAt;
  refuse(text, tableAt);
  if (!text.startsWith(TABLE, tableAt)) {
    if (TABLE.startsWith(text.slice(tableAt))) throw truncated("before the table of servers");
    throw new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: no table of servers");
  }
  return {
    info: text.slice(0, stateAt),
    serversState: withServersState ? text.slice(stateAt, tableAt) : null,
    tableAt,
  };
}

function partEnd(text: string, from: number): number {
  const end = text.indexOf(PART_END, from);
  if (end < 0) throw truncated("before the table of servers");
  return end + PART_END.length;
}

/** What an answer is that does not even begin like one. */
function strange(text: string): HaprobeError {
  refuse(text, 0);
  if (text === "") return new HaprobeError("HAPROBE_STATS_TRUNCATED", "the answer is empty");
  if (INFO.startsWith(text) || TABLE.startsWith(text)) return truncated("after a few bytes");
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the answer is not HAProxy's: it does not begin like one");
}

/** Throws if HAProxy refuses a command at this place of its answer. */
function refuse(text: string, at: number): void {
  // 2.2 goes on with a full stop, 2.6 with a comma, 3.x with the command.
  if (text.startsWith("Unknown command", at)) {
    throw new HaprobeError("HAPROBE_STATS_UNKNOWN_COMMAND", "HAProxy does not know the command here");
  }
  if (text.startsWith("Permission denied", at)) {
    throw new HaprobeError("HAPROBE_STATS_PERMISSION_DENIED", "HAProxy refuses the command on this socket");
  }
}

function truncated(where: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the answer stops ${where}`);
}
