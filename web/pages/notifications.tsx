import { useState } from "react";
import type { ChannelStatus, ChannelTest, NotificationSummary, PreviewEntry } from "../../server/contract/alert-api.ts";
import { MessageDetail } from "../components/message-detail.tsx";
import { MessageTable } from "../components/message-table.tsx";
import { PageLink } from "../components/page-link.tsx";
import { PresentNote } from "../components/present-note.tsx";
import { ResourceView } from "../components/resource-view.tsx";
import { Silences } from "../components/silences.tsx";
import { WriteButton } from "../components/write-button.tsx";
import { formatPlural } from "../lib/quantity-format.ts";
import { withLocalTimes } from "../lib/time-format.ts";
import { useDashboardClient, useIncidents } from "../state/dashboard-client-context.ts";
import { useResource } from "../state/use-resource.ts";
import { useSearchParameters } from "../state/use-search-parameters.ts";
import "./notifications.css";

const REFRESH_MS = 5_000;

/** What is firing and where it goes, silences, channels and messages; or one message. */
export default function Notifications({ id }: { id: string | null }) {
  if (id !== null) return <MessageDetail key={id} id={id} />;
  return (
    <div className="content">
      <h1 className="visually-hidden">Notifications</h1>
      <PresentNote />
      <div className="notification-columns">
        <div className="notification-main">
          <Firing />
          <Messages />
        </div>
        <div className="notification-side">
          <Silences />
          <Channels />
        </div>
      </div>
    </div>
  );
}

/** Each alert that fires now, to whom it goes, and why not. */
function Firing() {
  const version = useIncidents();
  const [firing, retry] = useResource<{ readonly alerts: readonly PreviewEntry[] }>(
    "api/v1/alerts/preview",
    REFRESH_MS,
    version,
  );
  return (
    <section className="block panel" aria-label="Firing now">
      <h2 className="panel-title">Firing now</h2>
      <ResourceView resource={firing} name="What is firing" onRetry={retry}>
        {({ alerts }) =>
          alerts.length === 0 ? (
            <p className="muted">Nothing is firing.</p>
          ) : (
            <ul className="firing">
              {alerts.map((alert) => (
                <FiringAlert key={alert.id} alert={alert} />
              ))}
            </ul>
          )
        }
      </ResourceView>
    </section>
  );
}

function FiringAlert({ alert }: { alert: PreviewEntry }) {
  const now = useDashboardClient().time().now;
  const isIncident = alert.name === "false-up" || alert.name === "false-down";
  return (
    <li>
      <p>
        <span className="tag">{alert.name}</span> <span className="tag">{alert.urgency}</span>{" "}
        {isIncident ? <PageLink to={{ page: "incidents", id: alert.id }}>{alert.sentence}</PageLink> : alert.sentence}
      </p>
      <ul className="firing-routes">
        {alert.routes.map(({ route, channels, sends, why }) => (
          <li key={route}>
            <span className="muted">{route}</span>{" "}
            {sends ? <b>to {channels.join(", ")}</b> : <b>not sent to {channels.join(", ") || "any channel"}</b>}
            {why !== "" && <span className="num">: {withLocalTimes(why, now)}</span>}
          </li>
        ))}
      </ul>
    </li>
  );
}

const STATUSES = ["waiting", "sent", "failed", "superseded"] as const;

/** The messages, newest first; filters are in the address. */
function Messages() {
  const version = useIncidents();
  const [parameters, change] = useSearchParameters();
  const status = STATUSES.find((each) => each === parameters.get("status")) ?? null;
  const channel = parameters.get("channel");
  const limit = parameters.get("limit") === "1000" ? 1_000 : 100;
  const query = new URLSearchParams({ limit: String(limit) });
  if (status !== null) query.set("status", status);
  if (channel !== null) query.set("channel", channel);
  const [messages, retry] = useResource<{
    readonly notifications: readonly NotificationSummary[];
    readonly next: string | null;
  }>(`api/v1/notifications?${query.toString()}`, REFRESH_MS, version);
  return (
    <section className="block panel" aria-label="Messages">
      <div className="panel-head">
        <h2 className="panel-title">Messages</h2>
        <div className="segments" role="group" aria-label="Status">
          {[null, ...STATUSES].map((each) => (
            <button
              key={each ?? "all"}
              type="button"
              className="button segment"
              aria-pressed={status === each}
              onClick={() => change({ status: each ?? "" })}
            >
              {each === null ? "All" : each.charAt(0).toUpperCase() + each.slice(1)}
            </button>
          ))}
        </div>
      </div>
      {channel !== null && (
        <p className="filter-note">
          To {channel} only.{" "}
          <button type="button" className="button" onClick={() => change({ channel: "" })}>
            Clear
          </button>
        </p>
      )}
      <ResourceView resource={messages} name="Messages" onRetry={retry}>
        {({ notifications, next }) =>
          notifications.length === 0 ? (
            <p className="muted">
              {status === null && channel === null
                ? "No message was made yet. A confirmed mismatch makes one for each channel that a route names."
                : "No message matches."}
            </p>
          ) : (
            <>
              <MessageTable messages={notifications} />
              {next !== null && limit < 1_000 && (
                <button type="button" className="button" onClick={() => change({ limit: "1000" })}>
                  Older messages
                </button>
              )}
              {next !== null && limit === 1_000 && <p className="muted">The newest 1,000 are shown.</p>}
            </>
          )
        }
      </ResourceView>
    </section>
  );
}

/** The channels of the configuration, and how they do. */
function Channels() {
  const [channels, retry] = useResource<{ readonly channels: readonly ChannelStatus[] }>("api/v1/channels", REFRESH_MS);
  return (
    <section className="block panel" aria-label="Channels">
      <h2 className="panel-title">Channels</h2>
      <ResourceView resource={channels} name="Channels" onRetry={retry}>
        {(value) =>
          value.channels.length === 0 ? (
            <p className="muted">
              None is configured: nothing is sent. <code className="mono">alerts.channels</code> names them.
            </p>
          ) : (
            <ul className="channels">
              {value.channels.map((channel) => (
                <Channel key={channel.name} channel={channel} onChange={retry} />
              ))}
            </ul>
          )
        }
      </ResourceView>
    </section>
  );
}

function Channel({ channel, onChange }: { channel: ChannelStatus; onChange: () => void }) {
  const client = useDashboardClient();
  const [tested, setTested] = useState<ChannelTest | null>(null);
  const { name, type, perMinute, held, error, disabled } = channel;
  return (
    <li>
      <div className="panel-head">
        <p>
          <b>{name}</b> <span className="muted">{type}</span>{" "}
          <span className="tag">{disabled ? "disabled" : error === null ? "works" : "fails"}</span>
        </p>
        <WriteButton
          label={`Test ${name}`}
          request={() => client.write(`api/v1/channels/${encodeURIComponent(name)}/test`, {})}
          onDone={(body) => {
            setTested(body as ChannelTest);
            onChange();
          }}
        />
      </div>
      {tested !== null && (
        <p role="status">
          {tested.sent ? "The test message was taken" : "The test message was not taken"}
          {tested.status !== null && <span className="num"> ({tested.status})</span>}
          {tested.error !== null && `: ${tested.error}`}
        </p>
      )}
      {disabled && <p>Its receiver answered that it is gone. It is sent nothing more until a restart.</p>}
      {error !== null && <p className="channel-error">Last error: {error}</p>}
      {held > 0 && (
        <p>
          {formatPlural(held, "group")} of alerts held back: more than {perMinute} messages a minute. A summary counts
          them.
        </p>
      )}
    </li>
  );
}
