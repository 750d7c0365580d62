import { BOUNDS } from "../bounds.ts";
import type { Incident } from "../contract/incident.ts";
import { incidentSchema } from "../http/schemas/incident-schema.ts";
import { incidentsResponseSchema } from "../http/schemas/response-schemas.ts";

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

/** Reads the incidents of the haprobe at `url`, newest first, at most `reportIncidentsMax`. */
export async function fetchIncidents(
  url: URL,
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
    const read = await fetchJson(url, `api/v1/incidents?${query}`, signal);
    if (read.kind === "unreadable") return read;
    const page = incidentsResponseSchema.safeParse(read.body);
    if (!page.success) return notHaprobe(url);
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

/** Reads one incident of the haprobe at `url`. */
export async function fetchIncident(url: URL, id: string, signal: AbortSignal): Promise<IncidentResult> {
  const read = await fetchJson(url, `api/v1/incidents/${encodeURIComponent(id)}`, signal);
  if (read.kind === "unreadable") return read.status === 404 ? { kind: "unknown" } : read;
  const parsed = incidentSchema.safeParse(read.body);
  return parsed.success ? { kind: "incident", incident: parsed.data } : notHaprobe(url);
}

type JsonResult =
  | { readonly kind: "json"; readonly body: unknown }
  | { readonly kind: "unreadable"; readonly message: string; readonly status: number | null };

async function fetchJson(url: URL, path: string, signal: AbortSignal): Promise<JsonResult> {
  const target = new URL(path, url.href.endsWith("/") ? url : `${url.href}/`);
  try {
    const response = await fetch(target, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(BOUNDS.apiReadTimeoutMs)]),
      headers: { accept: "application/json" },
      redirect: "error",
    });
    if (response.ok) return { kind: "json", body: JSON.parse(await readText(response)) };
    await response.body?.cancel();
    return { kind: "unreadable", message: `${url.origin} answers ${response.status}`, status: response.status };
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    const why = cause?.code ?? (error instanceof Error ? error.message : String(error));
    const message = `no haprobe answers at ${url.origin}: ${why}. Start it, or name another one with --url; the data directory is read by a running haprobe only`;
    return { kind: "unreadable", message, status: null };
  }
}

/** The body as text; rejects beyond `pollResponseMaxBytes`. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > BOUNDS.pollResponseMaxBytes) throw new Error("the response is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function notHaprobe(url: URL): { readonly kind: "unreadable"; readonly message: string } {
  return { kind: "unreadable", message: `${url.origin} answers something that is not haprobe's` };
}
