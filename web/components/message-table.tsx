import type { NotificationSummary } from "../../server/contract/alert-api.ts";
import { STATUS_LABELS } from "../lib/notification-text.ts";
import { formatPlural } from "../lib/quantity-format.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { PageLink } from "./page-link.tsx";

/** Messages as rows, each a link to its page. */
export function MessageTable({ messages }: { messages: readonly NotificationSummary[] }) {
  const now = useDashboardClient().time().now;
  return (
    <ul className="messages">
      {messages.map(({ id, channel, kind, sentence, cause, route, status, attempts, madeAt, nextAttemptAt }) => (
        <li key={id}>
          <PageLink to={{ page: "notifications", id }} className="message-row">
            <span className="message-time num" title={madeAt}>
              {formatTimestamp(Date.parse(madeAt), now)}
            </span>
            <span className="message-status">
              <span className="tag">{STATUS_LABELS[status]}</span>
            </span>
            <b className="message-channel truncate">{channel}</b>
            <span className="message-text">
              {sentence}
              <span className="message-why muted">
                {kind}
                {cause !== "" && `, ${cause}`}
                {route !== "" && `, by ${route}`}
                {attempts > 0 && <span className="num">, {formatPlural(attempts, "attempt")}</span>}
                {nextAttemptAt !== null && (
                  <span className="num">, next {formatTimestamp(Date.parse(nextAttemptAt), now)}</span>
                )}
              </span>
            </span>
          </PageLink>
        </li>
      ))}
    </ul>
  );
}
