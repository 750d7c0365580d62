import type { HaproxyProcess } from "../contract/incident.ts";
import type { BackendView, InstanceInfo, ServerView } from "../contract/view.ts";
import type { TrafficReading } from "../judge/incident-fact.ts";
import { type TrafficSample, trafficUnit } from "../judge/misrouted-traffic.ts";
import { type BackendEntry, countHealthyLeft } from "./backend-entry.ts";
import type { ServerEntry } from "./server-entry.ts";

/** HAProxy's counters of a server and its backend; empty ones count as zero. */
export function sampleTraffic(
  view: ServerView,
  backend: BackendView | null,
  info: InstanceInfo | null,
  epoch: string,
): TrafficSample {
  const sessions = view.sessionsTotal ?? 0;
  return {
    epoch,
    haproxyProcess: info === null ? null : toProcess(info),
    totals: {
      sessions,
      backendSessions: backend?.sessionsTotal ?? sessions,
      connectErrors: view.connectErrors ?? 0,
      responseErrors: view.responseErrors ?? 0,
      responses5xx: view.responses5xx ?? 0,
    },
  };
}

/** Traffic of a server at its newest poll, for the incidents that it is a member of. */
export function readTraffic(server: ServerEntry, backend: BackendEntry): TrafficReading {
  const { view, misrouted, isStandby } = server;
  return {
    unit: trafficUnit(view),
    counts: misrouted?.counts ?? null,
    baseline: misrouted?.baseline ?? null,
    held: view.sessionsCurrent ?? 0,
    standby: isStandby,
    healthyLeft: countHealthyLeft(backend, server),
    backupsInUse: backend.backupsInUse,
  };
}

function toProcess({ pid, startTimeSeconds }: InstanceInfo): HaproxyProcess {
  return { pid, startTimeSeconds };
}
