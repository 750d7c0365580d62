import type { ServerStatus } from "../contract/status.ts";
import type { Tone } from "../contract/verdict.ts";
import { escapeUnprintable } from "../contract/quote.ts";
import { remedyOf } from "../errors.ts";
import type { CheckReport } from "./check.ts";

const COLOURS: Readonly<Record<Tone, number>> = { critical: 31, warning: 33, ok: 36, quiet: 90 };
const HEAD = ["VERDICT", "SERVER", "HAPROXY", "HAPROBE", "CHECK", "WHY"] as const;

/** The servers as a table, each instance's error, and the summary. Text from outside is escaped. */
export function renderCheckTable({ servers, instances, summary }: CheckReport, colour: boolean): string {
  const rows = servers.map((server) => ({ cells: cellsOf(server).map(escapeUnprintable), tone: server.tone }));
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map(({ cells }) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = servers.length === 0 ? [] : [colorize(line(HEAD), 1, colour)];
  for (const { cells, tone } of rows) lines.push(colorize(line(cells), COLOURS[tone], colour));
  for (const { name, stats, error } of instances) {
    if (error === null) continue;
    lines.push(colorize(escapeUnprintable(`${name} (${stats}): ${error.message} [${error.code}]`), 33, colour));
    const remedy = remedyOf(error.code);
    if (remedy !== null) lines.push(`  ${remedy}`);
  }
  lines.push("", escapeUnprintable(`${summary.sentence}.`));
  if (summary.canBeFalselyUp > 0) {
    lines.push(
      `${summary.canBeFalselyUp} of ${summary.servers} servers can be falsely UP: their check does not look at health.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function cellsOf(server: ServerStatus): string[] {
  const { haproxy, probe } = server;
  const code = haproxy.checkCode === null ? "" : `/${haproxy.checkCode}`;
  const haproxyCell = haproxy.checkStatus === null ? haproxy.status : `${haproxy.status} ${haproxy.checkStatus}${code}`;
  const failing = probe.failing.length === 0 ? "" : ` ${probe.failing.join(",")}`;
  const probeCell = probe.httpStatus === null ? (probe.kind ?? probe.outcome) : `${probe.httpStatus}${failing}`;
  const verdict = server.phase === null ? server.verdict : `${server.verdict} ${server.phase}`;
  const why = server.expected === null ? (server.reason ?? "") : `expected: ${server.expected}`;
  return [verdict, server.key, haproxyCell, probeCell, server.quality ?? "", why];
}

function colorize(text: string, colour: number, on: boolean): string {
  return on ? `\u001b[${colour}m${text}\u001b[0m` : text;
}
