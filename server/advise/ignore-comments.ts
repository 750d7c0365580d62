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
  return texts.flatMap(({ path, sources }) => {
    const next = nextLines(sources);
    return sources.flatMap((source, index) => {
      const match = source.includes("haprobe:") ? COMMENT.exec(source.trimEnd()) : null;
      if (match === null) return [];
      const isAlone = source.slice(0, match.index).trim() === "";
      const from = isAlone ? (next[index] ?? 0) : index + 1;
      const to = ends.get(`${path}:${from}`) ?? from;
      const rules = (match[1] ?? "").split(",");
      return [{ file: path, line: index + 1, column: match.index + 1, from, to, rules, reason: match[2] ?? "" }];
    });
  });
}

/** For each line the number of the next one that is not a comment. */
function nextLines(sources: readonly string[]): readonly number[] {
  const next = sources.map(() => sources.length + 1);
  for (let index = sources.length - 1; index > 0; index -= 1) {
    const isComment = /^\s*(?:#|$)/.test(sources[index] ?? "");
    next[index - 1] = isComment ? (next[index] ?? 0) : index + 1;
  }
  return next;
}

/** The issues that no comment ignores. A comment without a reason ignores nothing. */
export function withoutIgnored(issues: readonly LintIssue[], comments: readonly IgnoreComment[]): readonly LintIssue[] {
  const reasoned = comments.filter(({ reason }) => reason !== "");
  const ignored = new Map<string, Set<string>[]>();
  // A line has at most two sets, its own and that of its section, however many comments there are.
  for (const same of Map.groupBy(reasoned, ({ file, from, to }) => `${file}:${from}-${to}`).values()) {
    const rules = new Set(same.flatMap((comment) => comment.rules));
    const { file, from, to } = same[0] as IgnoreComment;
    for (let line = from; line <= to; line += 1) {
      const place = `${file}:${line}`;
      ignored.set(place, [...(ignored.get(place) ?? []), rules]);
    }
  }
  return issues.filter(({ rule, position: { file, line }, places }) =>
    [line, ...places].every((place) => ignored.get(`${file}:${place}`)?.some((rules) => rules.has(rule)) !== true),
  );
}
