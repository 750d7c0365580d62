import type { NumbersRow } from "../contract/history.ts";
import { VERDICTS } from "../contract/verdict.ts";

/** The numbers as CSV (RFC 4180) with a header line; `from` and `to` are the first columns of each row. */
export function renderNumbersCsv(rows: readonly NumbersRow[], from: string, to: string): string {
  const header = [
    ...["from", "to", "site", "instance", "backend", "server", "servers"],
    ...VERDICTS.map((verdict) => `verdictMs.${verdict}`),
    ...["notRecordedMs", "falselyUpMinutes", "misrouted", "incidents"],
    ...["meanDetectionLagMs", "worstDetectionLagMs", "unnoticed"],
  ];
  const lines = rows.map((row) => [
    ...[from, to, row.site, row.instance, row.backend, row.server, row.servers],
    ...VERDICTS.map((verdict) => row.verdictMs[verdict]),
    ...[row.notRecordedMs, row.falselyUpMinutes, row.misrouted, row.incidents],
    ...[row.meanDetectionLagMs, row.worstDetectionLagMs, row.unnoticed],
  ]);
  return [header, ...lines].map((cells) => `${cells.map(formatCell).join(",")}\r\n`).join("");
}

/** Quotes a text, and keeps a spreadsheet from taking a name of HAProxy for a formula. */
function formatCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
