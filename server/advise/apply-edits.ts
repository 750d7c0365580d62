import type { Edit } from "./edit.ts";

/** Of issues with cures those that touch no line of an earlier one: each is cured whole or not at all. */
export function selectCompatible<Issue extends { readonly cure: readonly Edit[] }>(
  issues: readonly Issue[],
): readonly Issue[] {
  const taken = new Set<string>();
  return issues.filter(({ cure }) => {
    const places = cure.map(({ file, line, removed }) => `${removed} ${line} ${file}`);
    if (places.some((place) => taken.has(place))) return false;
    for (const place of places) taken.add(place);
    return true;
  });
}

/** A line of a file that is changed, with its number in the file as it was; null for a new line. */
export interface TracedLine {
  readonly text: string;
  readonly origin: number | null;
}

/** Applies edits of one file, of which no two remove the same line. Line ends stay as the file has them. */
export function applyEdits(lines: readonly TracedLine[], edits: readonly Edit[]): readonly TracedLine[] {
  if (edits.length === 0) return lines;
  const end = lines[0]?.text.endsWith("\r") === true ? "\r" : "";
  const result: TracedLine[] = [];
  let done = 0;
  for (const { line, removed, inserted } of edits.toSorted(byPlace)) {
    const at = Math.min(line - 1, lines.length);
    for (; done < at; done += 1) result.push(lines[done] ?? { text: "", origin: null });
    for (const text of inserted)
      result.push({ text: text === "" || text.endsWith("\r") ? text : text + end, origin: null });
    if (removed === 1) done += 1;
  }
  result.push(...lines.slice(done));
  return result;
}

/** The edits that lead from the file as it was to these lines. */
export function editsTo(file: string, count: number, lines: readonly TracedLine[]): readonly Edit[] {
  const edits: Edit[] = [];
  let next = 1;
  let inserted: string[] = [];
  const flush = (until: number): void => {
    if (inserted.length > 0) edits.push({ file, line: next, removed: 0, inserted });
    inserted = [];
    for (; next < until; next += 1) edits.push({ file, line: next, removed: 1, inserted: [] });
  };
  for (const { text, origin } of lines) {
    if (origin === null) {
      inserted.push(text);
    } else {
      flush(origin);
      next = origin + 1;
    }
  }
  flush(count + 1);
  return edits;
}

/** Insertions come before what they stand above. */
function byPlace(left: Edit, right: Edit): number {
  return left.line - right.line || left.removed - right.removed;
}
