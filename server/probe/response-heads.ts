import { BOUNDS } from "../bounds.ts";
import type { StatsColumn } from "../contract/incident.ts";
import { REDACTED, redactQuery, SECRET_NAME } from "../contract/redact-query.ts";
import { redactSecrets } from "./redaction.ts";
import { sanitizeLine } from "./untrusted-text.ts";

/** A response's status line and headers as they were received, or the names and values of its headers in turn. Untrusted. */
export type RawHead = Buffer | readonly string[];

interface KeptHead {
  /** Monotonic milliseconds. */
  at: number;
  head: RawHead;
  /** Bytes of `head` in use. */
  length: number;
  /** Forms of the secrets that are redacted when it is read. */
  secrets: readonly string[];
}

/** The headers of a response, in the order in which they came, without secrets. */
export interface ResponseHeaders {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly headers: readonly StatsColumn[];
}

/** The head of each target's newest response, of which at most `probeHeadKeptBytes` are kept; the bytes of a target are reused. */
export class ResponseHeads {
  readonly #heads = new Map<string, KeptHead>();

  /** Keeps a head; of bytes the first `length` are copied. */
  keep(target: string, head: RawHead, length: number, secrets: readonly string[], at: number): void {
    const bytes = Math.min(length, BOUNDS.probeHeadKeptBytes);
    const known = this.#heads.get(target);
    if (known === undefined) {
      const kept = Buffer.isBuffer(head) ? Buffer.from(head.subarray(0, bytes)) : firstOf(head);
      this.#heads.set(target, { at, head: kept, length: bytes, secrets });
      if (this.#heads.size > BOUNDS.serversMax) this.#heads.delete(this.#heads.keys().next().value ?? "");
      return;
    }
    if (!Buffer.isBuffer(head)) known.head = firstOf(head);
    else if (Buffer.isBuffer(known.head) && known.head.length >= bytes) head.copy(known.head, 0, 0, bytes);
    else known.head = Buffer.from(head.subarray(0, bytes));
    known.length = bytes;
    known.secrets = secrets;
    known.at = at;
  }

  /** Drops the head of a target: it is gone. */
  delete(target: string): void {
    this.#heads.delete(target);
  }

  /** The headers of a target's newest response; null before one. */
  read(target: string): ResponseHeaders | null {
    const kept = this.#heads.get(target);
    if (kept === undefined) return null;
    const { at, head, length, secrets } = kept;
    return { at, headers: readHeaders(head, length).map((header) => redact(header, secrets)) };
  }
}

/** The headers of a head in the order in which they came; a last line that is cut is left out. */
export function readHeaders(head: RawHead, length: number): StatsColumn[] {
  if (!Buffer.isBuffer(head)) {
    return Array.from({ length: head.length / 2 }, (_, i) => ({
      name: head[2 * i] ?? "",
      value: (head[2 * i + 1] ?? "").trim(),
    }));
  }
  // What follows the last end of a line is cut, or is the body.
  const lines = head.toString("latin1", 0, length).split("\r\n").slice(1, -1);
  const end = lines.indexOf("");
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => {
    const colon = line.indexOf(":");
    return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
  });
}

/** The first names and values, up to as many characters as bytes are kept of others. */
function firstOf(head: readonly string[]): readonly string[] {
  let left: number = BOUNDS.probeHeadKeptBytes;
  const end = head.findIndex((text) => (left -= text.length) < 0);
  return end < 0 ? head : head.slice(0, end - (end % 2));
}

function redact({ name, value }: StatsColumn, secrets: readonly string[]): StatsColumn {
  const shown = SECRET_NAME.test(name) ? REDACTED : redactQuery(redactSecrets(value, secrets));
  return { name: sanitizeLine(name), value: sanitizeLine(shown, BOUNDS.probeHeadKeptBytes) };
}
