import type { ReactNode } from "react";
import type { NotificationSummary } from "../../server/contract/alert-api.ts";
import { formatList } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { PageLink } from "./page-link.tsx";

interface SentNoteProps {
  /** Ids. */
  readonly incidents: readonly string[];
  /** Those that were sent, newest first. */
  readonly messages: readonly NotificationSummary[];
  /** Shown where no message was sent. */
  readonly children: ReactNode;
}

/** Where the messages about these incidents went: `sent to chat 14:03:13`. */
export function SentNote({ incidents, messages, children }: SentNoteProps) {
  const now = useDashboardClient().time().now;
  const sent = messages.filter(({ incident }) => incident !== null && incidents.includes(incident));
  const first = sent.at(-1);
  if (first === undefined) return children;
  const channels = [...new Set(sent.map(({ channel }) => channel))];
  return (
    <PageLink to={{ page: "notifications", id: first.id }} className="sent-note num">
      sent to {formatList(channels)} {formatTimestamp(Date.parse(first.madeAt), now)}
    </PageLink>
  );
}
