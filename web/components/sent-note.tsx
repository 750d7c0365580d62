import { type ReactNode, useMemo } from "react";
import type { NotificationSummary } from "../../server/contract/alert-api.ts";
import { formatList } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient, useIncidents } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { PageLink } from "./page-link.tsx";

const REFRESH_MS = 10_000;
const MESSAGES_MAX = 200;

interface SentNoteProps {
  /** Ids. */
  readonly incidents: readonly string[];
  /** Shown where no message was sent. */
  readonly children: ReactNode;
}

/** Where the messages about these incidents went: `sent to chat 14:03:13`. */
export function SentNote({ incidents, children }: SentNoteProps) {
  const now = useDashboardClient().time().now;
  const version = useIncidents();
  const [messages] = useResource<{ readonly notifications: readonly NotificationSummary[] }>(
    incidents.length === 0 ? null : `api/v1/notifications?status=sent&limit=${MESSAGES_MAX}`,
    REFRESH_MS,
    version,
  );
  const sent = useMemo(
    () =>
      messages.kind === "ready"
        ? messages.value.notifications.filter(({ incident }) => incident !== null && incidents.includes(incident))
        : [],
    [messages, incidents],
  );
  const first = sent.at(-1);
  if (first === undefined) return children;
  const channels = [...new Set(sent.map(({ channel }) => channel))];
  return (
    <PageLink to={{ page: "notifications", id: first.id }} className="sent-note num">
      sent to {formatList(channels)} {formatTimestamp(Date.parse(first.madeAt), now)}
    </PageLink>
  );
}
