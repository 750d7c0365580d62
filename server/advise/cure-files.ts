import { advise } from "./advise.ts";
import { applyEdits, editsTo, selectEdits, type TracedLine } from "./apply-edits.ts";
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

/** Applies the cures of all issues of at least this severity until none is left. */
export function cureFiles(files: readonly ConfigFile[], options: AdviseOptions, least: Severity): readonly CuredFile[] {
  let traced = files.map(({ text }) =>
    text.split("\n").map((line, index): TracedLine => ({ text: line, origin: index + 1 })),
  );
  let current = files;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { issues } = advise(current, options);
    const edits = selectEdits(selectCures(issues.filter(({ severity }) => isAtLeast(severity, least))));
    if (edits.length === 0) break;
    const byFile = Map.groupBy(edits, ({ file }) => file);
    traced = traced.map((lines, index) => [...applyEdits(lines, byFile.get(files[index]?.path ?? "") ?? [])]);
    current = files.map(({ path }, index) => ({
      path,
      text: (traced[index] ?? []).map(({ text }) => text).join("\n"),
    }));
  }
  return files.map(({ path, text }, index) => {
    const lines = traced[index] ?? [];
    return { path, text: current[index]?.text ?? text, edits: editsTo(path, text.split("\n").length, lines) };
  });
}

/** One cure for each section: two of them may add the same line. */
function selectCures(issues: readonly LintIssue[]): readonly (readonly Edit[])[] {
  const cures = new Map<string, readonly Edit[]>();
  for (const { position, proxy, cure } of issues.toSorted(byRule)) {
    const key = `${position.file}:${proxy ?? position.line}`;
    if (cure.length > 0 && !cures.has(key)) cures.set(key, cure);
  }
  return [...cures.values()];
}

function byRule(left: LintIssue, right: LintIssue): number {
  return RANKS.indexOf(left.rule) - RANKS.indexOf(right.rule);
}

/** True for a severity that is shown where `least` is the least one shown. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}
