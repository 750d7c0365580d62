import { BOUNDS } from "../bounds.ts";
import type { InstanceStatus } from "../contract/status.ts";
import type { StoredPosition } from "../contract/store.ts";
import { isSilent } from "./vantage-fleet.ts";

/** Instances of one site and name whose vantages see different processes, neither of which was started after the other was polled. */
export function listDoubledInstances(positions: readonly StoredPosition[]): readonly string[] {
  const heard = positions.filter((position) => !isSilent(position));
  const all = heard.flatMap(({ status }) => (status?.instances ?? []).filter(({ state }) => state === "ok"));
  const groups = Map.groupBy(all, ({ site, name }) => `${name} in ${site}`);
  return [...groups].filter(([, instances]) => isDoubled(instances)).map(([name]) => name);
}

function isDoubled(instances: readonly InstanceStatus[]): boolean {
  return instances.some((a) =>
    instances.some(
      (b) =>
        a.pid !== null &&
        b.pid !== null &&
        a.startedAt !== null &&
        b.startedAt !== null &&
        a.lastPollAt !== null &&
        a.startedAt <= b.startedAt &&
        // In containers each has the same pid. An old HAProxy does not say when it started, and vantages differ in it.
        (a.pid !== b.pid || msBetween(a.startedAt, b.startedAt) > BOUNDS.vantageSilentAfterMs) &&
        b.startedAt < a.lastPollAt &&
        msBetween(b.startedAt, a.lastPollAt) > BOUNDS.vantageSilentAfterMs,
    ),
  );
}

function msBetween(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
