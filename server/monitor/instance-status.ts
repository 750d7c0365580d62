import type { InstanceStatus } from "../contract/status.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { isoOrNull } from "./wall-time.ts";

/** One polled HAProxy as it is told everywhere. */
export function toInstanceStatus(instance: InstanceEntry, iso: (at: number) => string): InstanceStatus {
  const { settings, info, error, lastGoodPollAt: goodAt } = instance;
  return {
    name: settings.name,
    site: settings.site,
    stats: settings.statsText,
    state: stateOf(instance),
    version: info?.version ?? null,
    pid: info?.pid ?? null,
    startedAt: info === null || info.startTimeSeconds === 0 ? null : isoOrNull(info.startTimeSeconds * 1_000),
    servers: instance.servers.size,
    lastPollAt: goodAt === null ? null : iso(goodAt),
    pollDurationMs: instance.pollDurationMs === null ? null : Math.round(instance.pollDurationMs * 10) / 10,
    everyMs: instance.effectiveEveryMs,
    error: error === null ? null : { code: error.code, message: error.message, at: iso(error.at) },
  };
}

function stateOf({ lastGoodPollAt: goodAt, error, isStale: stale }: InstanceEntry): InstanceStatus["state"] {
  if (stale) return "stale";
  if (error !== null) return "failing";
  return goodAt === null ? "pending" : "ok";
}
