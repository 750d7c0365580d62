import { useMemo, useRef, useState } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import { useDashboardClient, useIncidents } from "./dashboard-client-context.ts";
import { type Resource, useLoad } from "./use-resource.ts";

const PAGE = 50;
const OPEN_MAX = 200;
const REFRESH_MS = 15_000;

const TIMEOUT_MS = 15_000;

interface IncidentAnswer {
  readonly incidents: readonly Incident[];
  readonly next: string | null;
  readonly complete: boolean;
}

/** The older pages; `next` is undefined before the first of them. */
interface Older {
  readonly incidents: readonly Incident[];
  readonly next: string | null | undefined;
  readonly isLoading: boolean;
  readonly error: string | null;
}

/** The incidents that were loaded so far, newest first, and a way to load older ones. */
export interface IncidentList {
  readonly incidents: readonly Incident[];
  readonly resource: Resource<IncidentAnswer>;
  readonly retry: () => void;
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly olderError: string | null;
  readonly loadOlder: () => void;
}

/**
 * Loads the newest incidents, again when a mismatch begins or ends, and those that are open; with `until`, milliseconds since
 * 1970, those that were confirmed by then. A component has one `until`.
 */
export function useIncidentList(until: number | null): IncidentList {
  const client = useDashboardClient();
  const version = useIncidents();
  const end = until === null ? "" : `&until=${new Date(until).toISOString()}`;
  // What was loaded once stays, so that nothing is missing between the first page and an older one.
  const known = useRef<ReadonlyMap<string, Incident>>(new Map());
  const keep = (incidents: readonly Incident[]): void => {
    known.current = withIncidents(known.current, incidents);
  };
  const load = async (signal: AbortSignal): Promise<IncidentAnswer> => {
    const [newest, open] = await Promise.all([
      client.read<IncidentAnswer>(`api/v1/incidents?brief=true&limit=${PAGE}${end}`, signal),
      client.read<IncidentAnswer>(`api/v1/incidents?brief=true&open=true&limit=${OPEN_MAX}${end}`, signal),
    ]);
    keep([...newest.incidents, ...open.incidents]);
    const { next, complete } = newest;
    return { incidents: newestFirst(known.current), next, complete };
  };
  const [resource, retry] = useLoad("incidents", load, REFRESH_MS, version);
  const [older, setOlder] = useState<Older>({ incidents: [], next: undefined, isLoading: false, error: null });
  const loaded = resource.kind === "ready" ? resource.value : null;
  const next = older.next === undefined ? (loaded?.next ?? null) : older.next;
  const incidents = useMemo(
    () => newestFirst(withIncidents(byId(older.incidents), loaded?.incidents ?? [])),
    [older.incidents, loaded],
  );

  async function loadOlder(): Promise<void> {
    if (next === null) return;
    setOlder({ ...older, isLoading: true, error: null });
    try {
      const path = `api/v1/incidents?brief=true&limit=${PAGE}${end}&next=${encodeURIComponent(next)}`;
      const answer = await client.read<IncidentAnswer>(path, AbortSignal.timeout(TIMEOUT_MS));
      keep(answer.incidents);
      setOlder({ incidents: newestFirst(known.current), next: answer.next, isLoading: false, error: null });
    } catch (error) {
      setOlder({ ...older, isLoading: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    incidents,
    resource,
    retry,
    hasOlder: next !== null,
    isLoadingOlder: older.isLoading,
    olderError: older.error,
    loadOlder: () => void loadOlder(),
  };
}

const byId = (incidents: readonly Incident[]): ReadonlyMap<string, Incident> =>
  new Map(incidents.map((incident) => [incident.id, incident]));

function newestFirst(incidents: ReadonlyMap<string, Incident>): readonly Incident[] {
  return [...incidents.values()].sort((a, b) => Date.parse(b.confirmedAt) - Date.parse(a.confirmedAt));
}

function withIncidents(
  before: ReadonlyMap<string, Incident>,
  added: readonly Incident[],
): ReadonlyMap<string, Incident> {
  const next = new Map(before);
  for (const incident of added) {
    if (incident.version >= (next.get(incident.id)?.version ?? 0)) next.set(incident.id, incident);
  }
  return next;
}
