import type { NotificationDetail } from "../../server/contract/alert-api.ts";
import { attemptText, formatOrdinal, STATUS_LABELS } from "../lib/notification-text.ts";
import { routeOf } from "../lib/route.ts";
import { formatTimestamp } from "../lib/time-format.ts";
import { useDashboardClient } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { CopyButton } from "./copy-button.tsx";
import { PageLink } from "./page-link.tsx";
import { PresentNote } from "./present-note.tsx";
import { ResourceView } from "./resource-view.tsx";
import { WriteButton } from "./write-button.tsx";

const REFRESH_MS = 2_000;

/** One message: why, to whom, its attempts, the next one, its payload, and a way to send it again. */
export function MessageDetail({ id }: { id: string }) {
  const client = useDashboardClient();
  const path = `api/v1/notifications/${encodeURIComponent(id)}`;
  const [message, retry] = useResource<NotificationDetail>(path, REFRESH_MS);
  const onResent = (): void => {
    client.toasts.add({ title: "Sent again" });
    retry();
  };
  return (
    <div className="content">
      <nav className="crumbs" aria-label="Path">
        <PageLink to={routeOf("notifications")}>Notifications</PageLink> <span className="muted">/</span>{" "}
        <span className="mono muted">{id}</span>
      </nav>
      <PresentNote />
      <ResourceView resource={message} name="The message" onRetry={retry}>
        {(found) => (
          <>
            <header className="message-head">
              <h1 className="incident-title">{found.sentence}</h1>
              <p className="message-tags">
                <span className="tag">{STATUS_LABELS[found.status]}</span> <span className="tag">{found.kind}</span>
              </p>
              {found.status !== "waiting" && (
                <WriteButton label="Send again" request={() => client.write(`${path}/resend`, {})} onDone={onResent} />
              )}
            </header>
            <MessageFacts message={found} />
            <Attempts message={found} />
            <section className="block panel" aria-label="Payload">
              <div className="panel-head">
                <h2 className="panel-title">
                  Payload{" "}
                  <span className="muted">what the channel's format is made from, the same for every attempt</span>
                </h2>
                <CopyButton text={JSON.stringify(found.payload, null, 2)} label="the payload" />
              </div>
              <pre className="evidence payload mono">{JSON.stringify(found.payload, null, 2)}</pre>
            </section>
          </>
        )}
      </ResourceView>
    </div>
  );
}

function MessageFacts({ message }: { message: NotificationDetail }) {
  const now = useDashboardClient().time().now;
  const { channel, route, cause, madeAt, nextAttemptAt, incident, kind } = message;
  return (
    <dl className="block facts-list">
      <div>
        <dt>To</dt>
        <dd>
          <PageLink to={routeOf("notifications")} parameters={{ channel }}>
            {channel}
          </PageLink>
        </dd>
      </div>
      <div>
        <dt>Why</dt>
        <dd>
          {kind === "summary" ? "more messages in a minute than the channel takes" : cause || kind}
          {route !== "" && `, by the route ${route}`}
        </dd>
      </div>
      <div>
        <dt>Made</dt>
        <dd className="num">{formatTimestamp(Date.parse(madeAt), now)}</dd>
      </div>
      <div>
        <dt>Next attempt</dt>
        <dd className="num">{nextAttemptAt === null ? "none" : formatTimestamp(Date.parse(nextAttemptAt), now)}</dd>
      </div>
      <div>
        <dt>Incident</dt>
        <dd>
          {incident === null ? "none" : <PageLink to={{ page: "incidents", id: incident }}>open its page</PageLink>}
        </dd>
      </div>
    </dl>
  );
}

function Attempts({ message: { attemptLog, attempts } }: { message: NotificationDetail }) {
  const now = useDashboardClient().time().now;
  const first = attempts - attemptLog.length;
  return (
    <section className="block panel" aria-label="Attempts">
      <h2 className="panel-title">Attempts</h2>
      {attemptLog.length === 0 && <p className="muted">None yet.</p>}
      <ol className="attempts num">
        {attemptLog.map((attempt, i) => (
          <li key={attempt.at}>
            <span className="muted">{formatOrdinal(first + i + 1)}</span>
            <span>{formatTimestamp(Date.parse(attempt.at), now)}</span>
            <b>{attempt.status ?? "–"}</b>
            <span>{attemptText(attempt)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
