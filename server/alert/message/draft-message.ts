import { BOUNDS } from "../../bounds.ts";
import type { ChannelSettings } from "../../contract/alert-settings.ts";
import type { Notification } from "../../contract/notification.ts";
import type { OutboxDraft, OutboxEntry } from "../../contract/store.ts";
import type { MessageDecision } from "../pipeline/decide-message.ts";
import { alertsOfMessage, type OutboxBody, toSentAlert, withBrief } from "../pipeline/group-message-state.ts";
import { fingerprintOf, uuidOf } from "../fingerprint.ts";
import { groupMessage } from "./group-message.ts";

interface Thread {
  readonly id: string;
  readonly fingerprint: string;
  readonly firstN: number;
}

/** The next message of a lane; its id is the same if the database loses it and it is made again. `last` is the newest one there. `now` is milliseconds since 1970. */
export function draftMessage(
  decision: Extract<MessageDecision, { kind: "send" }>,
  last: { readonly entry: OutboxEntry; readonly body: OutboxBody } | null,
  {
    lane,
    route,
    channel,
    publicUrl,
    now,
  }: {
    readonly lane: string;
    readonly route: string;
    readonly channel: ChannelSettings;
    readonly publicUrl: string | null;
    readonly now: number;
  },
): OutboxDraft {
  const n = (last?.entry.n ?? 0) + 1;
  const { alerts, kept } = decision;
  const [first] = alerts;
  // The number begins anew once the lane is forgotten, and a notice recurs under its id; receivers ignore an id that they know.
  const news = alerts.map((alert) => [toSentAlert(alert), alert.isIncident ? "" : alert.since]);
  const messageId = uuidOf(lane, String(n), decision.as, JSON.stringify(news));
  const thread: Thread =
    decision.as === "firing" || last === null
      ? { id: uuidOf("thread", messageId), fingerprint: fingerprintOf(lane.slice(channel.name.length + 1)), firstN: n }
      : threadOf(last.body);
  // Alertmanager groups for itself, so it gets every alert.
  const named = channel.transport.type === "alertmanager" ? BOUNDS.alertGroupMax : BOUNDS.alertsNamed;
  const isNotice = first !== undefined && !first.isIncident;
  const about: Pick<Notification, "id" | "thread" | "fingerprint" | "n" | "kind" | "at" | "cause"> = {
    id: messageId,
    thread: thread.id,
    fingerprint: thread.fingerprint,
    n: n - thread.firstN + 1,
    kind: isNotice ? "notice" : decision.as,
    at: new Date(now).toISOString(),
    cause: decision.cause,
  };
  const notification = groupMessage(alerts, about, publicUrl, named, kept);
  const shown = new Set(notification.alerts.map(({ id }) => id));
  const before = alertsOfMessage(last?.body ?? null);
  const message: OutboxBody = {
    notification,
    route,
    sent: [
      ...alerts.map((alert) => withBrief(toSentAlert(alert), shown.has(alert.id) ? undefined : alert)),
      ...kept.map((sent) => withBrief(sent, before.get(sent.id))),
    ],
    firstN: thread.firstN,
  };
  const incident = first?.isIncident === true ? first.id : null;
  return {
    id: about.id,
    lane,
    n,
    incident,
    channel: channel.name,
    kind: about.kind,
    dueInMs: 0,
    body: JSON.stringify(message),
  };
}

function threadOf({ notification, firstN }: OutboxBody): Thread {
  return { id: notification.thread, fingerprint: notification.fingerprint, firstN };
}
