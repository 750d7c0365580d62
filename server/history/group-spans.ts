import { BOUNDS } from "../bounds.ts";
import type { TimeRange } from "../contract/history.ts";
import type { RecordedSpan } from "../contract/store.ts";
import { type VantageName, vantageKey } from "../contract/vantage.ts";

/** The times in which each vantage recorded, in their order; `spansOf` reads them. */
export type GroupedSpans = ReadonlyMap<string, readonly TimeRange[]>;

/** Spans by vantage, in their order; a newest one that was recorded lately lasts up to `now`, since events extend it late. */
export function groupSpans(spans: readonly RecordedSpan[], now: number): GroupedSpans {
  const groups = new Map<string, TimeRange[]>();
  const keysOf = new Map<string, string>();
  for (const { site, vantage, from, to } of spans) {
    const key = vantageKey({ site, vantage });
    const group = groups.get(key) ?? [];
    group.push({ from, to });
    groups.set(key, group);
    keysOf.set(vantage, (keysOf.get(vantage) ?? key) === key ? key : "");
  }
  for (const group of groups.values()) {
    const last = group.at(-1);
    if (last !== undefined && now - last.to <= BOUNDS.historyLiveEdgeMs) {
      group[group.length - 1] = { ...last, to: Math.max(last.to, now) };
    }
  }
  // A vantage may watch servers of another site; by its name alone it is known where no other one has that.
  for (const [vantage, key] of keysOf) {
    const group = groups.get(key);
    if (group !== undefined) groups.set(vantage, group);
  }
  return groups;
}

/** When a vantage recorded that judges a server of this site. */
export function spansOf(spans: GroupedSpans, { site, vantage }: VantageName): readonly TimeRange[] {
  return spans.get(vantageKey({ site, vantage })) ?? spans.get(vantage) ?? [];
}
