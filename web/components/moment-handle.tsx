import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { setMomentParameter } from "../lib/navigation.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient, usePast } from "../state/dashboard-client-context.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import "./moment-handle.css";

/** This near to the right edge, in parts of the range, is the present. */
const PRESENT_PART = 0.005;

/**
 * The handle on the time axis: a click or drag shows the page as it was at that time. The arrow keys step from change to
 * change; at the right edge it is the present again.
 */
export function MomentHandle() {
  const client = useDashboardClient();
  const [{ range }] = useViewQuery();
  const past = usePast();
  const area = useRef<HTMLDivElement>(null);
  const thumb = useRef<HTMLSpanElement>(null);
  const [isDragging, setDragging] = useState(false);
  const moment = past?.at ?? null;
  useEffect(
    () =>
      client.ticker.register(({ now, axisEnd }) => {
        const place = 1 - (axisEnd - now) / range.ms;
        if (thumb.current) thumb.current.style.left = `${Math.max(0, Math.min(1, place)) * 100}%`;
      }),
    [client, range],
  );
  const momentOf = (event: PointerEvent): number | null => {
    const box = area.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return null;
    const place = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    const { axisEnd } = client.time();
    const isPresent = place > 1 - PRESENT_PART && client.isPresent(axisEnd);
    return isPresent ? null : Math.round(axisEnd - (1 - place) * range.ms);
  };
  const step = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      void client.stepMoment(event.key === "ArrowLeft" ? -1 : 1);
    } else if (event.key === "End") setMomentParameter(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { axisEnd } = client.time();
  return (
    <div
      ref={area}
      className="moment-handle"
      role="slider"
      aria-label="Moment that the page shows"
      aria-valuemin={Math.round((axisEnd - range.ms) / 1_000)}
      aria-valuemax={Math.round(axisEnd / 1_000)}
      aria-valuenow={Math.round((moment ?? axisEnd) / 1_000)}
      aria-valuetext={moment === null ? "now" : formatTimestamp(moment, axisEnd)}
      aria-keyshortcuts="ArrowLeft ArrowRight End"
      title="Click or drag: the page as it was then"
      tabIndex={0}
      onKeyDown={step}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        client.showMoment(momentOf(event));
      }}
      // The address follows at the end: a browser allows few changes of it in a second.
      onPointerMove={(event) => isDragging && client.showMoment(momentOf(event))}
      onPointerUp={(event) => {
        setDragging(false);
        setMomentParameter(momentOf(event));
      }}
      onPointerCancel={() => setDragging(false)}
    >
      <span ref={thumb} className={moment === null ? "moment-thumb" : "moment-thumb moment-thumb-past"} />
    </div>
  );
}
