import { useCallback } from "react";
import { formatElapsed, formatShortElapsed } from "../lib/quantity-format.ts";
import type { TickTime } from "../lib/ticker.ts";
import { LiveText } from "./live-text.tsx";

interface ElapsedTimeProps {
  /** Start, milliseconds of haprobe's clock. */
  readonly since: number;
  /** One unit only, for narrow columns. */
  readonly short?: boolean;
  readonly className?: string;
}

/** Ticking duration: `4 min 21 s`; with `≥` while disconnected. */
export function ElapsedTime({ since, short = false, className = "" }: ElapsedTimeProps) {
  const text = useCallback(
    ({ now, isLive }: TickTime) => {
      if (!Number.isFinite(since)) return "–";
      const elapsed = short ? formatShortElapsed(now - since) : formatElapsed(now - since);
      return isLive ? elapsed : `≥ ${elapsed}`;
    },
    [since, short],
  );
  return <LiveText format={text} className={className} />;
}
