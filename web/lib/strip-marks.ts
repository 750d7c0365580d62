import { DISPLAY_VERDICTS } from "./display-verdict.ts";
import type { StripGap, StripRun } from "./strip-history.ts";

/** One mark of a strip in device pixels; `paint` names a colour token. */
export interface StripMark {
  readonly shape: "fill" | "outline" | "dots";
  readonly colourToken: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The canvas to paint on: device pixels, and how many of them make one CSS pixel. */
export interface StripViewport {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly from: number;
  readonly to: number;
}

/** From worst to best: a pixel column shows the worst that it holds. */
const WORST_FIRST = DISPLAY_VERDICTS;
const EMPTY = -1;

/** Marks of one strip. Bad moments are at least 2 px wide; what lies in a gap or before the first run is a dotted line. */
export function layoutStripMarks(
  runs: readonly StripRun[],
  gaps: readonly StripGap[],
  plane: StripViewport,
): StripMark[] {
  const columns = assignRunsToColumns(runs, gaps, plane);
  const marks: StripMark[] = [];
  for (let x = 0; x < plane.width; ) {
    const index = columns[x] ?? EMPTY;
    let end = x + 1;
    while (end < plane.width && columns[end] === index) end += 1;
    const run = index === EMPTY ? undefined : runs[index];
    marks.push(...(run ? runMarks(run, x, end - x, plane) : [emptyMark(x, end - x, plane)]));
    x = end;
  }
  return marks;
}

/** X of a time, on a whole device pixel, cut to the plane. */
export function timeToX(at: number, plane: StripViewport): number {
  const x = Math.round(((at - plane.from) / (plane.to - plane.from)) * plane.width);
  return Math.max(0, Math.min(plane.width, x));
}

function assignRunsToColumns(runs: readonly StripRun[], gaps: readonly StripGap[], plane: StripViewport): Int32Array {
  const columns = new Int32Array(plane.width).fill(EMPTY);
  const rank = (index: number): number => {
    const run = runs[index];
    return run === undefined ? WORST_FIRST.length : WORST_FIRST.indexOf(run.verdict);
  };
  runs.forEach((run, index) => {
    const until = runs[index + 1]?.at ?? plane.to;
    if (until <= plane.from || run.at >= plane.to) return;
    const isBad = rank(index) <= 2;
    let start = timeToX(run.at, plane);
    let end = timeToX(until, plane);
    if (isBad && end - start < 2 * plane.scale) {
      end = Math.min(plane.width, start + 2 * plane.scale);
      start = Math.max(0, end - 2 * plane.scale);
    }
    for (let x = start; x < end; x += 1) if (rank(index) <= rank(columns[x] ?? EMPTY)) columns[x] = index;
  });
  for (const gap of gaps) columns.fill(EMPTY, timeToX(gap.from, plane), timeToX(gap.to, plane));
  return columns;
}

function emptyMark(x: number, width: number, { height, scale }: StripViewport): StripMark {
  return { shape: "dots", colourToken: "control", x, y: Math.round(height / 2 - scale / 2), width, height: scale };
}

function runMarks(run: StripRun, x: number, width: number, { height, scale }: StripViewport): StripMark[] {
  const seam = 2 * scale;
  const lane = Math.floor((height - seam) / 2);
  const thin = Math.max(3 * scale, Math.round(0.3 * lane));
  const below = lane + seam;
  const marks: StripMark[] = [];
  const add = (shape: StripMark["shape"], paint: string, y: number, markHeight: number): void => {
    marks.push({ shape, colourToken: paint, x, y, width, height: markHeight });
  };
  const loud = { "false-up": "fu", "false-down": "fd", suspected: "su" }[run.verdict as string];
  if (loud !== undefined && !run.expected) {
    add("fill", `${loud}-tint`, 0, 2 * lane + seam);
    if (run.verdict !== "suspected") add("fill", `${loud}-fill`, lane, seam);
  }
  const lie = run.expected ? "outline" : "fill";
  switch (run.haproxy) {
    case "counting":
      add("fill", "su-fill", lane - thin - 2 * scale, 2 * scale);
      add("fill", "up-fill", lane - thin, thin);
      break;
    case "up":
      add("fill", "up-fill", lane - thin, thin);
      break;
    case "down":
      if (loud !== undefined) add(lie, `${loud}-fill`, 0, lane);
      else addDownBox(add, 0, lane);
      break;
    case "off":
      add("outline", "os-fill", lane - thin, thin);
      break;
    case "stale":
      add("dots", "un-fill", lane - scale, scale);
      break;
  }
  switch (run.probe) {
    case "up":
      add("fill", "up-fill", below, thin);
      break;
    case "down":
      if (loud !== undefined) add(lie, `${loud}-fill`, below, lane);
      else if (run.verdict === "agree-down") addDownBox(add, below, lane);
      else add("outline", "os-fill", below, thin);
      break;
    case "silent":
      add("dots", "un-fill", below, 2 * scale);
      break;
    case "absent":
      break;
  }
  return marks;
}

/** Both say down: a hollow box, tall but without colour. */
function addDownBox(
  add: (shape: StripMark["shape"], paint: string, y: number, height: number) => void,
  y: number,
  lane: number,
): void {
  add("fill", "dn-body", y, lane);
  add("outline", "dn-lane", y, lane);
}

/** Round clock times inside a window, every `stepMs`; in the browser's zone, whose offset is whole quarters of an hour. */
export function axisTicks(from: number, to: number, stepMs: number): number[] {
  const ticks: number[] = [];
  for (let at = Math.ceil(from / stepMs) * stepMs; at <= to; at += stepMs) ticks.push(at);
  return ticks;
}
