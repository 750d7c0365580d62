import { useEffect, useState } from "react";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** True once a value measured at `at` (haprobe's clock) is older than `staleAfterMs`. */
export function useIsStale(at: number, staleAfterMs: number): boolean {
  const { ticker } = useDashboardClient();
  const [isStale, setStale] = useState(false);
  useEffect(() => ticker.register(({ now }) => setStale(now - at > staleAfterMs)), [ticker, at, staleAfterMs]);
  return isStale;
}
