import { useEffect, useMemo, useState } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import { useDashboardClient, useIncidents } from "./dashboard-client-context.ts";
import { type Resource, useResource } from "./use-resource.ts";

const PAGE = 50;
const OPEN_MAX = 200;
const REFRESH_MS = 15_000;

interface IncidentAnswer {
  readonly incidents: readonly Incident[];
  readonly next: string | null;
  readonly complete: boolean;
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

/** Loads the newest incidents and those that are open, again when a mismatch begins or ends. */
export function useIncidentList(): IncidentList {
  const client = useDashboardClient();
  const version = useIncidents();
  const [newest, retry] = useResource<IncidentAnswer>(`api/v1/incidents?brief=true&limit=${PAGE}`, REFRESH_MS, version);
  const [open] = useResource<IncidentAnswer>(
    `api/v1/incidents?brief=true&open=true&limit=${OPEN_MAX}`,
    REFRESH_MS,
    version,
  );
  // What was loaded once stays, so that nothing is missing between the first page and an older one.
  const [known, setKnown] = useState<ReadonlyMap<string, Incident>>(new Map());
  const [oldest, setOldest] = useState<{ readonly next: string | null } | null>(null);
  const [loading, setLoading] = useState<{ readonly isLoading: boolean; readonly error: string | null }>({
    isLoading: false,
    error: null,
  });
  useEffect(() => {
    const answers = [newest, open].flatMap((each) => (each.kind === "ready" ? each.value.incidents : []));
    setKnown((before) => withIncidents(before, answers));
  }, [newest, open]);
  const incidents = useMemo(
    () => [...known.values()].sort((a, b) => Date.parse(b.confirmedAt) - Date.parse(a.confirmedAt)),
    [known],
  );
  const firstNext = newest.kind === "ready" ? newest.value.next : null;
  const next = oldest === null ? firstNext : oldest.next;

  async function loadOlder(): Promise<void> {
    if (next === null) return;
    setLoading({ isLoading: true, error: null });
    try {
      const path = `api/v1/incidents?brief=true&limit=${PAGE}&next=${encodeURIComponent(next)}`;
      const answer = await client.read<IncidentAnswer>(path, AbortSignal.timeout(15_000));
      setKnown((before) => withIncidents(before, answer.incidents));
      setOldest({ next: answer.next });
      setLoading({ isLoading: false, error: null });
    } catch (error) {
      setLoading({ isLoading: false, error: error instanceof Error ? error.message : String(error) });
    }
  }

  return {
    incidents,
    resource: newest,
    retry,
    hasOlder: next !== null,
    isLoadingOlder: loading.isLoading,
    olderError: loading.error,
    loadOlder: () => void loadOlder(),
  };
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
