import type { Severity } from "../advise/lint-issue.ts";
import { type LintReport, pageOf, whyOf } from "./lint-report.ts";

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "notice" };

/** Workflow commands that GitHub Actions shows beside the lines. */
export function renderLintGithub({ issues }: LintReport): string {
  return issues
    .map((issue) => {
      const { position, endColumn, severity, rule, message } = issue;
      const place = `file=${escapeProperty(position.file)},line=${position.line},col=${position.column},endColumn=${endColumn}`;
      const text = `${message} ${whyOf(issue)} ${pageOf(rule)}`;
      return `::${COMMANDS[severity]} ${place},title=${escapeProperty(rule)}::${escapeData(text)}\n`;
    })
    .join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
