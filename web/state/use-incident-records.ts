import type { NotificationDetail, NotificationSummary } from "../../server/contract/alert-api.ts";
import type { ServerHistory } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerSeries } from "../../server/contract/series.ts";
import type { IncidentMessage } from "../lib/incident-view.ts";
import { messageLine } from "../lib/notification-text.ts";
import { serverApiPath } from "../lib/server-path.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";
import { type Resource, useLoad, useResource } from "./use-resource.ts";

const REFRESH_OPEN_MS = 5_000;
const REFRESH_ENDED_MS = 60_000;
const POINTS = 240;
/** Series of more members would cost more than they add to the picture. */
const MEMBERS_MAX = 8;
const MESSAGES_MAX = 12;
const MARGIN_MS = 60_000;

/** What was recorded around an incident. */
export interface IncidentRecords {
  readonly history: Resource<ServerHistory>;
  readonly series: Resource<readonly ServerSeries[]>;
  readonly messages: Resource<readonly IncidentMessage[]>;
}

/** From a minute before it began to now, or to a minute after its end. */
export function incidentRange({ suspectedAt, endedAt }: Incident, now: number): { from: number; to: number } {
  const to = endedAt === null ? now : Math.min(now, Date.parse(endedAt) + MARGIN_MS);
  return { from: Date.parse(suspectedAt) - MARGIN_MS, to };
}

/** Loads the strip of its first server, the traffic of its members, and the messages about it. */
export function useIncidentRecords(incident: Incident): IncidentRecords {
  const client = useDashboardClient();
  const isOpen = incident.endedAt === null;
  const refreshMs = isOpen ? REFRESH_OPEN_MS : REFRESH_ENDED_MS;
  const { from, to } = incidentRange(incident, Number.MAX_SAFE_INTEGER);
  const range = `from=${new Date(from).toISOString()}${isOpen ? "" : `&to=${new Date(to).toISOString()}`}`;
  const keys = incident.members.slice(0, MEMBERS_MAX).map(({ key }) => key);
  const [history] = useResource<ServerHistory>(
    `${serverApiPath(incident.evidence.key)}/history?${range}&points=${POINTS}`,
    refreshMs,
    incident.version,
  );
  const loadSeries = (signal: AbortSignal) =>
    Promise.all(
      keys.map((key) => client.read<ServerSeries>(`${serverApiPath(key)}/series?${range}&points=${POINTS}`, signal)),
    );
  const [series] = useLoad(`${range} ${keys.join(" ")}`, loadSeries, refreshMs);
  const loadMessages = async (signal: AbortSignal): Promise<readonly IncidentMessage[]> => {
    const { notifications } = await client.read<{ readonly notifications: readonly NotificationSummary[] }>(
      "api/v1/notifications?limit=1000",
      signal,
    );
    const own = notifications.filter((message) => message.incident === incident.id).slice(-MESSAGES_MAX);
    const details = await Promise.all(
      own.map(({ id }) => client.read<NotificationDetail>(`api/v1/notifications/${encodeURIComponent(id)}`, signal)),
    );
    return details.map(messageLine);
  };
  const [messages] = useLoad(`messages ${incident.id}`, loadMessages, refreshMs, incident.version);
  return { history, series, messages };
}
