import type { ConfigFile } from "./config-file.ts";
import type { Edit } from "./edit.ts";

const CONTEXT_LINES = 3;
const NO_NEWLINE = "\\ No newline at end of file";

/** The change that edits make to a file, as `diff -u` prints it with `context` lines around; empty where they do not touch the file. */
export function formatUnifiedDiff(file: ConfigFile, edits: readonly Edit[], context = CONTEXT_LINES): string {
  const own = edits
    .filter((edit) => edit.file === file.path)
    .toSorted((left, right) => left.line - right.line || left.removed - right.removed);
  if (own.length === 0) return "";
  const lines = linesOf(file);
  const hunks = groupHunks(own, context);
  const name = file.path.replace(/^\//, "");
  const texts: string[] = [`--- a/${name}`, `+++ b/${name}`];
  let offset = 0;
  for (const hunk of hunks) {
    const { text, added } = formatHunk(lines, hunk, offset, context);
    texts.push(text);
    offset += added;
  }
  return `${texts.join("\n")}\n`;
}

/** A file of thousands of mistakes has a diff for each: it is split once. */
const splitFiles = new WeakMap<ConfigFile, readonly string[]>();

function linesOf(file: ConfigFile): readonly string[] {
  const known = splitFiles.get(file);
  if (known !== undefined) return known;
  const lines = file.text.split("\n");
  splitFiles.set(file, lines);
  return lines;
}

/** Edits whose context would overlap stand in one hunk. */
function groupHunks(edits: readonly Edit[], context: number): readonly (readonly Edit[])[] {
  const hunks: Edit[][] = [];
  for (const edit of edits) {
    const last = hunks.at(-1);
    const end = last?.at(-1);
    if (last !== undefined && end !== undefined && edit.line - (end.line + end.removed) <= 2 * context) {
      last.push(edit);
    } else {
      hunks.push([edit]);
    }
  }
  return hunks;
}

function formatHunk(
  lines: readonly string[],
  edits: readonly Edit[],
  offset: number,
  context: number,
): { readonly text: string; readonly added: number } {
  // The piece behind the last line feed is a line only where it holds text.
  const count = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  const first = edits[0]?.line ?? 1;
  const last = edits.at(-1);
  const from = Math.max(1, first - context);
  const to = Math.min(count, (last === undefined ? 1 : last.line + last.removed - 1) + context);
  const output: string[] = [];
  let added: string[] = [];
  let at = from;
  // Removed lines stand before the ones that replace them.
  const flush = (): void => {
    output.push(...added);
    added = [];
  };
  const unchanged = (end: number): void => {
    if (at < end) flush();
    for (; at < end && at <= count; at += 1) output.push(...mark(" ", lines, at, count));
  };
  for (const edit of edits) {
    unchanged(edit.line);
    if (edit.removed === 1) {
      output.push(...mark("-", lines, at, count));
      at += 1;
    }
    for (const text of edit.inserted) added.push(`+${text.replace(/\r$/, "")}`);
  }
  const isEndChanged = at > count && lines.at(-1) !== "";
  // The empty piece behind the last line feed is no line.
  if (isEndChanged && added.at(-1) === "+") added.pop();
  else if (isEndChanged && added.length > 0) added.push(NO_NEWLINE);
  flush();
  unchanged(to + 1);
  const kept = output.filter((line) => line.startsWith(" ")).length;
  const before = kept + output.filter((line) => line.startsWith("-")).length;
  const after = kept + output.filter((line) => line.startsWith("+")).length;
  const start = before === 0 ? from - 1 : from;
  const head = `@@ -${start},${before} +${start + offset},${after} @@`;
  return { text: [head, ...output].join("\n"), added: after - before };
}

function mark(sign: string, lines: readonly string[], at: number, count: number): readonly string[] {
  const line = `${sign}${(lines[at - 1] ?? "").replace(/\r$/, "")}`;
  return at === count && lines.at(-1) !== "" ? [line, NO_NEWLINE] : [line];
}
