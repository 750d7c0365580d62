import { useEffect, useRef } from "react";
import { endedSince, endedToast } from "../lib/ended-incidents.ts";
import { useDashboardClient, usePresentIncidents, useSites } from "./dashboard-client-context.ts";

/** Shows a toast for each incident that ends while the page is open. */
export function useEndedToasts(): void {
  const { toasts } = useDashboardClient();
  const spansSites = useSites().length > 1;
  const incidents = usePresentIncidents();
  const before = useRef(incidents);
  useEffect(() => {
    for (const incident of endedSince(before.current, incidents)) toasts.add(endedToast(incident, spansSites));
    before.current = incidents;
  }, [incidents, toasts, spansSites]);
}
