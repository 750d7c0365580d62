import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Edit } from "../advise/edit.ts";
import type { LintIssue } from "../advise/lint-issue.ts";
import { RULES } from "../advise/rules.ts";
import { VERSION } from "../version.ts";
import { STANDARD_INPUT } from "./lint-files.ts";
import { type LintReport, pageOf } from "./lint-report.ts";

/** The issues in SARIF 2.1.0, which code hosts and editors read. */
export function renderLintSarif({ issues }: LintReport): string {
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        columnKind: "utf16CodeUnits",
        tool: {
          driver: { name: "haprobe", version: VERSION, semanticVersion: VERSION, rules: RULES.map(describeRule) },
        },
        results: issues.map(describeIssue),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function describeRule({ id, severity, why, details }: (typeof RULES)[number]): Record<string, unknown> {
  return {
    id,
    shortDescription: { text: why },
    fullDescription: { text: details },
    help: { text: `${why} ${pageOf(id)}` },
    defaultConfiguration: { level: severity },
  };
}

function describeIssue(issue: LintIssue): Record<string, unknown> {
  const { rule, severity, message, position, endColumn, cure } = issue;
  const { line: startLine, column: startColumn } = position;
  const region = { startLine, startColumn, endColumn: Math.max(endColumn, startColumn + 1) };
  const files = [...new Set(cure.map(({ file }) => file))];
  const fixes = {
    fixes: [
      {
        description: { text: "The lines that haprobe lint --fix writes." },
        artifactChanges: files.map((file) => ({
          artifactLocation: { uri: uriOf(file) },
          replacements: cure.filter((edit) => edit.file === file).map(describeEdit),
        })),
      },
    ],
  };
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(position.file) }, region } }],
    ...(cure.length === 0 ? {} : fixes),
  };
}

function describeEdit({ line, removed, inserted }: Edit): Record<string, unknown> {
  const deletedRegion = { startLine: line, startColumn: 1, endLine: line + removed, endColumn: 1 };
  const text = inserted.map((content) => `${content}\n`).join("");
  return text === "" ? { deletedRegion } : { deletedRegion, insertedContent: { text } };
}

function uriOf(path: string): string {
  if (path === STANDARD_INPUT) return "stdin";
  return isAbsolute(path) ? pathToFileURL(path).href : path.split("/").map(encodeURIComponent).join("/");
}
