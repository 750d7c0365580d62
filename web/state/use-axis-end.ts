import { useCallback, useEffect, useState } from "react";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** The right edge of the time axis, haprobe's clock; it moves in steps of `stepMs`. */
export function useAxisEnd(stepMs: number): number {
  const client = useDashboardClient();
  const roundUp = useCallback((at: number) => Math.ceil(at / stepMs) * stepMs, [stepMs]);
  const [end, setEnd] = useState(() => roundUp(client.time().axisEnd));
  useEffect(() => client.ticker.register(({ axisEnd }) => setEnd(roundUp(axisEnd))), [client, roundUp]);
  return end;
}
