import { advise } from "./advise.ts";
import { applyEdits, editsTo, selectCompatible, type TracedLine } from "./apply-edits.ts";
import type { ConfigFile } from "./config-file.ts";
import type { Edit } from "./edit.ts";
import { type LintIssue, type Severity, SEVERITIES } from "./lint-issue.ts";
import type { AdviseOptions } from "./rule.ts";
import { RULES } from "./rules.ts";

/** Cures that touch one line wait for each other, a round each. */
const ROUNDS_MAX = 12;
const RANKS = RULES.map(({ id }) => id);

/** A file with the edits that lead to it from the one that was given. */
export interface CuredFile extends ConfigFile {
  readonly edits: readonly Edit[];
}

type TracedFiles = ReadonlyMap<string, readonly TracedLine[]>;

/** Applies the cures of all issues of at least this severity until none is left. */
export function cureFiles(files: readonly ConfigFile[], options: AdviseOptions, least: Severity): readonly CuredFile[] {
  let traced: TracedFiles = new Map(files.map(({ path, text }) => [path, traceLines(text)]));
  const textOf = (path: string): string => (traced.get(path) ?? []).map(({ text }) => text).join("\n");
  // A cure that leaves its issue in the section is not applied again.
  const applied = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { issues } = advise(
      files.map(({ path }) => ({ path, text: textOf(path) })),
      options,
    );
    const open = issues.filter(
      (issue) => isAtLeast(issue.severity, least) && !applied.has(keyOf(issue, traced, round)),
    );
    const chosen = selectCompatible(onePerSection(open));
    if (chosen.length === 0) break;
    for (const issue of chosen) applied.add(keyOf(issue, traced, round));
    const edits = Map.groupBy(
      chosen.flatMap(({ cure }) => cure),
      ({ file }) => file,
    );
    traced = new Map([...traced].map(([path, lines]) => [path, applyEdits(lines, edits.get(path) ?? [])]));
  }
  return files.map(({ path, text }) => {
    const edits = editsTo(path, text.split("\n").length, traced.get(path) ?? []);
    return { path, text: textOf(path), edits };
  });
}

function traceLines(text: string): readonly TracedLine[] {
  return text.split("\n").map((line, index) => ({ text: line, origin: index + 1 }));
}

/** The rule and the section by its header, wherever that has moved; what is about a file may come again. */
function keyOf({ rule, header, position }: LintIssue, traced: TracedFiles, round: number): string {
  if (header === null) return `${rule} ${round}`;
  const line = traced.get(position.file)?.[header - 1];
  return `${rule} ${line?.origin ?? line?.text} ${position.file}`;
}

/** One cure for each section: two of them may add the same line. */
function onePerSection(issues: readonly LintIssue[]): readonly LintIssue[] {
  const chosen = new Map<string, LintIssue>();
  for (const issue of issues.toSorted(byRule)) {
    const key = `${issue.position.file}:${issue.header ?? `line ${issue.position.line}`}`;
    if (issue.cure.length > 0 && !chosen.has(key)) chosen.set(key, issue);
  }
  return [...chosen.values()];
}

function byRule(left: LintIssue, right: LintIssue): number {
  return RANKS.indexOf(left.rule) - RANKS.indexOf(right.rule);
}

/** True for a severity that is shown where `least` is the least one shown. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}
