import { useEffect, useState } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";

const REFRESH_EVERY_MS = 2_000;

/**
 * The newest known state of a server: the one from the stream, or one fetched every 2 s. The stream refreshes values without
 * a verdict change slowly in a large fleet.
 */
export function useCurrentServer(server: ServerStatus): ServerStatus {
  const client = useDashboardClient();
  const [fetched, setFetched] = useState<ServerStatus | null>(null);
  const { key } = server;
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = async (): Promise<void> => {
      try {
        setFetched(await client.fetchServer(key, abort.signal));
      } catch {
        // The stream's state stays, with its age.
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void refresh(), REFRESH_EVERY_MS);
    };
    void refresh();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [client, key]);
  return fetched?.key === key && measuredAt(fetched) > measuredAt(server) ? fetched : server;
}

function measuredAt({ haproxy, probe }: ServerStatus): number {
  return Math.max(Date.parse(haproxy.at), probe.at === null ? 0 : Date.parse(probe.at));
}
