import { type ConfigFile, type ConfigLine, UNKNOWN_CHARACTER } from "./config-file.ts";
import { maskTemplates } from "./mask-templates.ts";
import { splitWords } from "./split-words.ts";

/** The lines of one file that HAProxy reads, or that a template engine, a shell or a reader of a guide hands to it. */
export interface ConfigText {
  readonly path: string;
  /** Every line as it stands in the file. */
  readonly sources: readonly string[];
  readonly lines: readonly ConfigLine[];
  /** The whole file is a configuration: neither a guide nor a script around one. */
  readonly isWhole: boolean;
  /** Numbers of lines that hold nothing but statements of a template. */
  readonly statementLines: ReadonlySet<number>;
  /** Numbers of lines that begin within a comment or an expression of a template: no line is added above them. */
  readonly joinedLines: ReadonlySet<number>;
  /** Numbers of lines that a script prints, that hold several branches or a part of an expression of a template, or words that are not closed: no cure changes them. */
  readonly fixedLines: ReadonlySet<number>;
}

const SECTION =
  /^(?!.*[;{]\s*$)\s*(?:(?:global|defaults)\s*$|(?:frontend|backend|listen|defaults)[ \t]+\S+(?:[ \t].*)?$|global[ \t]+#)/;
/** Lines of nginx end in a semicolon or a brace. */
const FRAGMENT =
  /^(?!.*[;{]\s*$)\s*(?:server(?:-template)?[ \t]+[^\s;]+[ \t]+\S+|default-server[ \t]|option[ \t]+(?:httpchk|tcp-check)\b)/;
const FENCE = /^\s*(?:>\s*)?(`{3,}|~{3,})/;
const HEREDOC = /<<[-~]?\s*\\?(["']?)([A-Za-z_]\w*)\1/;
const PRINTED = /^\s*(?:sudo\s+)?(?:echo|printf)\s+(?:-\w+\s+)*(["'])(\s*[a-z-]+\s.*?)(?:\\n)?\1[\s;|&>]*/;
const OTHER_LANGUAGE = /\.(?:md|markdown|rst|adoc|sh|bash|ya?ml|go|tf|py|rb|pp|json|txt|html?)$/i;

/** Finds the configuration in a file: all of it, fenced blocks of Markdown, here-documents and `echo` of a shell script. */
export function readConfigLines(file: ConfigFile): ConfigText {
  const sources = file.text.split("\n");
  const { text: maskedText, cuts, coveredEnds, branches } = maskTemplates(file.text);
  const masked = maskedText.split("\n");
  const fenced = selectFences(masked);
  const scripted = selectHeredocs(masked, fenced);
  const lines: ConfigLine[] = [];
  const statementLines = new Set<number>();
  const joinedLines = new Set<number>();
  const fixedLines = new Set<number>();
  let lineAt = 0;
  let cut = 0;
  let passed = 0;
  for (const [index, line] of masked.entries()) {
    const from = lineAt;
    lineAt += line.length + 1;
    const starts = [0];
    for (let at = cuts[cut]; at !== undefined && at < lineAt; at = cuts[cut]) {
      starts.push(at - from);
      cut += 1;
    }
    const source = sources[index] ?? "";
    if (isStatement(line, source)) statementLines.add(index + 1);
    if (coveredEnds.has(from - 1)) joinedLines.add(index + 1);
    const isTaken = scripted?.[index] ?? fenced?.[index] ?? true;
    const text = isTaken ? line : scripted === null ? null : printedText(line);
    if (text === null) continue;
    const isWholeLine = !coveredEnds.has(from - 1) && !coveredEnds.has(lineAt - 1);
    if (!isTaken || starts.length > 1 || !isWholeLine) fixedLines.add(index + 1);
    for (const [part, start] of starts.entries()) {
      const { words, isClosed } = splitWords(" ".repeat(start) + text.slice(start, starts[part + 1]));
      const [first] = words;
      if (first === undefined) continue;
      if (!isClosed) fixedLines.add(index + 1);
      while ((branches[passed]?.at ?? Number.POSITIVE_INFINITY) < from + first.column) passed += 1;
      const branch = branches[passed - 1]?.branch ?? null;
      lines.push({ file: file.path, number: index + 1, source, words, isPrinted: !isTaken, branch });
    }
  }
  const isWhole = fenced === null && scripted === null && !OTHER_LANGUAGE.test(file.path);
  return { path: file.path, sources, lines, isWhole, statementLines, joinedLines, fixedLines };
}

function isStatement(masked: string, source: string): boolean {
  return masked.trim() === "" && source.trim() !== "" && !source.includes(UNKNOWN_CHARACTER);
}

/** Which lines stand in a fenced block that holds configuration; null where the file has no such block. */
function selectFences(lines: readonly string[]): readonly boolean[] | null {
  const isTaken = lines.map(() => false);
  let opened: { readonly mark: string; readonly at: number } | null = null;
  let hasSection = false;
  let hasAny = false;
  for (const [index, line] of lines.entries()) {
    const mark = FENCE.exec(line)?.[1];
    if (opened === null) {
      if (mark !== undefined) opened = { mark, at: index };
      hasSection = false;
    } else if (mark?.startsWith(opened.mark) === true) {
      if (hasSection) isTaken.fill(true, opened.at + 1, index);
      hasAny ||= hasSection;
      opened = null;
    } else {
      hasSection ||= SECTION.test(line) || FRAGMENT.test(line);
    }
  }
  if (opened !== null && hasSection) {
    isTaken.fill(true, opened.at + 1);
    hasAny = true;
  }
  return hasAny ? isTaken : null;
}

/** Which lines stand in a here-document that holds configuration, and in blocks without one; null where there is none. */
function selectHeredocs(lines: readonly string[], fenced: readonly boolean[] | null): readonly boolean[] | null {
  const isTaken = lines.map((_, index) => fenced?.[index] ?? false);
  let opened: { readonly end: string; readonly at: number } | null = null;
  // A block with one such document is a script: nothing else in it is configuration.
  let scriptFrom = 0;
  let isScript = false;
  let hasSection = false;
  let hasAny = false;
  for (const [index, line] of lines.entries()) {
    if (fenced?.[index] === false) {
      opened = null;
      isScript = false;
      scriptFrom = index + 1;
    } else if (opened === null) {
      const end = HEREDOC.exec(line)?.[2];
      if (end !== undefined) opened = { end, at: index };
      if (isScript) isTaken[index] = false;
      hasSection = false;
    } else if (line.trim() !== opened.end) {
      hasSection ||= SECTION.test(line) || FRAGMENT.test(line);
    } else {
      isScript ||= hasSection;
      hasAny ||= hasSection;
      if (isScript) {
        isTaken.fill(false, scriptFrom, index + 1);
        scriptFrom = index + 1;
      }
      if (hasSection) isTaken.fill(true, opened.at + 1, index);
      opened = null;
    }
  }
  return hasAny ? isTaken : null;
}

/** What an `echo` or `printf` writes, at the same columns; null for another line. */
function printedText(line: string): string | null {
  const match = PRINTED.exec(line);
  const content = match?.[2];
  if (match === null || content === undefined || !(FRAGMENT.test(content) || SECTION.test(content))) return null;
  const from = line.indexOf(content, match[0].indexOf(match[1] ?? "") + 1);
  return " ".repeat(from) + content;
}
