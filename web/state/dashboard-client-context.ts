import { createContext, useContext, useSyncExternalStore } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import type { PastState } from "../lib/past-feed.ts";
import type { FeedState } from "../lib/feed-state.ts";
import type { DashboardClient } from "../lib/dashboard-client.ts";

export const DashboardClientContext = createContext<DashboardClient | null>(null);

/** The page's client; throws outside of its provider. */
export function useDashboardClient(): DashboardClient {
  const client = useContext(DashboardClientContext);
  if (client === null) throw new Error("useDashboardClient outside of DashboardClientContext");
  return client;
}

/** The recent incidents, newest first, as they are or were at the moment that is shown; renders again when they change. */
export function useIncidents(): readonly Incident[] {
  const { incidents, past } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => {
      const ends = [incidents.subscribe(listener), past.subscribe(listener)];
      return () => ends.forEach((end) => end());
    },
    () => past.state?.incidents ?? incidents.incidents,
  );
}

/** The recent incidents, whatever moment is shown. */
export function usePresentIncidents(): readonly Incident[] {
  const { incidents } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => incidents.subscribe(listener),
    () => incidents.incidents,
  );
}

/** The past moment that the page shows, with what is known of it; null for the present. */
export function usePast(): PastState | null {
  const { past } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => past.subscribe(listener),
    () => past.state,
  );
}

/** State of the feed; renders again after each message. */
export function useFeedState(): FeedState {
  const { feed } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => feed.state,
  );
}

/** True while haprobe delivers; renders again only when that changes. */
export function useIsLive(): boolean {
  const { feed } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => feed.state.kind === "live",
  );
}

const NO_SITES: readonly string[] = [];

/** The sites of the fleet, by name; one where it has none. Renders again only when they change. */
export function useSites(): readonly string[] {
  const { feed } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => feed.state.fleet?.sites ?? NO_SITES,
  );
}

/** Number of servers that a backend has now; null where it is not known. Renders again only when that changes. */
export function useBackendSize(backend: { readonly instance: string; readonly backend: string } | null): number | null {
  const { feed } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => {
      const { fleet } = feed.state;
      if (fleet === null || backend === null) return null;
      let size = 0;
      for (const server of fleet.servers.values()) {
        if (server.instance === backend.instance && server.backend === backend.backend) size += 1;
      }
      return size === 0 ? null : size;
    },
  );
}
