import { BOUNDS } from "../bounds.ts";
import type { Incident } from "../contract/incident.ts";
import { incidentSchema } from "../http/schemas/incident-schema.ts";
import { incidentsResponseSchema } from "../http/schemas/response-schemas.ts";
import type { ServiceEndpoint } from "./service-endpoint.ts";
import { failureText, requestService } from "./service-request.ts";

/** Incidents of a running haprobe, or why there are none. */
export type IncidentsResult =
  | { readonly kind: "incidents"; readonly incidents: readonly Incident[]; readonly isComplete: boolean }
  | { readonly kind: "unreadable"; readonly message: string };

export type IncidentResult =
  | { readonly kind: "incident"; readonly incident: Incident }
  | { readonly kind: "unknown" }
  | { readonly kind: "unreadable"; readonly message: string };

/** Which incidents: not ended ones only, and those that began at or after `since` (milliseconds since 1970) or have not ended. */
export interface IncidentSelection {
  readonly isOpenOnly: boolean;
  readonly since: number | null;
}

/** Reads the incidents of a running haprobe, newest first, at most `reportIncidentsMax`. */
export async function fetchIncidents(
  endpoint: ServiceEndpoint,
  { isOpenOnly, since }: IncidentSelection,
  signal: AbortSignal,
): Promise<IncidentsResult> {
  const incidents: Incident[] = [];
  let isComplete = true;
  let next: string | null = null;
  do {
    const query: string = new URLSearchParams({
      ...(isOpenOnly ? { open: "true" } : {}),
      ...(next === null ? {} : { next }),
    }).toString();
    const read = await fetchJson(endpoint, `api/v1/incidents?${query}`, signal);
    if (read.kind === "unreadable") return read;
    const page = incidentsResponseSchema.safeParse(read.body);
    if (!page.success) return notHaprobe(endpoint);
    isComplete &&= page.data.complete;
    const wanted = page.data.incidents.filter(
      ({ state, confirmedAt }) => since === null || state !== "ended" || Date.parse(confirmedAt) >= since,
    );
    incidents.push(...wanted);
    const oldest = page.data.incidents.at(-1);
    const isPastSince = since !== null && oldest !== undefined && Date.parse(oldest.confirmedAt) < since;
    next = isPastSince ? null : page.data.next;
  } while (next !== null && incidents.length < BOUNDS.reportIncidentsMax);
  return {
    kind: "incidents",
    incidents: incidents.slice(0, BOUNDS.reportIncidentsMax),
    isComplete: isComplete && next === null,
  };
}

/** Reads one incident of a running haprobe. */
export async function fetchIncident(
  endpoint: ServiceEndpoint,
  id: string,
  signal: AbortSignal,
): Promise<IncidentResult> {
  const read = await fetchJson(endpoint, `api/v1/incidents/${encodeURIComponent(id)}`, signal);
  if (read.kind === "unreadable") return read.status === 404 ? { kind: "unknown" } : read;
  const parsed = incidentSchema.safeParse(read.body);
  return parsed.success ? { kind: "incident", incident: parsed.data } : notHaprobe(endpoint);
}

type JsonResult =
  | { readonly kind: "json"; readonly body: unknown }
  | { readonly kind: "unreadable"; readonly message: string; readonly status: number | null };

async function fetchJson(endpoint: ServiceEndpoint, path: string, signal: AbortSignal): Promise<JsonResult> {
  try {
    const request = { path, headers: { accept: "application/json" }, timeoutMs: BOUNDS.apiReadTimeoutMs };
    const { status, text } = await requestService(endpoint, request, signal);
    if (status >= 200 && status <= 299) return { kind: "json", body: JSON.parse(text) };
    return { kind: "unreadable", message: `${endpoint.name} answers ${status}`, status };
  } catch (error) {
    const message = `no haprobe answers at ${endpoint.name}: ${failureText(error)}. Start it, or name another one with --url; the data directory is read by a running haprobe only`;
    return { kind: "unreadable", message, status: null };
  }
}

function notHaprobe(endpoint: ServiceEndpoint): { readonly kind: "unreadable"; readonly message: string } {
  return { kind: "unreadable", message: `${endpoint.name} answers something that is not haprobe's` };
}
