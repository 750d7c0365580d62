import { type RefObject, useEffect, useState } from "react";
import { type StripInstant, stripInstant } from "../lib/strip-instant.ts";
import { stripKeysOf } from "../lib/strip-canvas.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import "./strip-cursor.css";

const TOOLTIP_PX = 300;
const GAP_PX = 8;

interface Tooltip extends StripInstant {
  readonly left: number;
  readonly top: number;
  readonly isBelow: boolean;
}

/**
 * Under the pointer on a strip: a hairline through every strip at that time, which a variable of the page's element places,
 * and what both sides said then. A tap does the same.
 */
export function StripCursor({ page }: { page: RefObject<HTMLElement | null> }) {
  const client = useDashboardClient();
  const [tooltip, setTooltip] = useState<Tooltip | null>(null);
  useEffect(() => {
    const element = page.current;
    if (element === null) return;
    const hide = (): void => {
      if (element.dataset["cursor"] === undefined) return;
      delete element.dataset["cursor"];
      setTooltip(null);
    };
    const follow = (event: PointerEvent): void => {
      const strip =
        event.target instanceof Element ? event.target.closest(".strip-frame")?.querySelector("canvas") : null;
      const keys = strip == null ? null : stripKeysOf(strip);
      if (strip == null || keys === null) return hide();
      const box = strip.getBoundingClientRect();
      const place = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      const { axisEnd, now } = client.time();
      const at = axisEnd - (1 - place) * client.recorded.range.ms;
      const strips = keys.map((key) => ({ key, ...client.stripOf(key) }));
      element.style.setProperty("--cursor", `${place * 100}%`);
      element.dataset["cursor"] = "";
      const isBelow = box.top < 120;
      setTooltip({
        ...stripInstant(strips, at, Math.max(now, axisEnd)),
        left: Math.max(GAP_PX, Math.min(window.innerWidth - TOOLTIP_PX - GAP_PX, event.clientX - TOOLTIP_PX / 2)),
        top: isBelow ? box.bottom + GAP_PX : box.top - GAP_PX,
        isBelow,
      });
    };
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerdown", follow);
    document.addEventListener("pointerleave", hide);
    window.addEventListener("scroll", hide, { passive: true });
    return () => {
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerdown", follow);
      document.removeEventListener("pointerleave", hide);
      window.removeEventListener("scroll", hide);
    };
  }, [client, page]);
  if (tooltip === null) return null;
  const { left, top, isBelow, time, words, verdict } = tooltip;
  return (
    <div
      className={isBelow ? "strip-tooltip" : "strip-tooltip strip-tooltip-above"}
      role="tooltip"
      style={{ left, top }}
    >
      <b className="num">{time}</b> {words}
      {verdict !== "" && <span className="num">; {verdict}</span>}
    </div>
  );
}
