import type { InstanceStatus } from "../contract/status.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import { remedyOf } from "../errors.ts";
import { isoOrNull } from "./wall-time.ts";

/** The public object of one polled HAProxy; `iso` turns monotonic milliseconds into an ISO time. */
export function toInstanceStatus(instance: InstanceEntry, iso: (at: number) => string): InstanceStatus {
  const { settings, info, error, lastGoodPollAt } = instance;
  return {
    name: settings.name,
    site: settings.site,
    stats: settings.statsText,
    state: stateOf(instance),
    version: info?.version ?? null,
    pid: info?.pid ?? null,
    startedAt: info === null || info.startTimeSeconds === 0 ? null : isoOrNull(info.startTimeSeconds * 1_000),
    servers: instance.servers.size,
    lastPollAt: lastGoodPollAt === null ? null : iso(lastGoodPollAt),
    pollDurationMs: instance.pollDurationMs === null ? null : Math.round(instance.pollDurationMs * 10) / 10,
    everyMs: instance.effectiveEveryMs,
    error:
      error === null
        ? null
        : { code: error.code, message: error.message, remedy: remedyOf(error.code) ?? "", at: iso(error.at) },
  };
}

function stateOf({ lastGoodPollAt, error, isStale }: InstanceEntry): InstanceStatus["state"] {
  if (isStale) return "stale";
  if (error !== null) return "failing";
  return lastGoodPollAt === null ? "pending" : "ok";
}
