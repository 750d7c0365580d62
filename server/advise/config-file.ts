import type { TemplateBranch } from "./template-branch.ts";

/** One file of a HAProxy configuration, as it was read. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** A place in a file; lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One word of a configuration line. */
export interface Word {
  /** Without quotes and escapes; what a template or the environment decides stands as `UNKNOWN_CHARACTER`. */
  readonly text: string;
  readonly column: number;
  /** The column behind its last character. */
  readonly endColumn: number;
}

/** A line of the configuration with at least one word. */
export interface ConfigLine {
  readonly file: string;
  readonly number: number;
  /** As it stands in the file. */
  readonly source: string;
  readonly words: readonly Word[];
  /** It is written by a command of a shell script, so that no line can be added beside it. */
  readonly isPrinted: boolean;
  /** Null where the line stands in no condition of a template. */
  readonly branch: TemplateBranch | null;
}

/** Stands in the text of a word for what only a template engine or the environment knows. */
export const UNKNOWN_CHARACTER = "\uE000";

/** False for a word of which a part is decided outside the file. */
export function isKnown(word: Word): boolean {
  return !word.text.includes(UNKNOWN_CHARACTER);
}

export function positionOf(line: ConfigLine, word: Word | undefined = line.words[0]): Position {
  return { file: line.file, line: line.number, column: word?.column ?? 1 };
}
