import type { ConfigLine, Word } from "./config-file.ts";

/** A change of one file: removes `removed` lines from `line` on and puts `inserted` there. Lines count from 1. */
export interface Edit {
  readonly file: string;
  readonly line: number;
  readonly removed: 0 | 1;
  readonly inserted: readonly string[];
}

export function removeLine({ file, number }: ConfigLine): Edit {
  return { file, line: number, removed: 1, inserted: [] };
}

/** Replaces a line by others, which take its indentation. */
export function replaceLine(line: ConfigLine, texts: readonly string[]): Edit {
  return { file: line.file, line: line.number, removed: 1, inserted: texts.map((text) => indentationOf(line) + text) };
}

export function insertBefore(line: ConfigLine, texts: readonly string[], number = line.number): Edit {
  return { file: line.file, line: number, removed: 0, inserted: texts.map((text) => indentationOf(line) + text) };
}

/** Puts lines behind one; a section's header is followed by indented lines. */
export function insertAfter(line: ConfigLine, texts: readonly string[], indentation = indentationOf(line)): Edit {
  return { file: line.file, line: line.number + 1, removed: 0, inserted: texts.map((text) => indentation + text) };
}

/** Replaces words of a line, and adds others behind its words. */
export function changeWords(
  line: ConfigLine,
  changes: readonly { readonly word: Word; readonly text: string; readonly isAdded: boolean }[],
): Edit {
  let { source } = line;
  for (const { word, text, isAdded } of changes.toSorted((left, right) => right.word.column - left.word.column)) {
    const from = isAdded ? word.endColumn - 1 : word.column - 1;
    source = source.slice(0, from) + (isAdded ? ` ${text}` : text) + source.slice(word.endColumn - 1);
  }
  return { file: line.file, line: line.number, removed: 1, inserted: [source] };
}

/** Replaces one word of a line. */
export function replaceWord(line: ConfigLine, word: Word, text: string): Edit {
  return changeWords(line, [{ word, text, isAdded: false }]);
}

/** Adds words behind one of a line's words. */
export function insertWords(line: ConfigLine, behind: Word, text: string): Edit {
  return changeWords(line, [{ word: behind, text, isAdded: true }]);
}

/** The white space, or the quotation mark of a guide, before the first word. */
export function indentationOf({ source }: ConfigLine): string {
  return /^[ \t>]*/.exec(source)?.[0] ?? "";
}
