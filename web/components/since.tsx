import { useCallback } from "react";
import { duration, shortDuration } from "../lib/quantity.ts";
import type { TickTime } from "../lib/ticker.ts";
import { Tick } from "./tick.tsx";

interface SinceProps {
  /** Start, milliseconds of haprobe's clock. */
  readonly at: number;
  /** One unit only, for what is quiet. */
  readonly short?: boolean;
  readonly className?: string;
}

/** How long something lasts: `4 min 21 s`; with `≥` while nobody tells us whether it goes on. */
export function Since({ at, short = false, className = "" }: SinceProps) {
  const text = useCallback(
    ({ now, isLive }: TickTime) => {
      if (!Number.isFinite(at)) return "–";
      const length = short ? shortDuration(now - at) : duration(now - at);
      return isLive ? length : `≥ ${length}`;
    },
    [at, short],
  );
  return <Tick of={text} className={className} />;
}
