import { useEffect } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";
import { useResource } from "./use-resource.ts";

const REFRESH_EVERY_MS = 2_000;

/**
 * The newest known state of a server: the one from the stream, or one fetched every 2 s. The stream refreshes values without
 * a verdict change slowly in a large fleet. At a past moment (`isPast`) it is the one that is passed in.
 */
export function useCurrentServer(server: ServerStatus, isPast: boolean): ServerStatus {
  const path = isPast ? null : `api/v1/server?key=${encodeURIComponent(server.key)}`;
  const client = useDashboardClient();
  const [fetched] = useResource<ServerStatus>(path, REFRESH_EVERY_MS);
  const value = fetched.kind === "ready" ? fetched.value : null;
  useEffect(() => {
    if (value !== null) client.traffic.record(value);
  }, [client, value]);
  return value !== null && measuredAt(value) > measuredAt(server) ? value : server;
}

function measuredAt({ haproxy, probe }: ServerStatus): number {
  return Math.max(Date.parse(haproxy.at), probe.at === null ? 0 : Date.parse(probe.at));
}
