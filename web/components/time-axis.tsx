import { useEffect, useRef, useState } from "react";
import { formatTick, formatTimeOfDay, zoneOffset } from "../lib/time-format.ts";
import { axisTicks } from "../lib/strip-marks.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useViewQuery } from "../state/use-view-query.ts";

const MOVES_EVERY_MS = 2_000;
const NOW_LABEL_PX = 48;
/** Nearer labels would run into each other. */
const LABEL_PX = 44;

/** Time axis of the strips: round clock times, and "now" at the right edge; while disconnected the last known time. */
export function TimeAxis({ isDisconnected }: { isDisconnected: boolean }) {
  const client = useDashboardClient();
  const { ticker } = client;
  const [{ range }] = useViewQuery();
  const [to, setTo] = useState(() => client.time().axisEnd);
  const node = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      ticker.register(({ axisEnd }) => {
        const rounded = Math.ceil(axisEnd / MOVES_EVERY_MS) * MOVES_EVERY_MS;
        setTo((before) => (before === rounded ? before : rounded));
      }),
    [ticker],
  );
  const from = to - range.ms;
  const width = node.current?.clientWidth || 400;
  const zoneMs = zoneOffset(to);
  const labelEvery = Math.max(1, Math.ceil((LABEL_PX * range.ms) / (range.tickMs * width)));
  const ticks = axisTicks(from, to, range.tickMs, zoneMs).filter((tick) => {
    if (Math.round((tick + zoneMs) / range.tickMs) % labelEvery !== 0) return false;
    const x = ((tick - from) / range.ms) * width;
    return x > 16 && width - x > (isDisconnected ? 80 : NOW_LABEL_PX);
  });
  return (
    <span className="axis num" ref={node} aria-hidden="true">
      {ticks.map((tick) => (
        <span
          key={tick}
          className="axis-tick"
          style={{ transform: `translateX(${((tick - from) / range.ms) * 100}%)` }}
        >
          {formatTick(tick, range.tickMs)}
        </span>
      ))}
      <span className="axis-now">{isDisconnected ? formatTimeOfDay(client.time().axisEnd) : "now"}</span>
    </span>
  );
}
