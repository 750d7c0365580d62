import { BOUNDS } from "../bounds.ts";
import type { TimeRange } from "../contract/history.ts";
import type { RecordedSpan } from "../contract/store.ts";

/** Spans by vantage, in their order; a newest one that was recorded lately lasts up to `now`, since events extend it late. */
export function groupSpans(spans: readonly RecordedSpan[], now: number): Map<string, TimeRange[]> {
  const groups = new Map<string, TimeRange[]>();
  for (const { vantage, from, to } of spans) {
    const group = groups.get(vantage) ?? [];
    group.push({ from, to });
    groups.set(vantage, group);
  }
  for (const group of groups.values()) {
    const last = group.at(-1);
    if (last !== undefined && now - last.to <= BOUNDS.historyLiveEdgeMs) {
      group[group.length - 1] = { ...last, to: Math.max(last.to, now) };
    }
  }
  return groups;
}
