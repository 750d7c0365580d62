import { type RefObject, useEffect, useState } from "react";
import { type StripInstant, stripInstant } from "../lib/strip-instant.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import type { TickTime } from "../lib/ticker.ts";
import { stripKeysOf } from "../lib/strip-canvas.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import "./strip-cursor.css";

const TOOLTIP_PX = 300;
const GAP_PX = 8;
/** The notch of a reload is this near. */
const NEAR_PX = 4;

interface Tooltip extends StripInstant {
  /** A start or reload of HAProxy near this time; null for none. */
  readonly reloadedAt: number | null;
  readonly left: number;
  readonly top: number;
  readonly isBelow: boolean;
}

/** Steps of Shift with an arrow key across a strip. */
const KEY_STEPS = 60;

/**
 * Under the pointer on a strip: a hairline through every strip at that time, which a variable of the page's element places,
 * and what both sides said then. A tap does the same, and so do Shift with the arrow keys on a focused row, and the focus
 * on the strip of a server's drawer.
 */
export function StripCursor({ page }: { page: RefObject<HTMLElement | null> }) {
  const client = useDashboardClient();
  const [tooltip, setTooltip] = useState<Tooltip | null>(null);
  useEffect(() => {
    const element = page.current;
    if (element === null) return;
    let keyPlace = 1;
    let keyStrip: Element | null = null;
    let shown: { readonly strip: Element; readonly place: number; readonly axisEnd: number } | null = null;
    const hide = (): void => {
      keyStrip = null;
      shown = null;
      if (element.dataset["cursor"] === undefined) return;
      delete element.dataset["cursor"];
      setTooltip(null);
    };
    const show = (strip: Element | null | undefined, placeIn: (box: DOMRect) => number): void => {
      const keys = strip == null ? null : stripKeysOf(strip);
      if (strip == null || keys === null) return hide();
      const box = strip.getBoundingClientRect();
      const place = Math.max(0, Math.min(1, placeIn(box)));
      keyPlace = place;
      const x = box.left + place * box.width;
      const { axisEnd, now } = client.time();
      shown = { strip, place, axisEnd };
      const at = axisEnd - (1 - place) * client.recorded.range.ms;
      const strips = keys.map((key) => ({ key, ...client.stripOf(key) }));
      element.style.setProperty("--cursor", `${place * 100}%`);
      element.dataset["cursor"] = "";
      const isBelow = box.top < 120;
      setTooltip({
        ...stripInstant(strips, at, Math.max(now, axisEnd)),
        reloadedAt: nearest(client.reloadsOf(keys), at, (NEAR_PX / box.width) * client.recorded.range.ms),
        left: Math.max(GAP_PX, Math.min(window.innerWidth - TOOLTIP_PX - GAP_PX, x - TOOLTIP_PX / 2)),
        top: isBelow ? box.bottom + GAP_PX : box.top - GAP_PX,
        isBelow,
      });
    };
    const follow = ({ target, clientX }: PointerEvent): void => {
      keyStrip = null;
      show(stripIn(target, ".strip-frame"), (box) => (clientX - box.left) / box.width);
    };
    const followKey = (event: KeyboardEvent): void => {
      const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
      const strip = step !== 0 && event.shiftKey ? stripIn(event.target, "[role=row]") : null;
      if (strip == null) return event.key === "Escape" ? hide() : undefined;
      event.preventDefault();
      event.stopPropagation();
      const from = keyStrip === strip ? keyPlace : 1;
      keyStrip = strip;
      show(strip, () => from + step / KEY_STEPS);
    };
    // A row that the keys moved to may still scroll into view.
    const followScroll = (): void => (keyStrip === null ? hide() : show(keyStrip, () => keyPlace));
    const followSlider = ({ target, type }: Event): void => {
      const area = target instanceof Element && target.matches(".brush-area") ? target : null;
      if (type === "focusout" || (area === null && type === "focusin")) return hide();
      if (area !== null && area.matches(":focus-visible")) show(stripIn(area, ".brush-area"), () => sliderPlace(area));
    };
    // The strip moves on below a hairline that stays.
    const followTime = ({ axisEnd }: TickTime): void => {
      const { strip, place } = shown ?? {};
      if (strip === undefined || shown?.axisEnd === axisEnd) return;
      show(strip.isConnected ? strip : null, () => place ?? 1);
    };
    const unregister = client.ticker.register(followTime);
    const sliderEvents = ["focusin", "focusout", "keyup"] as const;
    for (const type of sliderEvents) document.addEventListener(type, followSlider);
    document.addEventListener("keydown", followKey, true);
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerdown", follow);
    document.addEventListener("pointerleave", hide);
    window.addEventListener("scroll", followScroll, { passive: true });
    return () => {
      unregister();
      for (const type of sliderEvents) document.removeEventListener(type, followSlider);
      document.removeEventListener("keydown", followKey, true);
      document.removeEventListener("pointermove", follow);
      document.removeEventListener("pointerdown", follow);
      document.removeEventListener("pointerleave", hide);
      window.removeEventListener("scroll", followScroll);
    };
  }, [client, page]);
  if (tooltip === null) return null;
  const { left, top, isBelow, time, words, verdict, reloadedAt } = tooltip;
  return (
    <div
      className={isBelow ? "strip-tooltip" : "strip-tooltip strip-tooltip-above"}
      role="tooltip"
      style={{ left, top }}
    >
      <b className="num">{time}</b> {words}
      {verdict !== "" && <span className="num">; {verdict}</span>}
      {reloadedAt !== null && (
        <span className="num">; HAProxy was started or reloaded {formatTimestamp(reloadedAt, client.time().now)}</span>
      )}
    </div>
  );
}

/** The canvas of the strip in the closest element that matches around `target`. */
function stripIn(target: EventTarget | null, selector: string): Element | null | undefined {
  return target instanceof Element ? target.closest(selector)?.querySelector(".strip-frame canvas") : null;
}

/** The last of these times within `distance` milliseconds of another; null for none. */
function nearest(times: readonly number[], at: number, distance: number): number | null {
  return times.findLast((time) => Math.abs(time - at) <= distance) ?? null;
}

/** Where a slider stands, 0 … 1. */
function sliderPlace(slider: Element): number {
  const [min = 0, max = 1, now = 1] = ["min", "max", "now"].map((name) =>
    Number(slider.getAttribute(`aria-value${name}`)),
  );
  return (now - min) / (max - min);
}
