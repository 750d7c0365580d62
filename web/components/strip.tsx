import { memo, useEffect, useRef } from "react";
import { zoneOffset } from "../lib/time-format.ts";
import {
  axisTicks,
  type StripMark,
  type StripViewport,
  layoutReloadMarks,
  layoutStripMarks,
  timeToX,
} from "../lib/strip-marks.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { observeWidth } from "../lib/element-width.ts";
import { stripSummary } from "../lib/strip-summary.ts";
import { setStripKeys } from "../lib/strip-canvas.ts";
import { themeColours } from "../lib/theme-colours.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import "./strip.css";

/** Servers of which one strip shows the worst, the worst ones first. */
const SERVERS_MAX = 48;
/** Of these at most what was recorded is loaded: a page of backends has many servers. */
const RECORDED_MAX = 16;

interface StripProps {
  /** Of several servers it shows the worst at each time. */
  readonly serverKeys: string | readonly string[];
  /** What it is of, for screen readers: `cp-2 on lb-1`. */
  readonly subject: string;
  readonly height?: 22 | 28 | 44;
}

/** The range of the page as two lanes: HAProxy's state above, haprobe's below. */
export const Strip = memo(function Strip({ serverKeys, subject, height = 22 }: StripProps) {
  const client = useDashboardClient();
  const [{ range }] = useViewQuery();
  const canvas = useRef<HTMLCanvasElement>(null);
  const joined = typeof serverKeys === "string" ? serverKeys : serverKeys.slice(0, SERVERS_MAX).join("\n");
  useEffect(() => {
    if (canvas.current === null) return;
    const keys = joined.split("\n").slice(0, RECORDED_MAX);
    return showWhileVisible(canvas.current, () => {
      const hides = keys.map((key) => client.recorded.show(key));
      return () => hides.forEach((hide) => hide());
    });
  }, [client, joined]);
  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext("2d");
    if (!node || !context) return;
    const keys = joined.split("\n");
    setStripKeys(node, keys);
    let paintedState = "";
    let cssWidth = 0;
    const paint = (axisEnd: number): void => {
      if (cssWidth === 0) return;
      const scale = Math.max(1, Math.round(window.devicePixelRatio));
      const width = Math.round(cssWidth * scale);
      // The right edge moves by whole pixels, so that most ticks paint nothing.
      const step = range.ms / width;
      const to = Math.ceil(axisEnd / step) * step;
      const colours = themeColours();
      const state = `${width} ${to} ${client.reloads.version} ${keys.map((key) => client.stripVersion(key)).join()} ${colours.theme}`;
      if (state === paintedState) return;
      paintedState = state;
      node.width = width;
      node.height = height * scale;
      const viewport: StripViewport = { width, height: node.height, scale, from: to - range.ms, to };
      for (const tick of axisTicks(viewport.from, viewport.to, range.tickMs, zoneOffset(to))) {
        context.fillStyle = colours.of("line");
        context.fillRect(timeToX(tick, viewport), 0, scale, node.height);
      }
      const { runs, gaps } = client.stripOfAll(keys);
      for (const mark of layoutStripMarks(runs, gaps, viewport)) {
        drawMark(context, mark, colours.of(mark.colourToken), scale);
      }
      for (const mark of layoutReloadMarks(client.reloadsOf(keys), viewport)) {
        drawMark(context, mark, colours.of(mark.colourToken), scale);
      }
      node.ariaLabel = `${subject}, last ${range.label}: ${stripSummary(runs, viewport.from, to)}.`;
      if (client.moment === null) return;
      context.fillStyle = colours.of("text");
      context.fillRect(timeToX(client.moment, viewport), 0, scale, node.height);
    };
    const stopTicking = client.ticker.register(({ axisEnd }) => paint(axisEnd));
    const stopObserving = observeWidth(node, (width) => {
      cssWidth = width;
      paint(client.time().axisEnd);
    });
    return () => {
      stopObserving();
      stopTicking();
    };
  }, [client, joined, range, height, subject]);
  return (
    <span className="strip-frame">
      <canvas
        ref={canvas}
        className={`strip strip-${height}`}
        role="img"
        aria-label={`${subject}, last ${range.label}`}
      />
    </span>
  );
});

/** What only passes by, while the page is scrolled or typed into, is not loaded. */
const VISIBLE_FOR_MS = 150;

/** Calls `show` once the element stays in the viewport; the function that it returns is called when it leaves. */
function showWhileVisible(node: Element, show: () => () => void): () => void {
  let hide = (): void => {};
  const observer = new IntersectionObserver((entries) => {
    hide();
    hide = (): void => {};
    if (entries.at(-1)?.isIntersecting !== true) return;
    const timer = setTimeout(() => {
      hide = show();
    }, VISIBLE_FOR_MS);
    hide = () => clearTimeout(timer);
  });
  observer.observe(node);
  return () => {
    observer.disconnect();
    hide();
  };
}

function drawMark(context: CanvasRenderingContext2D, mark: StripMark, colour: string, scale: number): void {
  context.fillStyle = colour;
  switch (mark.shape) {
    case "fill":
      return context.fillRect(mark.x, mark.y, mark.width, mark.height);
    case "outline":
      context.strokeStyle = colour;
      context.lineWidth = scale;
      return context.strokeRect(
        mark.x + scale / 2,
        mark.y + scale / 2,
        Math.max(0, mark.width - scale),
        Math.max(0, mark.height - scale),
      );
    case "dots": {
      const every = Math.max(3 * scale, 2 * mark.height);
      for (let x = mark.x - (mark.x % every); x < mark.x + mark.width; x += every) {
        if (x >= mark.x) context.fillRect(x, mark.y, mark.height, mark.height);
      }
    }
  }
}
