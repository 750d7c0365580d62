import { UNKNOWN_CHARACTER, type Word } from "./config-file.ts";

/** HAProxy refuses a line of more than 64 words; of a longer one the others are not read. */
const WORDS_MAX = 256;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const BACKSLASH = "\\";
const VARIABLE = /\$(?:\{(\.?\w+)(?:\[\*\])?(?:-([^}]*))?\}|(\.?[A-Za-z_]\w*))/y;
const BRACED = /\$[{(][^})]*[})]?/y;

/** The words of one line; not closed where a quotation mark has no partner or a word ends in a backslash: it would take what is added for its own. */
export interface SplitLine {
  readonly words: readonly Word[];
  readonly isClosed: boolean;
}

/**
 * Splits one line into words as HAProxy does: quotes, escapes, comments and environment variables. A variable with a
 * default has that value; without one it is unknown, and outside of double quotes it belongs to a template or a shell.
 */
export function splitWords(line: string): SplitLine {
  const words: Word[] = [];
  let text = "";
  let start = -1;
  let quote = "";
  let bareBackslashEnd = -1;
  let isClosed = true;
  let at = 0;
  const end = (): void => {
    if (start >= 0) words.push({ text, column: start + 1, endColumn: at + 1 });
    if (bareBackslashEnd === at) isClosed = false;
    text = "";
    start = -1;
  };
  while (at < line.length && words.length < WORDS_MAX) {
    const character = line.charAt(at);
    if (quote === "" && (character === " " || character === "\t" || character === "\r")) {
      end();
      at += 1;
      continue;
    }
    if (quote === "" && character === "#") break;
    if (start < 0) start = at;
    if (character === quote) {
      quote = "";
      at += 1;
    } else if (quote === "" && (character === '"' || character === "'")) {
      quote = character;
      at += 1;
    } else if (character === BACKSLASH && quote !== "'") {
      const escape = readEscape(line, at, quote);
      text += escape.text;
      at += escape.length;
      if (escape.length === 1) bareBackslashEnd = at;
    } else if (character === "$" && quote !== "'") {
      const variable = readVariable(line, at, quote === '"');
      text += variable.text;
      at += variable.length;
    } else {
      text += character;
      at += 1;
    }
  }
  end();
  return { words, isClosed: isClosed && quote === "" && words.length < WORDS_MAX };
}

interface Piece {
  readonly text: string;
  /** Characters of the line that it takes. */
  readonly length: number;
}

function readEscape(line: string, at: number, quote: string): Piece {
  const next = line.charAt(at + 1);
  if (next === BACKSLASH || next === '"') return { text: next, length: 2 };
  if (quote === "" && (next === " " || next === "#" || next === "'")) return { text: next, length: 2 };
  if (quote === '"' && next === "$") return { text: next, length: 2 };
  const code = next === "x" ? line.slice(at + 2, at + 4) : "";
  if (/^[\da-f]{2}$/i.test(code)) return { text: String.fromCharCode(Number.parseInt(code, 16)), length: 4 };
  const control = ESCAPED[next];
  return control === undefined ? { text: BACKSLASH, length: 1 } : { text: control, length: 2 };
}

function readVariable(line: string, at: number, isExpanded: boolean): Piece {
  VARIABLE.lastIndex = at;
  const match = VARIABLE.exec(line);
  if (match !== null)
    return { text: (isExpanded ? match[2] : undefined) ?? UNKNOWN_CHARACTER, length: match[0].length };
  BRACED.lastIndex = at;
  const braced = BRACED.exec(line);
  return braced === null ? { text: "$", length: 1 } : { text: UNKNOWN_CHARACTER, length: braced[0].length };
}
