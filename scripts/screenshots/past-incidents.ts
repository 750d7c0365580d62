import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { ScenePlace } from "./scene-past.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An incident of the scene that has ended. */
interface PastIncident {
  readonly instance: string;
  readonly server: string;
  readonly verdict: IncidentRecord["verdict"];
  readonly hoursAgo: number;
  readonly lastedMs: number;
  readonly sessions: number;
  readonly lagMs: number | null;
  readonly sentence: string;
}

const ENDED: readonly PastIncident[] = [
  {
    instance: "lb-1",
    server: "cp-2",
    verdict: "false-up",
    hoursAgo: 15.4,
    lastedMs: 68_000,
    sessions: 212,
    lagMs: null,
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
  },
  {
    instance: "lb-1",
    server: "img-02",
    verdict: "false-up",
    hoursAgo: 58,
    lastedMs: 291_000,
    sessions: 2_706,
    lagMs: null,
    sentence: "HAProxy says UP (L6OK); no answer within 2 s",
  },
  {
    instance: "lb-2",
    server: "web-14",
    verdict: "false-down",
    hoursAgo: 74,
    lastedMs: 41_000,
    sessions: 0,
    lagMs: 41_000,
    sentence: "HAProxy says DOWN (L7STS/401); /healthz answers 200",
  },
];

/** The incidents of the last days, and the one of web-11 that is still open; `now` is milliseconds since 1970. */
export function pastIncidents(places: readonly ScenePlace[], now: number): readonly IncidentRecord[] {
  const find = (instance: string, server: string): ScenePlace | undefined =>
    places.find((place) => place.instance === instance && place.server === server);
  const ended = ENDED.flatMap((past, n) => {
    const place = find(past.instance, past.server);
    return place === undefined ? [] : [toRecord(n, place, past, now - past.hoursAgo * HOUR_MS)];
  });
  const web11 = find("lb-2", "web-11");
  if (web11 === undefined) return ended;
  const open = toRecord(
    ENDED.length,
    web11,
    {
      verdict: "false-down",
      lastedMs: 0,
      sessions: 0,
      lagMs: null,
      sentence: "HAProxy says DOWN (L7STS/401); /healthz answers 200",
    },
    now - 22 * MINUTE_MS,
  );
  return [...ended, { ...open, state: { kind: "open", flaps: 0 }, changes: open.changes.slice(0, 1) }];
}

function toRecord(
  n: number,
  { instance, backend, server, host, port }: ScenePlace,
  past: Pick<PastIncident, "verdict" | "lastedMs" | "sessions" | "lagMs" | "sentence">,
  at: number,
): IncidentRecord {
  const key = `${instance}/${backend}/${server}`;
  const { verdict, lastedMs, sessions, lagMs, sentence } = past;
  const counts = {
    sessions,
    backendSessions: sessions * 3,
    connectErrors: 0,
    responseErrors: 0,
    responses5xx: 0,
  };
  const traffic = {
    unit: backend === "k8s-api" ? ("sessions" as const) : ("requests" as const),
    counts,
    baseline: null,
    held: 0,
    standby: false,
    healthyLeft: 2,
    backupsInUse: 0,
  };
  const endedAt = at + lastedMs;
  return {
    id: `019ab0f0-0000-7000-8000-00000000000${n + 1}`,
    version: 1,
    changedAt: endedAt,
    site: "default",
    network: "default",
    subject: verdict === "false-up" ? `${host}:${port}` : key,
    verdict,
    state: { kind: "ended", flaps: 0, at: endedAt, end: "agreed" },
    reason: verdict === "false-up" ? "probe-answered-unhealthy" : "haproxy-denied",
    sentence,
    urgency: "warning",
    suspectedAt: at,
    confirmedAt: at + 300,
    detectionLagMs: lagMs,
    evidence: { key, row: [], probe: null, curl: null, socat: null },
    acknowledgement: null,
    expected: null,
    notes: [],
    members: [{ site: "default", instance, backend, server, key, since: at, standing: "failing", traffic }],
    changes: [
      { n: 1, at: at + 300, what: "confirmed", who: null, text: sentence },
      { n: 2, at: endedAt, what: "ended", who: null, text: "agreed" },
    ],
  };
}
