import type { Incident } from "../contract/incident.ts";
import { escapeUnprintable } from "../contract/quote.ts";
import { incidentSpan, trafficText } from "../report/incident-text.ts";
import { formatPreciseSpan, formatTime } from "../report/time-text.ts";

const HEAD = ["ID", "STATE", "URGENCY", "BEGAN", "LASTED", "TRAFFIC", "SUBJECT", "WHAT"] as const;

/** The incidents as a table; `now` in milliseconds since 1970. Text from outside is escaped. */
export function renderIncidentTable(incidents: readonly Incident[], now: number): string {
  if (incidents.length === 0) return "No incidents.\n";
  const rows = [HEAD, ...incidents.map((incident) => cellsOf(incident, now))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function cellsOf(incident: Incident, now: number): readonly string[] {
  const { id, state, urgency, confirmedAt, subject, sentence, acknowledgement, expected } = incident;
  const marks = [
    ...(acknowledgement === null ? [] : [`acknowledged by ${acknowledgement.name}`]),
    ...(expected === null ? [] : [`expected: ${expected.text}`]),
  ];
  const what = marks.length === 0 ? sentence : `${sentence} (${marks.join("; ")})`;
  return [
    id,
    state,
    urgency,
    formatTime(confirmedAt),
    formatPreciseSpan(incidentSpan(incident, now)),
    trafficText(incident),
    subject,
    what,
  ].map(escapeUnprintable);
}
