import { memo, useEffect, useRef } from "react";
import type { ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp, zoneOffset } from "../lib/time-format.ts";
import { verdictLabel } from "../lib/display-verdict.ts";
import { axisTicks, type StripMark, type StripViewport, layoutStripMarks, timeToX } from "../lib/strip-marks.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useViewQuery } from "../state/use-view-query.ts";
import "./strip.css";

/** The range of the page as two lanes: HAProxy's state above, haprobe's below. */
export const Strip = memo(function Strip({ server, height = 22 }: { server: ServerStatus; height?: 22 | 28 | 44 }) {
  const client = useDashboardClient();
  const [{ range }] = useViewQuery();
  const { key } = server;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () => (canvas.current === null ? undefined : showWhileVisible(canvas.current, () => client.recorded.show(key))),
    [client, key],
  );
  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext("2d");
    if (!node || !context) return;
    let paintedState = "";
    const paint = (now: number): void => {
      const scale = Math.max(1, Math.round(window.devicePixelRatio));
      const width = Math.round(node.clientWidth * scale);
      if (width === 0) return;
      // The right edge moves by whole pixels, so that most ticks paint nothing.
      const step = range.ms / width;
      const to = Math.ceil(now / step) * step;
      const colours = coloursOf(document.documentElement);
      const state = `${width} ${to} ${client.recorded.strip(server.key)?.until} ${colours.theme}`;
      if (state === paintedState) return;
      paintedState = state;
      node.width = width;
      node.height = height * scale;
      const viewport: StripViewport = { width, height: node.height, scale, from: to - range.ms, to };
      for (const tick of axisTicks(viewport.from, viewport.to, range.tickMs, zoneOffset(to))) {
        context.fillStyle = colours.of("line");
        context.fillRect(timeToX(tick, viewport), 0, scale, node.height);
      }
      const { runs, gaps } = client.stripOf(server.key);
      for (const mark of layoutStripMarks(runs, gaps, viewport)) {
        drawMark(context, mark, colours.of(mark.colourToken), scale);
      }
    };
    return client.ticker.register(({ now }) => paint(now));
  }, [client, server, range, height]);
  const sentence = stripSentence(server, range.label);
  return <canvas ref={canvas} className={`strip strip-${height}`} role="img" aria-label={sentence} />;
});

/** Calls `show` while the element is near the viewport; the returned function ends it. */
function showWhileVisible(node: Element, show: () => () => void): () => void {
  let hide: (() => void) | null = null;
  const observer = new IntersectionObserver((entries) => {
    const isVisible = entries.at(-1)?.isIntersecting === true;
    if (isVisible) hide ??= show();
    else {
      hide?.();
      hide = null;
    }
  });
  observer.observe(node);
  return () => {
    observer.disconnect();
    hide?.();
  };
}

function stripSentence(server: ServerStatus, range: string): string {
  const since = Date.parse(server.since);
  return `Last ${range}: ${verdictLabel(server).toLowerCase()} since ${formatTimestamp(since, since)}.`;
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

interface Colours {
  readonly theme: string;
  readonly of: (token: string) => string;
}
let cachedColours: Colours | null = null;

/** Values of the colour tokens, cached for the present theme. */
function coloursOf(root: HTMLElement): Colours {
  const theme = root.getAttribute("data-mantine-color-scheme") ?? "light";
  if (cachedColours?.theme === theme) return cachedColours;
  const style = getComputedStyle(root);
  const known = new Map<string, string>();
  const of = (token: string): string => {
    let value = known.get(token);
    if (value === undefined) {
      value = style.getPropertyValue(`--${token}`).trim();
      known.set(token, value);
    }
    return value;
  };
  cachedColours = { theme, of };
  return cachedColours;
}
