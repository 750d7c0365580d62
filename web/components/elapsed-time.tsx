import { useCallback } from "react";
import { formatElapsed, formatShortElapsed } from "../lib/quantity-format.ts";
import type { TickTime } from "../lib/ticker.ts";
import { LiveText } from "./live-text.tsx";

interface ElapsedTimeProps {
  /** Start, milliseconds of haprobe's clock. */
  readonly since: number;
  /** One unit only, for what is quiet. */
  readonly short?: boolean;
  readonly className?: string;
}

/** How long something lasts: `4 min 21 s`; with `≥` while nobody tells us whether it goes on. */
export function ElapsedTime({ since: at, short = false, className = "" }: ElapsedTimeProps) {
  const text = useCallback(
    ({ now, isLive }: TickTime) => {
      if (!Number.isFinite(at)) return "–";
      const length = short ? formatShortElapsed(now - at) : formatElapsed(now - at);
      return isLive ? length : `≥ ${length}`;
    },
    [at, short],
  );
  return <LiveText format={text} className={className} />;
}
