import type { NotificationSummary } from "../../server/contract/alert-api.ts";
import { useIncidents } from "./dashboard-client-context.ts";
import { useResource } from "./use-resource.ts";

const REFRESH_MS = 10_000;
const MESSAGES_MAX = 200;
const NONE: readonly NotificationSummary[] = [];

/** The newest messages that were sent, newest first: one request for all cards; none unless `isNeeded`. */
export function useSentMessages(isNeeded: boolean): readonly NotificationSummary[] {
  const version = useIncidents();
  const path = isNeeded ? `api/v1/notifications?status=sent&limit=${MESSAGES_MAX}` : null;
  const [messages] = useResource<{ readonly notifications: readonly NotificationSummary[] }>(path, REFRESH_MS, version);
  return messages.kind === "ready" ? messages.value.notifications : NONE;
}
