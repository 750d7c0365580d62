import { DISPLAY_VERDICTS } from "./display-verdict.ts";
import type { StripRun, StripState } from "./strip-history.ts";

/** Cells beyond this stand for several servers. */
const CELLS_MAX = 48;

/** True where the address asks for the wall screen. */
export function isKiosk(search: string): boolean {
  return new URLSearchParams(search).get("kiosk") === "1";
}

/** Time after which the next page of backends is shown. */
export const KIOSK_PAGE_MS = 12_000;

/** The part of a list that is shown at a time, and which one of how many that is. */
export function pageAt<T>(
  items: readonly T[],
  size: number,
  now: number,
): { items: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(items.length / Math.max(1, size)));
  const page = Math.floor(now / KIOSK_PAGE_MS) % pages;
  return { items: items.slice(page * size, (page + 1) * size), page: page + 1, pages };
}

const rank = ({ verdict }: Pick<StripState, "verdict">): number => DISPLAY_VERDICTS.indexOf(verdict);

/** One cell for each server, at most 48: then one stands for several, and the worst of them is shown. */
export function toCells(states: readonly StripState[]): readonly StripState[] {
  const per = Math.ceil(states.length / CELLS_MAX);
  if (per <= 1) return states;
  return Array.from({ length: Math.ceil(states.length / per) }, (_, i) =>
    states.slice(i * per, (i + 1) * per).reduce((a, b) => (rank(b) < rank(a) ? b : a)),
  );
}

/**
 * One strip for several servers: at each time the worst of them. Down in both is shown only once half of them are, since one
 * that is down for long would hide the others.
 */
export function mergeRuns(strips: readonly (readonly StripRun[])[]): readonly StripRun[] {
  const changes = strips
    .flatMap((runs, strip) => runs.map((run) => ({ run, strip })))
    .sort((a, b) => a.run.at - b.run.at);
  const present: (StripRun | undefined)[] = strips.map(() => undefined);
  const merged: StripRun[] = [];
  changes.forEach(({ run, strip }, i) => {
    present[strip] = run;
    if (changes[i + 1]?.run.at === run.at) return;
    const known = present.filter((each) => each !== undefined);
    const worst = worstOf(known);
    const last = merged.at(-1);
    if (worst === null || (last !== undefined && isSame(last, worst))) return;
    merged.push({ ...worst, at: run.at });
  });
  return merged;
}

function worstOf(runs: readonly StripRun[]): StripRun | null {
  const down = runs.filter(({ verdict }) => verdict === "agree-down").length;
  const counted = down * 2 >= runs.length ? runs : runs.filter(({ verdict }) => verdict !== "agree-down");
  // What is out of service or absent says nothing of the others.
  const inService = counted.filter(({ verdict, haproxy }) => verdict !== "out-of-service" && haproxy !== "absent");
  const [first, ...others] = inService.length > 0 ? inService : counted;
  return first === undefined ? null : others.reduce((a, b) => (rank(b) < rank(a) ? b : a), first);
}

function isSame(a: StripState, b: StripState): boolean {
  return a.haproxy === b.haproxy && a.probe === b.probe && a.verdict === b.verdict && a.expected === b.expected;
}
