import { createContext, useContext, useSyncExternalStore } from "react";
import type { FeedState } from "../lib/live-feed.ts";
import type { DashboardClient } from "../lib/dashboard-client.ts";

export const DashboardClientContext = createContext<DashboardClient | null>(null);

/** The page's session; throws outside of its provider, which would be our own mistake. */
export function useDashboardClient(): DashboardClient {
  const session = useContext(DashboardClientContext);
  if (session === null) throw new Error("useSession outside of SessionContext");
  return session;
}

/** What the page knows; renders again with each message. */
export function useFeedState(): FeedState {
  const { feed } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => feed.state,
  );
}
