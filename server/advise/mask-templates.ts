import { UNKNOWN_CHARACTER } from "./config-file.ts";
import { branchBehind, readStep, type TemplateBranch } from "./template-branch.ts";

/** A longer expression is not one: its closing mark belongs to another. */
const EXPRESSION_MAX_CHARACTERS = 4_000;
const OPENING = /\{[#%{]|<%|%\{|\$\{|\$\(|<\/?#|<\/?@/g;
const CLOSING: Readonly<Record<string, string>> = {
  "{#": "#}",
  "{%": "%}",
  "{{": "}}",
  "<%": "%>",
  "%{": "}",
  "${": "}",
  "$(": ")",
  "<#": ">",
  "</#": ">",
  "<@": ">",
  "</@": ">",
};
/** What in `{{ }}` of Go, Handlebars and Mustache yields no text. */
const BRACE_STATEMENT = /^[-~]?\s*(?:(?:range|if|else|end|with|define|block|break|continue)\b|\/\*|\$\w*\s*:?=|[#/^!])/;
const REST_OF_LINE = /[ \t\r]*(?:#.*)?(?:\n|$)/y;
const PERCENT_STATEMENT = /^~?\s*(?:for|if|else|endfor|endif)\b/;

/** A text without its template, and the branch that begins at each statement that begins one. */
export interface MaskedText {
  readonly text: string;
  /** Behind each `else` of a choice that fills its line: the text goes on there as another line. */
  readonly cuts: readonly number[];
  /** The ends of lines within what was covered: no line can be added there. */
  readonly coveredEnds: ReadonlySet<number>;
  readonly branches: readonly { readonly at: number; readonly branch: TemplateBranch | null }[];
}

/** A block of a template that is open. */
interface OpenBlock {
  readonly from: number;
  readonly lineFrom: number;
  /** What was masked in front of it. */
  readonly pieces: number;
  readonly done: number;
  /** Behind each `else`. */
  readonly elses: number[];
}

/**
 * Covers what a template engine replaces, at the same length, so that columns stay: statements and comments become
 * spaces, values and choices between words of a line `UNKNOWN_CHARACTER`. Knows Jinja, Go, Handlebars, ERB, EPP, FreeMarker and
 * Terraform.
 */
export function maskTemplates(text: string): MaskedText {
  const pieces: string[] = [];
  const branches: { at: number; branch: TemplateBranch | null }[] = [];
  const cuts: number[] = [];
  const coveredEnds = new Set<number>();
  let branch: TemplateBranch | null = null;
  const closings = new Map<string, number>();
  const blocks: OpenBlock[] = [];
  let lineFrom = 0;
  let lineEnd = text.indexOf("\n");
  let done = 0;
  OPENING.lastIndex = 0;
  for (let match = OPENING.exec(text); match !== null; match = OPENING.exec(text)) {
    const opening = match[0];
    // Go templates that write Go templates quote the inner ones.
    const closing = text.startsWith("{{`", match.index) ? "`}}" : (CLOSING[opening] ?? "");
    const end = findClosing(text, closing, match.index + opening.length, closings);
    if (end < 0 || end - match.index > EXPRESSION_MAX_CHARACTERS) continue;
    const inside = text.slice(match.index + opening.length, end);
    const cover = coverOf(opening, inside);
    if (cover === null) continue;
    const last = end + closing.length;
    for (const { index } of inside.matchAll(/\n/g)) coveredEnds.add(match.index + opening.length + index);
    while (lineEnd >= 0 && lineEnd < match.index) {
      lineFrom = lineEnd + 1;
      lineEnd = text.indexOf("\n", lineFrom);
    }
    const opened = { from: match.index, lineFrom, pieces: pieces.length, done, elses: [] };
    pieces.push(text.slice(done, match.index), hide(text.slice(match.index, last), cover));
    done = last;
    const step = readStep(opening, inside);
    if (step !== undefined) {
      branch = branchBehind(branch, step, branches.length);
      branches.push({ at: last, branch });
      const block = step === "close" ? blocks.pop() : blocks.at(-1);
      if (step === "open") blocks.push(opened);
      if (step === "next") block?.elses.push(last);
      if (step === "close" && block !== undefined && isChoiceInLine(block, lineFrom, last)) {
        if (text.slice(lineFrom, block.from).trim() !== "") {
          pieces.length = block.pieces;
          pieces.push(text.slice(block.done, block.from), hide(text.slice(block.from, last), UNKNOWN_CHARACTER));
        } else if (isEndOfLine(text, last)) {
          cuts.push(...block.elses);
        }
      }
    }
    OPENING.lastIndex = last;
  }
  pieces.push(text.slice(done));
  return { text: pieces.join(""), cuts, coveredEnds, branches };
}

function hide(text: string, cover: string): string {
  return text.replace(/[^\r\n]/g, cover);
}

/** True for a block with an `else` that begins and ends in one line. */
function isChoiceInLine(block: OpenBlock, lineFrom: number, end: number): boolean {
  return block.elses.length > 0 && block.lineFrom === lineFrom && end - lineFrom <= EXPRESSION_MAX_CHARACTERS;
}

function isEndOfLine(text: string, at: number): boolean {
  REST_OF_LINE.lastIndex = at;
  return REST_OF_LINE.test(text);
}

/** Where the next closing mark begins, at or after `from`; remembered, so that a text without one is searched once. */
function findClosing(text: string, closing: string, from: number, known: Map<string, number>): number {
  const last = known.get(closing);
  if (last !== undefined && (last < 0 || last >= from)) return last;
  const found = text.indexOf(closing, from);
  known.set(closing, found);
  return found;
}

function coverOf(opening: string, inside: string): string | null {
  switch (opening) {
    case "{{":
      return BRACE_STATEMENT.test(inside.replace(/^`\{\{/, "")) ? " " : UNKNOWN_CHARACTER;
    case "<%":
      return /^[=-]?=/.test(inside) ? UNKNOWN_CHARACTER : " ";
    case "%{":
      return PERCENT_STATEMENT.test(inside) ? " " : null;
    case "${":
    case "$(":
      // One without a space is a word for the reader of words, which knows HAProxy's own variables.
      return /^[^\r\n]*[ \t][^\r\n]*$/.test(inside) && !inside.includes('"') ? UNKNOWN_CHARACTER : null;
    default:
      return " ";
  }
}
