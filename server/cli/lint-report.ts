import type { ConfigFile } from "../advise/config-file.ts";
import type { LintIssue } from "../advise/lint-issue.ts";
import type { JudgedCheck } from "../advise/rule.ts";
import { RULES } from "../advise/rules.ts";

/** What `haprobe lint` found, for its formats. */
export interface LintReport {
  readonly files: readonly ConfigFile[];
  readonly checks: readonly JudgedCheck[];
  readonly issues: readonly LintIssue[];
}

const WHY = new Map(RULES.map(({ id, why }) => [id, why]));

/** The sentence that says why a rule matters. */
export function whyOf({ rule }: LintIssue): string {
  return WHY.get(rule) ?? "";
}

/** The page of a rule, from the root of the project. */
export function pageOf(rule: string): string {
  return `docs/rules/${rule}.md`;
}

/** How many issues there are of each severity. */
export function countSeverities(issues: readonly LintIssue[]): Record<"errors" | "warnings" | "notes", number> {
  const count = (wanted: string): number => issues.filter(({ severity }) => severity === wanted).length;
  return { errors: count("error"), warnings: count("warning"), notes: count("note") };
}

/** Servers that HAProxy keeps UP while they fail: unchecked, seen by their port or TLS alone, or with errors let through. */
export function canBeFalselyUp({ depth, sees, kind, server }: JudgedCheck): boolean {
  if (kind === "other" || server.options.get("agent-check")?.isOn === true) return depth === "none";
  return depth === "none" || depth === "connection" || depth === "tls" || sees === "any-answer";
}
