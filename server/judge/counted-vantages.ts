import { BOUNDS } from "../bounds.ts";
import type { NetworkAddress } from "../contract/event.ts";
import type { UncountedVantage, UncountedWhy, VantageWord } from "../contract/vantage-word.ts";

/** Words in the order in which they are asked, those that count and those that do not. */
export interface CountedVantages {
  readonly counted: readonly VantageWord[];
  readonly uncounted: readonly UncountedVantage[];
}

/** Sorts the words of all vantages on one server; `now` in milliseconds since 1970. The order of the words does not matter. */
export function countVantages(words: readonly VantageWord[], now: number): CountedVantages {
  const ordered = words.toSorted(compareVantages);
  const present = ordered.filter((word) => ownWhy(word, now) === null);
  // The one that spoke last knows HAProxy's newest address.
  const address = newestWord(present)?.address ?? null;
  const counted: VantageWord[] = [];
  const uncounted: UncountedVantage[] = [];
  for (const word of ordered) {
    const why = ownWhy(word, now) ?? (isSamePlace(word.address, address) ? null : "other-address");
    if (why === null) counted.push(word);
    else uncounted.push({ vantage: word.vantage, why, heardAt: word.heardAt });
  }
  return { counted, uncounted };
}

/** The vantage that said its word last; the first of them in their order where several did. */
export function newestWord(ordered: readonly VantageWord[]): VantageWord | null {
  let newest: VantageWord | null = null;
  for (const word of ordered) if (newest === null || word.saidAt > newest.saidAt) newest = word;
  return newest;
}

/** The vantage beside HAProxy first, then by name. */
function compareVantages(a: VantageWord, b: VantageWord): number {
  if (a.isHome !== b.isHome) return a.isHome ? -1 : 1;
  return a.vantage < b.vantage ? -1 : Number(a.vantage > b.vantage);
}

function ownWhy({ heardAt, reason, isPaused, probe }: VantageWord, now: number): UncountedWhy | null {
  if (now - heardAt > BOUNDS.vantageHeardHeartbeats * BOUNDS.storeHeartbeatEveryMs) return "silent";
  if (reason === "haproxy-stale") return "stale";
  if (reason === "prober-blind") return "blind";
  if (isPaused) return "paused";
  const oldAfterMs = Math.max(BOUNDS.vantageProbeIntervals * probe.everyMs, BOUNDS.vantageProbeAgeMs);
  return reason === "probe-stale" || (probe.ageMs ?? 0) > oldAfterMs ? "probe-old" : null;
}

function isSamePlace(a: NetworkAddress | null, b: NetworkAddress | null): boolean {
  if (a === null || b === null) return a === b;
  return a.network === b.network && a.host === b.host && a.port === b.port;
}
