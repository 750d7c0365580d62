import type { Position } from "../advise/config-file.ts";
import { formatUnifiedDiff } from "../advise/unified-diff.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";
import { canBeFalselyUp, countSeverities, type LintReport, pageOf, whyOf } from "./lint-report.ts";

/** Each issue with its source line, the reason and the cure, for a terminal. */
export function renderLintText({ files, checks, issues }: LintReport): string {
  const sources = new Map(files.map((file) => [file.path, { file, lines: file.text.split("\n") }]));
  const blocks = issues.map((issue) => {
    const { position, endColumn, severity, rule, message, cure } = issue;
    const source = sources.get(position.file);
    const diff = source === undefined ? "" : withoutHead(formatUnifiedDiff(source.file, cure));
    const servers = issue.servers.length > 1 ? [`  servers: ${issue.servers.join(", ")}`] : [];
    return [
      `${position.file}:${position.line}:${position.column}: ${severity}: ${message} [${rule}]`,
      ...quoteSource(source?.lines[position.line - 1] ?? "", position, endColumn),
      `  ${whyOf(issue)}`,
      ...servers,
      ...(diff === "" ? [] : [indent(diff)]),
      `  ${pageOf(rule)}`,
      "",
    ].join("\n");
  });
  const { errors, warnings, notes } = countSeverities(issues);
  const falselyUp = checks.filter(canBeFalselyUp).length;
  const summary = [
    `${falselyUp} of ${checks.length} servers can be falsely UP.`,
    `${count(errors, "error")}, ${count(warnings, "warning")}, ${count(notes, "note")}.`,
  ];
  return escapeUnprintableInLines(`${[...blocks, summary.join(" ")].join("\n")}\n`);
}

function quoteSource(source: string, { line, column }: Position, endColumn: number): readonly string[] {
  const text = source.replace(/\r$/, "");
  const before = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  const number = String(line).padStart(5);
  const marks = "^".repeat(Math.max(1, Math.min(endColumn, text.length + 1) - column));
  return [`${number} | ${text}`, `${" ".repeat(number.length)} | ${before}${marks}`];
}

function withoutHead(diff: string): string {
  return diff.replace(/^--- .*\n\+\+\+ .*\n/, "").trimEnd();
}

function indent(text: string): string {
  return text.replace(/^/gm, "    ");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
