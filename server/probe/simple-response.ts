import { BOUNDS } from "../bounds.ts";
import type { HttpResponse } from "./http-response.ts";
import { RepeatDecoder } from "./repeat-decoder.ts";

/** A response that arrived complete in one chunk. */
export interface SimpleResponse {
  readonly response: HttpResponse;
  /** Bytes of its status line and headers. */
  readonly headLength: number;
  /** The server closes the connection, or has sent more than the response. */
  readonly closesConnection: boolean;
}

/** Longer heads are left to Node's parser, which rejects them; two ends of lines follow the last header. */
const HEAD_MAX_BYTES = BOUNDS.probeHeadBytes - 4;

/** Where the status begins in a response of HTTP/1. */
export const STATUS_AT = "HTTP/1.1 ".length;
const REASON_AT = "HTTP/1.1 200 ".length;
const [TAB, LF, CR, BLANK, COLON] = [9, 10, 13, 32, 58];

/** Headers that are read; any other header is only checked for its characters. */
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

/** Headers that change how the message is framed. */
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

/** By character: allowed in a header name, and in a value or reason phrase (RFC 9110, 5.1 and 5.5). */
const NAME_CHARS = charTable(/[\w!#$%&'*+.^`|~-]/);
const VALUE_CHARS = charTable(/[\t\x20-\x7e\x80-\xff]/);

function charTable(allowed: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => Number(allowed.test(String.fromCharCode(code))));
}

/** A part of the received bytes; `to` is exclusive. */
interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const reasonDecoder = new RepeatDecoder("latin1");
const contentTypeDecoder = new RepeatDecoder("latin1");
const bodyDecoder = new RepeatDecoder("utf8");

/**
 * Parses the response of nearly every health endpoint, the simplest form of RFC 9112: HTTP/1.1, a final status, each
 * header on one line, a complete body by `content-length`. Null for anything else: this parser never differs from
 * Node's, and takes a fraction of its time.
 */
export function parseSimpleResponse(bytes: Buffer, method: string): SimpleResponse | null {
  const status = parseStatus(bytes);
  const reasonEnd = status === 0 ? -1 : findLineEnd(bytes, REASON_AT);
  const head = reasonEnd < 0 ? null : parseHeaders(bytes, reasonEnd + 2);
  if (head === null) return null;
  const { ranges, bodyAt } = head;

  const connection = decodeRange(bytes, ranges.connection).toLowerCase();
  if (connection !== "" && connection !== "keep-alive" && connection !== "close") return null;
  if (normalizeContentEncoding(decodeRange(bytes, ranges["content-encoding"])) !== "") return null;
  const length = lengthOf(bytes, ranges["content-length"], status, method);
  if (length === null || bytes.length < bodyAt + length) return null;
  const type = ranges["content-type"];
  return {
    response: {
      status,
      statusText: reasonDecoder.decode(bytes, REASON_AT, reasonEnd),
      contentType: type === undefined ? "" : contentTypeDecoder.decode(bytes, type.from, type.to),
      contentEncoding: "",
      location: decodeRange(bytes, ranges.location),
      body: bodyDecoder.decode(bytes, bodyAt, bodyAt + length),
      complete: true,
    },
    headLength: bodyAt,
    closesConnection: connection === "close" || bytes.length > bodyAt + length,
  };
}

const VERSION_PREFIX = Buffer.from("HTTP/1.1 ", "latin1");

/** A status of 200 to 599 in a valid status line; 0 otherwise. */
function parseStatus(bytes: Buffer): number {
  for (let at = 0; at < STATUS_AT; at += 1) if (bytes[at] !== VERSION_PREFIX[at]) return 0;
  if (bytes[REASON_AT - 1] !== BLANK) return 0;
  const status = parseDigits(bytes, STATUS_AT, REASON_AT - 1);
  return status >= 200 && status <= 599 ? status : 0;
}

/** Digits as a number; NaN for any other character. */
function parseDigits(bytes: Buffer, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** Index of the CR LF that ends a line of allowed characters; -1 for any other character or a missing end. */
function findLineEnd(bytes: Buffer, from: number): number {
  const limit = Math.min(bytes.length - 1, HEAD_MAX_BYTES);
  for (let at = from; at < limit; at += 1) {
    const code = bytes[at] ?? 0;
    if (code === CR) return bytes[at + 1] === LF ? at : -1;
    if (VALUE_CHARS[code] === 0) return -1;
  }
  return -1;
}

/** The ranges of the known headers and the start of the body; null for a malformed line or an unsupported header. */
function parseHeaders(
  bytes: Buffer,
  from: number,
): { readonly ranges: Partial<Record<HeaderName, ByteRange>>; readonly bodyAt: number } | null {
  const ranges: Partial<Record<HeaderName, ByteRange>> = {};
  let [at, count] = [from, 0];
  while (bytes[at] !== CR) {
    if ((count += 1) > BOUNDS.probeHeaders) return null;
    let colon = at;
    while (NAME_CHARS[bytes[colon] ?? 0] === 1) colon += 1;
    if (colon === at || bytes[colon] !== COLON) return null;
    const end = findLineEnd(bytes, colon + 1);
    if (end < 0) return null;
    const name = matchHeaderName(bytes, at, colon);
    if (name !== null) {
      const range = trimRange(bytes, colon + 1, end);
      // Duplicate and empty headers are left to Node's parser.
      if (UNSUPPORTED_HEADERS.has(name) || ranges[name] !== undefined || range.from === range.to) return null;
      ranges[name] = range;
    }
    at = end + 2;
  }
  return bytes[at + 1] === LF ? { ranges, bodyAt: at + 2 } : null;
}

function matchHeaderName(bytes: Buffer, from: number, to: number): HeaderName | null {
  for (const { name, bytes: wanted } of NAMES_BY_LENGTH[to - from] ?? []) {
    let matched = 0;
    // Names are letters and hyphens: this bit lowercases letters and leaves hyphens unchanged.
    while (matched < wanted.length && ((bytes[from + matched] ?? 0) | 0x20) === wanted[matched]) matched += 1;
    if (matched === wanted.length) return name;
  }
  return null;
}

/** Without surrounding spaces and tabs. */
function trimRange(bytes: Buffer, from: number, to: number): ByteRange {
  const isBlank = (at: number): boolean => bytes[at] === BLANK || bytes[at] === TAB;
  let [first, last] = [from, to];
  while (first < last && isBlank(first)) first += 1;
  while (last > first && isBlank(last - 1)) last -= 1;
  return { from: first, to: last };
}

function decodeRange(bytes: Buffer, range: ByteRange | undefined): string {
  return range === undefined ? "" : bytes.toString("latin1", range.from, range.to);
}

/** Bytes of the body; null where its end is framed otherwise, or lies beyond the read limit. */
function lengthOf(bytes: Buffer, range: ByteRange | undefined, status: number, method: string): number | null {
  const isBodiless = status === 204 || status === 304;
  if (range === undefined) return isBodiless ? 0 : null;
  const length = parseDigits(bytes, range.from, range.to);
  // A 304 may carry the length of the body that it omits.
  const most = method === "HEAD" ? Number.MAX_SAFE_INTEGER : isBodiless ? 0 : BOUNDS.probeBodyReadBytes;
  if (!(length <= most)) return null;
  return method === "HEAD" ? 0 : length;
}

/** The body's compression, from `content-encoding`; empty for none. */
export function normalizeContentEncoding(header: string): string {
  const coding = header.trim().toLowerCase();
  return coding === "identity" ? "" : coding;
}
