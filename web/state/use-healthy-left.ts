import { useSyncExternalStore } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { countHealthyLeft } from "../lib/backend-group.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** Healthy servers now of its backend besides this one; null while none is known to be, or without a server. */
export function useHealthyLeft(server: ServerStatus | undefined): number | null {
  const { feed } = useDashboardClient();
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => (server === undefined ? null : countHealthyLeft(feed.state.fleet?.servers.values() ?? [], server)),
  );
}
