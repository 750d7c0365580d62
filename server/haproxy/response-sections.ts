import { BOUNDS } from "../bounds.ts";
import { HaprobeError } from "../errors.ts";

const STAT_HEADER_PREFIX = "# pxname,";
const SHOW_INFO_PREFIX = "Name: ";
const SECTION_END = "\n\n";

/** A section of a response: offsets of its first byte and after its last. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Where the sections of a response begin. */
export interface ResponseSections {
  /** `show info`; null over a source without it. */
  readonly info: ByteRange | null;
  /** `show servers state`; null if it was not requested, or over a source without it. */
  readonly serversState: ByteRange | null;
  /** Offset of the table of `show stat`, which is the last section. */
  readonly tableOffset: number;
}

/** Splits a response into its sections, each of which ends with an empty line; yields after each MiB. Throws a HaprobeError for other text. */
export function* splitResponse(bytes: Buffer, withServersState: boolean): Generator<void, ResponseSections, void> {
  if (startsWith(bytes, STAT_HEADER_PREFIX)) return { info: null, serversState: null, tableOffset: 0 };
  if (!startsWith(bytes, SHOW_INFO_PREFIX)) throw unrecognizedResponseError(bytes);
  const infoEnd = findInfoEnd(bytes);
  throwIfRefused(bytes, infoEnd);
  const tableOffset = withServersState ? yield* findSectionEnd(bytes, infoEnd) : infoEnd;
  throwIfRefused(bytes, tableOffset);
  if (!startsWith(bytes, STAT_HEADER_PREFIX, tableOffset)) {
    if (isTruncatedPrefix(STAT_HEADER_PREFIX, bytes, tableOffset)) throw truncatedError("before the table of servers");
    throw new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the response is not HAProxy's: no table of servers");
  }
  return {
    info: { from: 0, to: infoEnd },
    serversState: withServersState ? { from: infoEnd, to: tableOffset } : null,
    tableOffset,
  };
}

/** Whether this text is at the offset. */
export function startsWith(bytes: Buffer, text: string, at = 0): boolean {
  return bytes.toString("latin1", at, at + text.length) === text;
}

/** Whether the response ends within this text, or before it. */
function isTruncatedPrefix(text: string, bytes: Buffer, at: number): boolean {
  return text.startsWith(bytes.toString("latin1", at, at + text.length));
}

function findInfoEnd(bytes: Buffer): number {
  const end = bytes.subarray(0, BOUNDS.showInfoMaxBytes).indexOf(SECTION_END, 0, "latin1");
  if (end >= 0) return end + SECTION_END.length;
  if (bytes.length < BOUNDS.showInfoMaxBytes) throw truncatedError("before the table of servers");
  throw new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", "the response is not HAProxy's: its `show info` is too long");
}

function* findSectionEnd(bytes: Buffer, from: number): Generator<void, number, void> {
  for (let at = from; at < bytes.length; at += BOUNDS.searchStepBytes) {
    // The second line feed may be the first byte of the next step.
    const step = bytes.subarray(at, at + BOUNDS.searchStepBytes + SECTION_END.length - 1);
    const end = step.indexOf(SECTION_END, 0, "latin1");
    if (end >= 0) return at + end + SECTION_END.length;
    yield;
  }
  throw truncatedError("before the table of servers");
}

/** The error for a response that begins with neither section. */
function unrecognizedResponseError(bytes: Buffer): HaprobeError {
  throwIfRefused(bytes, 0);
  if (bytes.length === 0) return new HaprobeError("HAPROBE_STATS_TRUNCATED", "the response is empty");
  if (isTruncatedPrefix(SHOW_INFO_PREFIX, bytes, 0) || isTruncatedPrefix(STAT_HEADER_PREFIX, bytes, 0))
    return truncatedError("after a few bytes");
  return new HaprobeError("HAPROBE_STATS_NOT_HAPROXY", `the response is not HAProxy's: ${describeProtocol(bytes)}`);
}

/** What a response of another protocol is, with the address that fits it. */
function describeProtocol(bytes: Buffer): string {
  if (startsWith(bytes, "HTTP/1.")) return "it is HTTP; the address of a stats page is `http://HOST:PORT/PATH`";
  // The first bytes of a TLS alert.
  if (startsWith(bytes, "\x15\x03")) return "it is TLS; the address of a Runtime API behind TLS is `tls://HOST:PORT`";
  return "its beginning is unknown";
}

/** Throws if HAProxy refuses a command at this offset of its response. */
function throwIfRefused(bytes: Buffer, at: number): void {
  // 2.2 continues with a full stop, 2.6 with a comma, 3.x with the command.
  if (startsWith(bytes, "Unknown command", at)) {
    throw new HaprobeError("HAPROBE_STATS_UNKNOWN_COMMAND", "HAProxy does not know the command on this socket");
  }
  if (startsWith(bytes, "Permission denied", at)) {
    throw new HaprobeError("HAPROBE_STATS_PERMISSION_DENIED", "HAProxy refuses the command on this socket");
  }
}

function truncatedError(where: string): HaprobeError {
  return new HaprobeError("HAPROBE_STATS_TRUNCATED", `the response stops ${where}`);
}
