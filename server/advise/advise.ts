import type { ConfigFile } from "./config-file.ts";
import { positionOf } from "./config-file.ts";
import { readConfigLines } from "./config-lines.ts";
import type { Edit } from "./edit.ts";
import { readIgnoreComments, withoutIgnored } from "./ignore-comments.ts";
import { judgeChecks } from "./judge-checks.ts";
import { type LintIssue, SEVERITIES } from "./lint-issue.ts";
import { readProxies } from "./proxies.ts";
import type { AdviseOptions, JudgedCheck, Rule, RuleContext, RuleMatch } from "./rule.ts";
import { RULES } from "./rules.ts";
import { readSections, type Section } from "./sections.ts";
import { readChecks } from "./server-check.ts";

/** What the files say of the checks, and what is wrong with them, in the order of the files. */
export interface Advice {
  readonly checks: readonly JudgedCheck[];
  readonly issues: readonly LintIssue[];
  /** Sections of HAProxy that were found; none in a file that is not a configuration. */
  readonly sections: number;
}

export const DEFAULT_OPTIONS: AdviseOptions = { assumed: null, version: null, caFile: null, path: null, host: null };

/** Reads a configuration as HAProxy does, files in their order, and applies every rule. Never throws, whatever the text. */
export function advise(files: readonly ConfigFile[], options: AdviseOptions = DEFAULT_OPTIONS): Advice {
  const texts = files.map(readConfigLines);
  const sections = readSections(texts, options.version);
  const proxies = readProxies(sections);
  const checks = readChecks(proxies, verifiesNothing(sections));
  const checked = judgeChecks(proxies, checks, options.assumed);
  const context: RuleContext = { files, texts, sections, proxies, checked, options };
  const byPath = new Map(texts.map((text) => [text.path, text]));
  const isPossible = ({ file, line, removed }: Edit): boolean => {
    const text = byPath.get(file);
    return (removed === 0 ? text?.joinedLines : text?.fixedLines)?.has(line) !== true;
  };
  const found = RULES.flatMap((rule) =>
    rule.detect(context).map((match) => toIssue(rule, match, match.cure.every(isPossible) ? match.cure : [])),
  );
  const issues = withoutIgnored(found, readIgnoreComments(texts, sections));
  const order = new Map(files.map(({ path }, index) => [path, index]));
  return {
    checks: checked.flatMap((proxy) => proxy.checks),
    issues: issues.toSorted((left, right) => compareIssues(left, right, order)),
    sections: sections.length,
  };
}

function verifiesNothing(sections: readonly Section[]): boolean {
  return sections
    .filter(({ kind }) => kind === "global")
    .flatMap(({ lines }) => lines)
    .some(({ words }) => words[0]?.text === "ssl-server-verify" && words[1]?.text === "none");
}

function toIssue(
  rule: Rule,
  { line, word, proxy, checks = [], severity, message }: RuleMatch,
  cure: readonly Edit[],
): LintIssue {
  const position = positionOf(line, word);
  return {
    rule: rule.id,
    severity: severity ?? rule.severity,
    position,
    endColumn: word?.endColumn ?? line.words.at(-1)?.endColumn ?? position.column,
    proxy: proxy?.section.name?.text ?? null,
    header: proxy?.section.header.number ?? null,
    servers: checks.map(({ server }) => server.name.text),
    places: checks.map(({ server }) => server.line.number),
    message,
    cure,
  };
}

function compareIssues(left: LintIssue, right: LintIssue, order: ReadonlyMap<string, number>): number {
  const files = (order.get(left.position.file) ?? 0) - (order.get(right.position.file) ?? 0);
  const severities = SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity);
  return (
    files || left.position.line - right.position.line || severities || left.position.column - right.position.column
  );
}
