import { useLayoutEffect, useRef } from "react";
import type { TickTime } from "../lib/ticker.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

/** A text that depends on the time; the ticker writes it into the node without rendering React. */
export function LiveText({ format, className }: { format: (time: TickTime) => string; className?: string }) {
  const { ticker } = useDashboardClient();
  const node = useRef<HTMLSpanElement>(null);
  useLayoutEffect(
    () =>
      ticker.register((time) => {
        const text = format(time);
        if (node.current && node.current.textContent !== text) node.current.textContent = text;
      }),
    [ticker, format],
  );
  return <span ref={node} className={`num ${className ?? ""}`} />;
}
