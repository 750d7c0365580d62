import { BOUNDS } from "../bounds.ts";
import type { HttpAnswer } from "./answer.ts";

/** An answer that came whole. */
export interface PlainAnswer {
  readonly answer: HttpAnswer;
  /** The server wants no other question on this connection, or has said more than an answer. */
  readonly closes: boolean;
}

/** Headers of more than this are not plain. */
const HEAD_MAX_BYTES = 4_096;

/** A status line and headers, each in a line of its own, of characters that are allowed there. */
const HEAD = /^HTTP\/1\.1 [2-5]\d\d [\t\x20-\x7e\x80-\xff]*\r\n(?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const STATUS_AT = "HTTP/1.1 ".length;
const REASON_AT = "HTTP/1.1 200 ".length;
const LENGTH = /^\d{1,5}$/;

/** With these the rest is to be read in another way. */
const FRAMING = ["transfer-encoding", "upgrade", "trailer", "proxy-connection"] as const;

/**
 * Reads what nearly every health endpoint answers, RFC 9112 at its simplest: HTTP/1.1, a final status, each header in a
 * line of its own, a body by `content-length`, all of it there. Null for anything else: this reader decides nothing that
 * Node's own would decide otherwise, and takes a tenth of its time.
 */
export function readPlainAnswer(bytes: Buffer, method: string): PlainAnswer | null {
  const text = bytes.toString("latin1", 0, HEAD_MAX_BYTES);
  const headEnd = text.indexOf("\r\n\r\n");
  const head = text.slice(0, headEnd + 2);
  if (headEnd < 0 || !HEAD.test(head)) return null;
  const names = head.toLowerCase();
  if (FRAMING.some((name) => headerAt(names, name) !== -1)) return null;

  const connection = valueOf(head, names, "connection");
  const encoding = valueOf(head, names, "content-encoding");
  const contentType = valueOf(head, names, "content-type");
  const location = valueOf(head, names, "location");
  const lengthText = valueOf(head, names, "content-length");
  if (connection === null || encoding === null || contentType === null || location === null) return null;
  const closes = CLOSES.get(connection.toLowerCase());
  const status = Number(head.slice(STATUS_AT, REASON_AT - 1));
  const length = lengthText === null ? null : lengthOf(lengthText, status, method);
  const bodyAt = headEnd + 4;
  if (closes === undefined || length === null || bytes.length < bodyAt + length) return null;
  return {
    answer: {
      status,
      statusText: head.slice(REASON_AT, head.indexOf("\r\n")),
      contentType,
      encoding: encodingOf(encoding),
      location,
      body: bytes.toString("utf8", bodyAt, bodyAt + length),
      complete: true,
    },
    closes: closes || bytes.length > bodyAt + length,
  };
}

/** By the value of `connection`; other values are not plain. */
const CLOSES: ReadonlyMap<string, boolean> = new Map([
  ["", false],
  ["keep-alive", false],
  ["close", true],
]);

/** Where the line of a header begins, in a head in lower case; -1 for nowhere. */
function headerAt(names: string, name: string, from = 0): number {
  return names.indexOf(`\r\n${name}:`, from);
}

/** The value of a header, empty where it is not there; null where it is there twice, or with nothing to say. */
function valueOf(head: string, names: string, name: string): string | null {
  const at = headerAt(names, name);
  if (at < 0) return "";
  const from = at + 2 + name.length + 1;
  if (headerAt(names, name, from) >= 0) return null;
  // Blanks only: `trim` takes more than HTTP does.
  const value = head.slice(from, head.indexOf("\r\n", from)).replace(/^[\t ]+|[\t ]+$/g, "");
  return value === "" ? null : value;
}

/** Null where the end of the body is found in another way, or comes after what is read. */
function lengthOf(text: string, status: number, method: string): number | null {
  const isBodiless = status === 204 || status === 304;
  if (text === "") return isBodiless ? 0 : null;
  if (!LENGTH.test(text)) return null;
  if (method === "HEAD") return 0;
  const length = Number(text);
  // A 304 may tell the length of what it does not send.
  return length <= (isBodiless ? 0 : BOUNDS.probeBodyReadBytes) ? length : null;
}

/** What the bytes of a body were packed with, by the header; empty for nothing. */
export function encodingOf(header: string): string {
  const coding = header.trim().toLowerCase();
  return coding === "identity" ? "" : coding;
}
