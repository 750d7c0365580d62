import { MISMATCH_RANK_MAX } from "./backend-group.ts";
import { DISPLAY_VERDICTS } from "./display-verdict.ts";
import type { StripGap, StripRun } from "./strip-history.ts";

/** One mark of a strip in device pixels. */
export interface StripMark {
  readonly shape: "fill" | "outline" | "dots";
  /** Name of a colour in styles/tokens.css, without the dashes. */
  readonly colourToken: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Size in device pixels, device pixels per CSS pixel, and the time range in milliseconds. */
export interface StripViewport {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly from: number;
  readonly to: number;
}

const EMPTY = -1;
/** Height of a reload's notch in CSS pixels. */
const NOTCH_PX = 4;

/** Marks of one strip. A mismatch is at least 2 CSS pixels wide; gaps and the time before the first run are dotted. */
export function layoutStripMarks(
  runs: readonly StripRun[],
  gaps: readonly StripGap[],
  viewport: StripViewport,
): StripMark[] {
  const columns = assignRunsToColumns(runs, gaps, viewport);
  const marks: StripMark[] = [];
  for (let x = 0; x < viewport.width; ) {
    const index = columns[x] ?? EMPTY;
    let end = x + 1;
    while (end < viewport.width && columns[end] === index) end += 1;
    const run = index === EMPTY ? undefined : runs[index];
    const isKnown = run !== undefined && run.haproxy !== "absent";
    marks.push(...(isKnown ? runMarks(run, x, end - x, viewport) : [emptyMark(x, end - x, viewport)]));
    x = end;
  }
  return marks;
}

/** X of a time on a whole device pixel, clamped to the viewport. */
export function timeToX(at: number, viewport: StripViewport): number {
  const x = Math.round(((at - viewport.from) / (viewport.to - viewport.from)) * viewport.width);
  return Math.max(0, Math.min(viewport.width, x));
}

/** Index of the worst run in each pixel column. */
function assignRunsToColumns(
  runs: readonly StripRun[],
  gaps: readonly StripGap[],
  viewport: StripViewport,
): Int32Array {
  const columns = new Int32Array(viewport.width).fill(EMPTY);
  const rank = (index: number): number => {
    const run = runs[index];
    return run === undefined ? DISPLAY_VERDICTS.length : DISPLAY_VERDICTS.indexOf(run.verdict);
  };
  runs.forEach((run, index) => {
    const until = runs[index + 1]?.at ?? viewport.to;
    if (until <= viewport.from || run.at >= viewport.to) return;
    const isBad = rank(index) <= MISMATCH_RANK_MAX;
    let start = timeToX(run.at, viewport);
    let end = timeToX(until, viewport);
    // On a narrow strip a pixel is half a minute: what is so now has the last one at once.
    if (until >= viewport.to) start = Math.min(start, end - 1);
    if (isBad && end - start < 2 * viewport.scale) {
      end = Math.min(viewport.width, start + 2 * viewport.scale);
      start = Math.max(0, end - 2 * viewport.scale);
    }
    for (let x = start; x < end; x += 1) if (rank(index) <= rank(columns[x] ?? EMPTY)) columns[x] = index;
  });
  for (const gap of gaps) columns.fill(EMPTY, timeToX(gap.from, viewport), timeToX(gap.to, viewport));
  return columns;
}

/** A notch at the upper edge of a strip for each of these times at which HAProxy was started or reloaded. */
export function layoutReloadMarks(times: readonly number[], viewport: StripViewport): StripMark[] {
  const { scale, from, to } = viewport;
  return times
    .filter((at) => at > from && at < to)
    .map((at) => ({
      shape: "fill",
      colourToken: "text-3",
      x: Math.min(viewport.width - scale, timeToX(at, viewport)),
      y: 0,
      width: scale,
      height: NOTCH_PX * scale,
    }));
}

function emptyMark(x: number, width: number, { height, scale }: StripViewport): StripMark {
  return { shape: "dots", colourToken: "control", x, y: Math.round(height / 2 - scale / 2), width, height: scale };
}

function runMarks(run: StripRun, x: number, width: number, { height, scale }: StripViewport): StripMark[] {
  const divider = 2 * scale;
  const laneHeight = Math.floor((height - divider) / 2);
  const thinHeight = Math.max(3 * scale, Math.round(0.3 * laneHeight));
  const lowerY = laneHeight + divider;
  const marks: StripMark[] = [];
  const add = (shape: StripMark["shape"], colourToken: string, y: number, markHeight: number): void => {
    marks.push({ shape, colourToken, x, y, width, height: markHeight });
  };
  const isMismatch = DISPLAY_VERDICTS.indexOf(run.verdict) <= MISMATCH_RANK_MAX;
  if (isMismatch && !run.expected) {
    add("fill", `${run.verdict}-tint`, 0, 2 * laneHeight + divider);
    if (run.verdict !== "suspected") add("fill", `${run.verdict}-fill`, laneHeight, divider);
  }
  const differingShape = run.expected ? "outline" : "fill";
  switch (run.haproxy) {
    case "counting":
      add("fill", "suspected-fill", laneHeight - thinHeight - 2 * scale, 2 * scale);
      add("fill", "agree-up-fill", laneHeight - thinHeight, thinHeight);
      break;
    case "up":
      add("fill", "agree-up-fill", laneHeight - thinHeight, thinHeight);
      break;
    case "down":
      if (isMismatch) add(differingShape, `${run.verdict}-fill`, 0, laneHeight);
      else addDownBox(add, 0, laneHeight);
      break;
    case "off":
      add("outline", "out-of-service-fill", laneHeight - thinHeight, thinHeight);
      break;
    case "stale":
      add("dots", "unknown-fill", laneHeight - scale, scale);
      break;
    case "absent":
      break;
  }
  switch (run.probe) {
    case "up":
      // While HAProxy is silent there is nothing to agree with.
      add("fill", run.haproxy === "stale" ? "unknown-fill" : "agree-up-fill", lowerY, thinHeight);
      break;
    case "down":
      if (isMismatch) add(differingShape, `${run.verdict}-fill`, lowerY, laneHeight);
      else if (run.verdict === "agree-down") addDownBox(add, lowerY, laneHeight);
      else add("outline", "out-of-service-fill", lowerY, thinHeight);
      break;
    case "unknown":
      add("dots", "unknown-fill", lowerY, 2 * scale);
      break;
    case "absent":
      break;
  }
  return marks;
}

/** A lane of agree-down: a hollow box without a mismatch's colour. */
function addDownBox(
  add: (shape: StripMark["shape"], colourToken: string, y: number, height: number) => void,
  y: number,
  laneHeight: number,
): void {
  add("fill", "agree-down-body", y, laneHeight);
  add("outline", "agree-down-lane", y, laneHeight);
}

/** Round clock times in a range, every `stepMs`, in a zone that is `zoneMs` ahead of UTC. */
export function axisTicks(from: number, to: number, stepMs: number, zoneMs = 0): number[] {
  const ticks: number[] = [];
  for (let at = Math.ceil((from + zoneMs) / stepMs) * stepMs - zoneMs; at <= to; at += stepMs) ticks.push(at);
  return ticks;
}
