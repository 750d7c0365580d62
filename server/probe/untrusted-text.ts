import { BOUNDS } from "../bounds.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";

/** Untrusted text for one line of a log or a page: no control characters, at most `max` characters. */
export function sanitizeLine(text: string, max = 200): string {
  // C0, C1 and bidirectional controls.
  const clean = text
    .slice(0, max * 2)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, " ")
    .trim();
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}

/** The first 4 KiB of a body, never half a character, with controls of a terminal as escapes. */
export function truncateBody(body: string): string {
  return firstBytes(escapeUnprintableInLines(firstBytes(body)));
}

function firstBytes(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= BOUNDS.probeBodyKeptBytes) return text;
  return new TextDecoder().decode(bytes.subarray(0, BOUNDS.probeBodyKeptBytes), { stream: true });
}
