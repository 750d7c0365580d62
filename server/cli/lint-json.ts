import type { JudgedCheck } from "../advise/rule.ts";
import { formatUnifiedDiff } from "../advise/unified-diff.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";
import { canBeFalselyUp, countSeverities, type LintReport, pageOf, whyOf } from "./lint-report.ts";

/** The checks of all servers and the issues, as JSON. */
export function renderLintJson({ files, checks, issues }: LintReport): string {
  const sources = new Map(files.map((file) => [file.path, file]));
  const report = {
    files: files.map(({ path }) => path),
    checks: checks.map(describeCheck),
    issues: issues.map((issue) => {
      const file = sources.get(issue.position.file);
      return {
        rule: issue.rule,
        severity: issue.severity,
        ...issue.position,
        endColumn: issue.endColumn,
        proxy: issue.proxy,
        servers: issue.servers,
        message: issue.message,
        why: whyOf(issue),
        docs: pageOf(issue.rule),
        cure: file === undefined || issue.cure.length === 0 ? null : formatUnifiedDiff(file, issue.cure),
      };
    }),
    summary: { ...countSeverities(issues), servers: checks.length, falselyUp: checks.filter(canBeFalselyUp).length },
  };
  return `${escapeUnprintableInLines(JSON.stringify(report, null, 2))}\n`;
}

function describeCheck(check: JudgedCheck): Record<string, unknown> {
  const { proxy, server, depth, sees, kind, port, isTls, trust, request, accepts, timing, tracks } = check;
  return {
    backend: proxy.section.name?.text ?? "",
    server: server.name.text,
    file: server.line.file,
    line: server.line.number,
    column: server.name.column,
    kind,
    depth,
    sees,
    tracks,
    port,
    tls: isTls,
    trust,
    request:
      request === null
        ? null
        : {
            method: request.method ?? "OPTIONS",
            path: request.uri ?? "/",
            host: request.host,
            version: request.version,
          },
    accepts,
    timing,
    falselyUp: canBeFalselyUp(check),
  };
}
