import type { Incident, IncidentBackend, IncidentChange } from "../contract/incident.ts";
import { codeBlock, codeSpan, table } from "./markdown.ts";
import { incidentSpan, trafficText } from "./incident-text.ts";
import { formatPreciseSpan, formatTime } from "./time-text.ts";

/** The time of a report, in milliseconds since 1970, and when it is made. */
export interface ReportSpan {
  readonly from: number;
  readonly to: number;
}

/** Markdown for a post-mortem: a summary, then a section for each incident. Text from outside stands in code spans and blocks. */
export function renderReport(incidents: readonly Incident[], { from, to }: ReportSpan, isComplete: boolean): string {
  const [begin, end] = [from, to].map((at) => formatTime(new Date(at).toISOString()));
  const open = incidents.filter(({ state }) => state !== "ended").length;
  const count = incidents.length === 1 ? "1 incident" : `${incidents.length} incidents`;
  return [
    `# Incidents from ${begin} to ${end}`,
    incidents.length === 0
      ? "None."
      : `${count}, ${open} not ended, ${trafficText({ backends: incidents.flatMap(({ backends }) => backends) })} misrouted.`,
    ...(isComplete ? [] : ["**Older incidents may be missing**, since not all could be read."]),
    ...(incidents.length === 0 ? [] : [renderOverview(incidents, to)]),
    ...incidents.map((incident) => renderIncident(incident, to)),
  ]
    .map((block) => `${block}\n`)
    .join("\n");
}

/** The section of one incident; `now` in milliseconds since 1970. */
export function renderIncident(incident: Incident, now: number): string {
  const { evidence, acknowledgement, expected, notes } = incident;
  const facts = [
    `- What: ${codeSpan(incident.sentence)}`,
    `- When: suspected ${formatTime(incident.suspectedAt)}, confirmed ${formatTime(incident.confirmedAt)}, ${describeEnd(incident)}`,
    `- How long: ${formatPreciseSpan(incidentSpan(incident, now))}${incident.flaps === 0 ? "" : `, with ${incident.flaps} relapses`}`,
    `- Urgency: ${incident.urgency}`,
    `- Misrouted: ${trafficText(incident)}, ${incident.held} held open`,
    `- HAProxy said: ${describeRow(incident)}`,
    `- HAProxy took it out: ${describeDetection(incident)}`,
    ...(acknowledgement === null
      ? []
      : [
          `- Acknowledged: ${codeSpan(acknowledgement.name)} at ${formatTime(acknowledgement.at)}: ${codeSpan(acknowledgement.text)}`,
        ]),
    ...(expected === null ? [] : [`- Expected: ${codeSpan(expected.text)}, says ${codeSpan(expected.name)}`]),
  ];
  const commands = [evidence.curl, evidence.socat].filter((command) => command !== null);
  return [
    `## ${formatTime(incident.confirmedAt)} ${incident.verdict} ${codeSpan(incident.subject)}`,
    `Incident ${codeSpan(incident.id)}`,
    facts.join("\n"),
    renderBackends(incident.backends),
    ...(evidence.probe === null || evidence.probe.body === ""
      ? []
      : ["The probe's answer when it opened:", codeBlock(evidence.probe.body)]),
    ...(commands.length === 0 ? [] : ["To repeat both by hand:", codeBlock(commands.join("\n"), "sh")]),
    table(["time", "what", "who", "text"], incident.changes.map(toChangeRow)),
    ...notes.flatMap(({ at, name, text }) => [`Note of ${codeSpan(name)} at ${formatTime(at)}:`, codeBlock(text)]),
  ].join("\n\n");
}

function renderOverview(incidents: readonly Incident[], now: number): string {
  const rows = incidents.map((incident) => [
    formatTime(incident.confirmedAt),
    incident.state,
    incident.urgency,
    formatPreciseSpan(incidentSpan(incident, now)),
    trafficText(incident),
    codeSpan(incident.subject),
  ]);
  return table(["confirmed", "state", "urgency", "lasted", "misrouted", "subject"], rows);
}

function renderBackends(backends: readonly IncidentBackend[]): string {
  const rows = backends.map((backend) => [
    codeSpan(`${backend.instance}/${backend.backend}`),
    `${backend.sessions} ${backend.unit}`,
    backend.share === null ? "–" : `${Math.round(backend.share * 100)} %`,
    `${backend.held}`,
    `${backend.healthyLeft}`,
    `${backend.connectErrors}, ${backend.responseErrors}, ${backend.responses5xx}`,
  ]);
  return table(["backend", "misrouted", "share", "held", "healthy left", "econ, eresp, 5xx"], rows);
}

function describeEnd({ state, endedAt, end }: Incident): string {
  return endedAt === null ? `${state} now` : `ended ${formatTime(endedAt)} (${end})`;
}

function describeRow({ evidence: { row } }: Incident): string {
  const shown = ["status", "check_status", "check_code", "last_chk", "lastchg"].flatMap((column) => {
    const value = row.find(({ name }) => name === column)?.value;
    return value === undefined ? [] : [`${column} ${codeSpan(value)}`];
  });
  return shown.length === 0 ? "not kept" : shown.join(", ");
}

function describeDetection({ detectionLagMs, verdict }: Incident): string {
  if (verdict !== "false-up") return "it was out";
  return detectionLagMs === null ? "never" : `${formatPreciseSpan(detectionLagMs)} after the first failed probe`;
}

function toChangeRow({ at, what, who, text }: IncidentChange): readonly string[] {
  return [formatTime(at), what, who === null ? "haprobe" : codeSpan(who), codeSpan(text)];
}
