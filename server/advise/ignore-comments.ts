import type { ConfigText } from "./config-lines.ts";
import type { LintIssue } from "./lint-issue.ts";
import type { Section } from "./sections.ts";

/** A comment that says which rules do not apply, and why. */
export interface IgnoreComment {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The lines for which it holds. */
  readonly from: number;
  readonly to: number;
  readonly rules: readonly string[];
  readonly reason: string;
}

const COMMENT = /#\s*haprobe:\s*ignore\s+([a-z][\w,-]*)(?:[ \t:]+(\S.*))?$/;

/**
 * Reads `# haprobe: ignore RULE[,RULE] REASON`: behind a line it holds for that line, alone for the next one, and at
 * the header of a section for all of it.
 */
export function readIgnoreComments(
  texts: readonly ConfigText[],
  sections: readonly Section[],
): readonly IgnoreComment[] {
  const ends = new Map<string, number>();
  for (const { header, lines, text } of sections) {
    ends.set(`${text.path}:${header.number}`, lines.at(-1)?.number ?? header.number);
  }
  return texts.flatMap(({ path, sources }) =>
    sources.flatMap((source, index) => {
      const match = source.includes("haprobe:") ? COMMENT.exec(source.trimEnd()) : null;
      if (match === null) return [];
      const isAlone = source.slice(0, match.index).trim() === "";
      const from = isAlone ? nextLine(sources, index + 1) : index + 1;
      const to = ends.get(`${path}:${from}`) ?? from;
      const rules = (match[1] ?? "").split(",");
      return [{ file: path, line: index + 1, column: match.index + 1, from, to, rules, reason: match[2] ?? "" }];
    }),
  );
}

/** The number of the first line from index `at` on that is not a comment. */
function nextLine(sources: readonly string[], at: number): number {
  let index = at;
  while (index < sources.length && /^\s*(?:#|$)/.test(sources[index] ?? "")) index += 1;
  return index + 1;
}

/** The issues that no comment ignores. A comment without a reason ignores nothing. */
export function withoutIgnored(issues: readonly LintIssue[], comments: readonly IgnoreComment[]): readonly LintIssue[] {
  const reasoned = Map.groupBy(
    comments.filter(({ reason }) => reason !== ""),
    ({ file }) => file,
  );
  if (reasoned.size === 0) return issues;
  return issues.filter(({ rule, position, places }) => {
    const own = reasoned.get(position.file) ?? [];
    const lines = [position.line, ...places];
    return !own.some(({ rules, from, to }) => rules.includes(rule) && lines.some((line) => line >= from && line <= to));
  });
}
