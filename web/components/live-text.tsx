import { useLayoutEffect, useRef } from "react";
import type { TickTime } from "../lib/ticker.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";

/** A text that follows the clock: written into the node by the page's one timer, not by React. */
export function LiveText({ format: of, className }: { format: (time: TickTime) => string; className?: string }) {
  const { ticker } = useDashboardClient();
  const node = useRef<HTMLSpanElement>(null);
  useLayoutEffect(
    () =>
      ticker.register((time) => {
        const text = of(time);
        if (node.current && node.current.textContent !== text) node.current.textContent = text;
      }),
    [ticker, of],
  );
  return <span ref={node} className={`num ${className ?? ""}`} />;
}
