import { useEffect, useState } from "react";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** The right edge of the time axis, haprobe's clock; it moves in steps of `stepMs`. */
export function useAxisEnd(stepMs: number): number {
  const { ticker } = useDashboardClient();
  const [end, setEnd] = useState(0);
  useEffect(
    () =>
      ticker.register(({ axisEnd }) => {
        const rounded = Math.ceil(axisEnd / stepMs) * stepMs;
        setEnd((before) => (before === rounded ? before : rounded));
      }),
    [ticker, stepMs],
  );
  return end;
}
