import { advise } from "../advise/advise.ts";
import type { ConfigFile } from "../advise/config-file.ts";
import { cureFiles, isAtLeast } from "../advise/cure-files.ts";
import type { LintIssue, Severity } from "../advise/lint-issue.ts";
import type { AdviseOptions } from "../advise/rule.ts";
import { formatUnifiedDiff } from "../advise/unified-diff.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";
import { LINT_EXIT } from "./exit-code.ts";
import { type LintFile, readLintFiles, STANDARD_INPUT, writeLintFile } from "./lint-files.ts";
import { renderLintGithub } from "./lint-github.ts";
import { renderLintJson } from "./lint-json.ts";
import type { LintReport } from "./lint-report.ts";
import { renderLintSarif } from "./lint-sarif.ts";
import type { LINT_FORMATS } from "./output-formats.ts";
import { renderLintText } from "./lint-text.ts";

export interface LintOptions {
  readonly paths: readonly string[];
  readonly format: (typeof LINT_FORMATS)[number];
  /** The least severity that is shown, cured and counted. */
  readonly severity: Severity;
  readonly fix: boolean;
  readonly write: boolean;
  readonly advise: AdviseOptions;
}

const RENDERERS = {
  text: renderLintText,
  json: renderLintJson,
  sarif: renderLintSarif,
  github: renderLintGithub,
} as const;

type Write = (text: string) => void;

const toStderr: Write = (text) => void process.stderr.write(escapeUnprintableInLines(text));

/** `haprobe lint`: prints what is wrong with the checks of a haproxy.cfg, or the cure as a diff. Returns the exit code. */
export function lint(options: LintOptions, print: Write, printError: Write = toStderr): number {
  const read = readLintFiles(options.paths);
  if (read.kind === "unreadable") {
    printError(`${read.message}\n`);
    return LINT_EXIT.unreadable;
  }
  const { files } = read;
  const advice = advise(files, options.advise);
  if (advice.sections === 0) {
    printError(`${files.map(({ path }) => path).join(", ")}: no section of a HAProxy configuration\n`);
    return LINT_EXIT.unreadable;
  }
  const issues = advice.issues.filter(({ severity }) => isAtLeast(severity, options.severity));
  if (!options.fix) {
    const report: LintReport = { files, checks: advice.checks, issues };
    print(RENDERERS[options.format](report));
    return exitCodeOf(issues);
  }
  const cured = cureFiles(files, options.advise, options.severity);
  print(files.map((file, index) => formatUnifiedDiff(file, cured[index]?.edits ?? [])).join(""));
  if (!options.write) return exitCodeOf(issues);
  const failed = writeChanged(files, cured);
  if (failed !== null) {
    printError(`${failed}\n`);
    return LINT_EXIT.unreadable;
  }
  const left = advise(cured, options.advise).issues.filter(({ severity }) => isAtLeast(severity, options.severity));
  return exitCodeOf(left);
}

/** Writes the files that changed; returns an error message, or null. */
function writeChanged(files: readonly LintFile[], cured: readonly ConfigFile[]): string | null {
  for (const [index, file] of files.entries()) {
    const changed = cured[index];
    if (changed === undefined || changed.text === file.text) continue;
    if (file.path === STANDARD_INPUT) return "Standard input cannot be written: leave out --write.";
    const failed = writeLintFile(file.path, changed.text, file.encoding);
    if (failed !== null) return failed;
  }
  return null;
}

function exitCodeOf(issues: readonly LintIssue[]): number {
  if (issues.some(({ severity }) => severity === "error")) return LINT_EXIT.errors;
  return issues.some(({ severity }) => severity === "warning") ? LINT_EXIT.warnings : LINT_EXIT.clean;
}
