import { useEffect, useState } from "react";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** True once a value measured at `at` (haprobe's clock) is older than `staleAfterMs`. */
export function useIsStale(at: number, staleAfterMs: number): boolean {
  const client = useDashboardClient();
  const [isStale, setStale] = useState(() => client.time().now - at > staleAfterMs);
  useEffect(
    () => client.ticker.register(({ now }) => setStale(now - at > staleAfterMs)),
    [client.ticker, at, staleAfterMs],
  );
  return isStale;
}
