import { BOUNDS } from "../bounds.ts";
import type { HttpResponse } from "./http-response.ts";
import { RepeatDecoder } from "./repeat-decoder.ts";

/** An answer that came whole. */
export interface SimpleResponse {
  readonly response: HttpResponse;
  /** The server wants no other question on this connection, or has said more than an answer. */
  readonly closesConnection: boolean;
}

/** Headers of more than this are not plain. */
const HEAD_MAX_BYTES = 4_096;

const STATUS_AT = "HTTP/1.1 ".length;
const REASON_AT = "HTTP/1.1 200 ".length;
const [TAB, LF, CR, BLANK, COLON] = [9, 10, 13, 32, 58];

/** Headers that say how the rest is to be read; without one of these names a header is only passed over. */
const HEADER_NAMES = [
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "location",
  "proxy-connection",
  "trailer",
  "transfer-encoding",
  "upgrade",
] as const;
type HeaderName = (typeof HEADER_NAMES)[number];

/** With these the rest is to be read in another way. */
const UNSUPPORTED_HEADERS: ReadonlySet<HeaderName> = new Set([
  "transfer-encoding",
  "upgrade",
  "trailer",
  "proxy-connection",
] as const);

const NAMES_BY_LENGTH: readonly (readonly { readonly name: HeaderName; readonly bytes: Buffer }[])[] = Array.from(
  { length: 1 + Math.max(...HEADER_NAMES.map(({ length }) => length)) },
  (_, length) =>
    HEADER_NAMES.filter((name) => name.length === length).map((name) => ({ name, bytes: Buffer.from(name, "latin1") })),
);

/** By character: what a name, and what a value or reason may consist of (RFC 9110, 5.1 and 5.5). */
const NAME_CHARS = charTable(/[\w!#$%&'*+.^`|~-]/);
const VALUE_CHARS = charTable(/[\t\x20-\x7e\x80-\xff]/);

function charTable(allowed: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => Number(allowed.test(String.fromCharCode(code))));
}

/** Where a value stands. */
interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const reasons = new RepeatDecoder("latin1");
const types = new RepeatDecoder("latin1");
const bodies = new RepeatDecoder("utf8");

/**
 * Reads what nearly every health endpoint answers, RFC 9112 at its simplest: HTTP/1.1, a final status, each header in a
 * line of its own, a body by `content-length`, all of it there. Null for anything else: this reader decides nothing that
 * Node's own would decide otherwise, and takes a fraction of its time.
 */
export function parseSimpleResponse(bytes: Buffer, method: string): SimpleResponse | null {
  const status = parseStatus(bytes);
  const reasonEnd = status === 0 ? -1 : findLineEnd(bytes, REASON_AT);
  const head = reasonEnd < 0 ? null : parseHeaders(bytes, reasonEnd + 2);
  if (head === null) return null;
  const { spans, bodyAt } = head;

  const connection = decodeRange(bytes, spans.connection).toLowerCase();
  if (connection !== "" && connection !== "keep-alive" && connection !== "close") return null;
  const length = lengthOf(bytes, spans["content-length"], status, method);
  if (length === null || bytes.length < bodyAt + length) return null;
  const type = spans["content-type"];
  return {
    response: {
      status,
      statusText: reasons.decode(bytes, REASON_AT, reasonEnd),
      contentType: type === undefined ? "" : types.decode(bytes, type.from, type.to),
      contentEncoding: normalizeContentEncoding(decodeRange(bytes, spans["content-encoding"])),
      location: decodeRange(bytes, spans.location),
      body: bodies.decode(bytes, bodyAt, bodyAt + length),
      complete: true,
    },
    closesConnection: connection === "close" || bytes.length > bodyAt + length,
  };
}

const VERSION_PREFIX = Buffer.from("HTTP/1.1 ", "latin1");

/** 200 to 599 in a status line as it should be; 0 otherwise. */
function parseStatus(bytes: Buffer): number {
  for (let at = 0; at < STATUS_AT; at += 1) if (bytes[at] !== VERSION_PREFIX[at]) return 0;
  if (bytes[REASON_AT - 1] !== BLANK) return 0;
  const status = parseDigits(bytes, STATUS_AT, REASON_AT - 1);
  return status >= 200 && status <= 599 ? status : 0;
}

/** Digits as a number; NaN where there is anything else. */
function parseDigits(bytes: Buffer, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** Where the CR LF is that ends a line of allowed characters; -1 where there is another character, or no end. */
function findLineEnd(bytes: Buffer, from: number): number {
  const limit = Math.min(bytes.length - 1, HEAD_MAX_BYTES);
  for (let at = from; at < limit; at += 1) {
    const code = bytes[at] ?? 0;
    if (code === CR) return bytes[at + 1] === LF ? at : -1;
    if (VALUE_CHARS[code] === 0) return -1;
  }
  return -1;
}

/** The values that matter, and where the body begins; null where a line is not as it should be, or says that the rest is not plain. */
function parseHeaders(
  bytes: Buffer,
  from: number,
): { readonly spans: Partial<Record<HeaderName, ByteRange>>; readonly bodyAt: number } | null {
  const spans: Partial<Record<HeaderName, ByteRange>> = {};
  let at = from;
  while (bytes[at] !== CR) {
    let colon = at;
    while (NAME_CHARS[bytes[colon] ?? 0] === 1) colon += 1;
    if (colon === at || bytes[colon] !== COLON) return null;
    const end = findLineEnd(bytes, colon + 1);
    if (end < 0) return null;
    const name = matchHeaderName(bytes, at, colon);
    if (name !== null) {
      const span = trimRange(bytes, colon + 1, end);
      // One that is there twice, or with nothing to say, is for a reader who knows what that means.
      if (UNSUPPORTED_HEADERS.has(name) || spans[name] !== undefined || span.from === span.to) return null;
      spans[name] = span;
    }
    at = end + 2;
  }
  return bytes[at + 1] === LF ? { spans, bodyAt: at + 2 } : null;
}

function matchHeaderName(bytes: Buffer, from: number, to: number): HeaderName | null {
  for (const { name, bytes: wanted } of NAMES_BY_LENGTH[to - from] ?? []) {
    let same = 0;
    // Names are letters and hyphens: this bit makes capitals small and leaves hyphens as they are.
    while (same < wanted.length && ((bytes[from + same] ?? 0) | 0x20) === wanted[same]) same += 1;
    if (same === wanted.length) return name;
  }
  return null;
}

/** Without the blanks around it; HTTP knows two. */
function trimRange(bytes: Buffer, from: number, to: number): ByteRange {
  const isBlank = (at: number): boolean => bytes[at] === BLANK || bytes[at] === TAB;
  let [first, last] = [from, to];
  while (first < last && isBlank(first)) first += 1;
  while (last > first && isBlank(last - 1)) last -= 1;
  return { from: first, to: last };
}

function decodeRange(bytes: Buffer, span: ByteRange | undefined): string {
  return span === undefined ? "" : bytes.toString("latin1", span.from, span.to);
}

/** Null where the end of the body is found in another way, or comes after what is read. */
function lengthOf(bytes: Buffer, span: ByteRange | undefined, status: number, method: string): number | null {
  const isBodiless = status === 204 || status === 304;
  if (span === undefined) return isBodiless ? 0 : null;
  const length = parseDigits(bytes, span.from, span.to);
  // A 304 may tell the length of what it does not send.
  const most = method === "HEAD" ? Number.MAX_SAFE_INTEGER : isBodiless ? 0 : BOUNDS.probeBodyReadBytes;
  if (!(length <= most)) return null;
  return method === "HEAD" ? 0 : length;
}

/** What the bytes of a body were packed with, by the header; empty for nothing. */
export function normalizeContentEncoding(header: string): string {
  const coding = header.trim().toLowerCase();
  return coding === "identity" ? "" : coding;
}
