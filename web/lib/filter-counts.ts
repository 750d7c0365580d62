import { CHECK_QUALITIES, type CheckQuality } from "../../server/contract/verdict.ts";
import type { ServerStatus } from "../../server/contract/status.ts";

/** Number of servers of each instance, in their order. */
export function countNames(servers: readonly ServerStatus[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { instance } of servers) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  return counts;
}

/** Number of servers of each site, by name. */
export function countSites(servers: readonly ServerStatus[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { site } of servers) counts.set(site, (counts.get(site) ?? 0) + 1);
  return new Map([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Number of servers with each quality of the check, those that occur, worst first. */
export function countQualities(servers: readonly ServerStatus[]): ReadonlyMap<CheckQuality, number> {
  const counts = new Map<CheckQuality, number>();
  for (const { quality } of servers) if (quality !== null) counts.set(quality, (counts.get(quality) ?? 0) + 1);
  return new Map(CHECK_QUALITIES.flatMap((each) => (counts.has(each) ? [[each, counts.get(each) ?? 0]] : [])));
}
