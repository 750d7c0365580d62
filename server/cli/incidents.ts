import { escapeUnprintable, escapeUnprintableInLines } from "../contract/quote.ts";
import type { Incident } from "../contract/incident.ts";
import { INCIDENTS_EXIT } from "./exit-code.ts";
import { renderIncident, renderReport } from "../report/incident-report.ts";
import { fetchIncident, fetchIncidents } from "./incident-source.ts";
import { renderIncidentTable } from "./incident-table.ts";
import { serviceEndpoint, type ServiceOptions } from "./service-endpoint.ts";

export type IncidentSourceOptions = ServiceOptions;

export interface IncidentsOptions extends IncidentSourceOptions {
  readonly id?: string;
  readonly open: boolean;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly json: boolean;
}

/** `haprobe incidents`: prints incidents of a running haprobe, or one of them; resolves with 0, 1 for an unknown one, 3 if it cannot be read. */
export async function listIncidents(
  options: IncidentsOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const endpoint = await serviceEndpoint(options);
  if (typeof endpoint === "string") return printError(endpoint);
  const { id, open, since = null, json } = options;
  if (id !== undefined) {
    const result = await fetchIncident(endpoint, id, signal);
    if (result.kind === "unreadable") return printError(result.message);
    if (result.kind === "unknown") return printError(`there is no incident ${id}`, INCIDENTS_EXIT.unknown);
    print(json ? toJson(result.incident) : `${renderIncident(result.incident, Date.now())}\n`);
    return INCIDENTS_EXIT.ok;
  }
  const result = await fetchIncidents(endpoint, { isOpenOnly: open, since }, signal);
  if (result.kind === "unreadable") return printError(result.message);
  print(json ? toJson(result.incidents) : renderIncidentTable(result.incidents, Date.now()));
  if (!result.isComplete) printError("older incidents may be missing, since not all could be read");
  return INCIDENTS_EXIT.ok;
}

/** `haprobe report`: prints Markdown about the incidents since a time; resolves with 0, or 3 if they cannot be read. */
export async function report(
  options: IncidentSourceOptions & { readonly since: number },
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const endpoint = await serviceEndpoint(options);
  if (typeof endpoint === "string") return printError(endpoint);
  const result = await fetchIncidents(endpoint, { isOpenOnly: false, since: options.since }, signal);
  if (result.kind === "unreadable") return printError(result.message);
  print(renderReport(result.incidents, { from: options.since, to: Date.now() }, result.isComplete));
  return INCIDENTS_EXIT.ok;
}

function toJson(value: Incident | readonly Incident[]): string {
  return `${escapeUnprintable(JSON.stringify(value))}\n`;
}

function printError(text: string, exitCode: number = INCIDENTS_EXIT.unreadable): number {
  process.stderr.write(`haprobe: ${escapeUnprintableInLines(text)}\n`);
  return exitCode;
}
