import { createContext, useContext, useSyncExternalStore } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import type { FeedState } from "../lib/live-feed.ts";
import type { DashboardClient } from "../lib/dashboard-client.ts";

export const DashboardClientContext = createContext<DashboardClient | null>(null);

/** The page's client; throws outside of its provider. */
export function useDashboardClient(): DashboardClient {
  const client = useContext(DashboardClientContext);
  if (client === null) throw new Error("useDashboardClient outside of DashboardClientContext");
  return client;
}

/** The recent incidents, newest first; renders again when they change. */
export function useIncidents(): readonly Incident[] {
  const { incidents } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => incidents.subscribe(listener),
    () => incidents.incidents,
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
