import { BOUNDS } from "../bounds.ts";
import { limitError, parserError } from "./parser-error.ts";

/** Node's parser also accepts HTTP/0.9, HTTP/2.0, RTSP, ICE, and empty lines before. */
const STATUS_LINE = /^HTTP\/1\.[01]/;
const STATUS_LINE_START = "HTTP/1.";
const NOT_HTTP1 = "the response does not begin with HTTP/1.0 or HTTP/1.1";
const INTERIM_STATUS_LINE = /^HTTP\/1\.[01] 1\d\d\b/;
const SWITCHING_STATUS_LINE = /^HTTP\/1\.[01] 101\b/;

/** The error of a response whose first bytes are of another protocol; null for HTTP/1, and for too few bytes. */
export function otherThanHttp1(received: Buffer): Error | null {
  const start = received.toString("latin1", 0, STATUS_LINE_START.length);
  return STATUS_LINE_START.startsWith(start) ? null : parserError(NOT_HTTP1);
}

/** Headers that frame the message, or that the probe reads: no parser may read them in another way. */
const EXACT_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "keep-alive",
  "location",
  "proxy-connection",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A head that is longer is an error, so that a large chunk need not be decoded. */
const PART_BYTES = 16 * 1_024;

/** What HAProxy and its clients accept in the value of a header and Node's parser does not; never NUL, CR or LF. */
// oxlint-disable-next-line no-control-regex -- control characters are what it replaces
const CONTROLS = /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * Rewrites the heads of a response so that Node's strict parser reads the sloppy forms that all other parsers read
 * alike: lines that all end in a bare LF, a folded header, control characters in a value (docs/http-responses.md).
 * Throws an error with a parser's code for what parsers read differently and Node's would accept.
 */
export class ResponseHeadFilter {
  /** Begin of a line that has not ended yet. */
  #rest = "";
  /** The last header, as its lines: the next line may continue it. */
  #header: string[] = [];
  #lineEnd: "\n" | "\r\n" | null = null;
  #statusLine: string | null = null;
  #bytes = 0;
  #lines = 0;
  #isDone = false;

  /** The bytes for Node's parser; those after the last head pass unchanged. */
  push(chunk: Buffer): Buffer {
    if (this.#isDone) return chunk;
    const part = chunk.subarray(0, PART_BYTES);
    const text = this.#rest + part.toString("latin1");
    let [output, at] = ["", 0];
    for (let end = text.indexOf("\n"); end >= 0 && !this.#isDone; end = text.indexOf("\n", at)) {
      output += this.#rewriteLine(text.slice(at, end + 1));
      at = end + 1;
    }
    this.#rest = text.slice(at);
    if (this.#isDone) {
      const head = Buffer.from(output + this.#rest, "latin1");
      return part.length === chunk.length ? head : Buffer.concat([head, chunk.subarray(PART_BYTES)]);
    }
    // A protocol without lines may send nothing more.
    if (this.#statusLine === null && !STATUS_LINE_START.startsWith(this.#rest.slice(0, STATUS_LINE_START.length)))
      throw parserError(NOT_HTTP1);
    this.#checkSize(this.#rest.length);
    // Several heads may be longer than one part.
    if (part.length < chunk.length)
      return Buffer.concat([Buffer.from(output, "latin1"), this.push(chunk.subarray(PART_BYTES))]);
    return Buffer.from(output, "latin1");
  }

  #rewriteLine(line: string): string {
    const lineEnd = line.endsWith("\r\n") ? "\r\n" : "\n";
    const content = line.slice(0, -lineEnd.length);
    this.#lineEnd ??= lineEnd;
    this.#bytes += line.length;
    this.#lines += 1;
    this.#checkSize(0);
    if (lineEnd !== this.#lineEnd) throw parserError("lines of the header end in CR LF and in LF");
    if (content.includes("\r")) throw parserError("a CR within a line of the header");
    if (this.#statusLine === null) {
      if (!STATUS_LINE.test(content)) throw parserError(NOT_HTTP1);
      this.#statusLine = content;
      return `${content}\r\n`;
    }
    if (content.startsWith(" ") || content.startsWith("\t")) {
      this.#continueHeader(content);
      return "";
    }
    const before = this.#header.length === 0 ? "" : `${this.#header.join(" ")}\r\n`;
    if (content === "") return `${before}${this.#endHead(this.#statusLine)}`;
    this.#header = [withoutControls(content)];
    return before;
  }

  /** Another head follows an interim one. */
  #endHead(statusLine: string): string {
    this.#isDone = !INTERIM_STATUS_LINE.test(statusLine) || SWITCHING_STATUS_LINE.test(statusLine);
    this.#statusLine = null;
    this.#header = [];
    this.#lineEnd = null;
    this.#bytes = 0;
    this.#lines = 0;
    return "\r\n";
  }

  #continueHeader(line: string): void {
    const [first] = this.#header;
    if (first === undefined) throw parserError("a blank before the first header");
    if (EXACT_HEADERS.has(nameOf(first))) throw parserError(`${nameOf(first)} is continued on another line`);
    this.#header.push(line.trim().replace(CONTROLS, "?"));
  }

  #checkSize(more: number): void {
    if (this.#bytes + more > BOUNDS.probeHeadBytes) throw limitError("Header overflow");
    // Status line, headers with as many continuations, and the empty line.
    if (this.#lines > 2 * BOUNDS.probeHeaders + 2) throw limitError("too many headers");
  }
}

function withoutControls(header: string): string {
  return EXACT_HEADERS.has(nameOf(header)) ? header : header.replace(/:.*/, (value) => value.replace(CONTROLS, "?"));
}

function nameOf(header: string): string {
  return header.slice(0, Math.max(0, header.indexOf(":"))).toLowerCase();
}
