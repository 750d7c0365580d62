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
        a.pid !== b.pid &&
        a.startedAt <= b.startedAt &&
        b.startedAt < a.lastPollAt &&
        Date.parse(a.lastPollAt) - Date.parse(b.startedAt) > BOUNDS.vantageSilentAfterMs,
    ),
  );
}
