import { escapeUnprintable } from "../contract/quote.ts";

/** ANSI escape sequences: CSI and OSC, and two-character ones. */
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
/** Characters without a width, which can hide text or break a name in two for the eye only. */
const INVISIBLE = /[\u00ad\u200b-\u200d\u2060-\u2064\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * Text from a server as one line that shows what it is: ANSI sequences are removed, controls and marks of the text's
 * direction are written as `\u001b`, and it is cut to `maxChars`.
 */
export function toPlainLine(text: string, maxChars: number): string {
  // Work is bounded before the patterns run: an escape makes one character six at most.
  const line = text
    .slice(0, maxChars * 8)
    .replace(ANSI, "")
    .replace(INVISIBLE, "")
    .replace(/\s+/g, " ")
    .trim();
  return cut(escapeUnprintable(line), maxChars);
}

/** The text in at most `maxChars` UTF-16 units, ending in `…` where it was cut; never within a surrogate pair. */
export function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text.isWellFormed() ? text : text.toWellFormed();
  let end = maxChars - 1;
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last < 0xdc00) end -= 1;
  return `${text.slice(0, end).toWellFormed().trimEnd()}…`;
}

/** The text in at most `maxBytes` of UTF-8. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // A decoder in a stream leaves out the last character where it is incomplete.
  const kept = new TextDecoder().decode(bytes.subarray(0, maxBytes - 3), { stream: true });
  return `${kept.trimEnd()}…`;
}

/** Keeps `@name`, `#channel` and `/command` from being taken for a mention, by a space without a width behind the sign. */
export function breakMentions(text: string): string {
  return text.replace(/[@#](?=\S)/g, "$&\u200b");
}
