import { fingerprintOf } from "./fingerprint.ts";
import { randomUUID } from "node:crypto";
import type {
  AlertControl,
  NotificationDetail,
  NotificationSummary,
  PreviewEntry,
  PreviewRoute,
  SilenceStatus,
} from "../contract/alert-api.ts";
import type { Silence } from "../contract/alert-settings.ts";
import type { Alert, Notification } from "../contract/notification.ts";
import type { OutboxEntry } from "../contract/store.ts";
import type { Clock } from "../clock.ts";
import type { Alerting } from "./alerting.ts";
import { NO_BODY, parseOutboxBody } from "./outbox-body.ts";
import type { AlertSituation } from "./pipeline/evaluate-group.ts";
import { groupOf, laneOf } from "./pipeline/group-key.ts";
import type { OutboxBody } from "./pipeline/group-message-state.ts";
import { inhibitAlert } from "./pipeline/inhibit-alert.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";
import { groupTimers } from "./plan-timers.ts";
import { type RouteResult, routeAlert } from "./pipeline/route-alert.ts";
import { silenceAlert } from "./pipeline/silence-alert.ts";

/** What people can see and do of the alerts of this process. */
export function createAlertControl(
  alerting: Pick<Alerting, "store" | "sources" | "send" | "groups" | "wake" | "status">,
  clock: Clock,
): AlertControl {
  const { store, sources, send, groups } = alerting;

  async function previewRoute(open: OpenAlert, result: RouteResult, situation: AlertSituation): Promise<PreviewRoute> {
    const { route } = result;
    const shown = { route: route.name, channels: route.channels };
    if (!result.taken) return { ...shown, sends: false, why: result.why };
    const { silences, windows, now, notices } = situation;
    for (const stage of [silenceAlert(open, silences, windows, now), inhibitAlert(open, notices)]) {
      if (stage.kind === "held") return { ...shown, sends: false, why: stage.why };
    }
    const [channel] = route.channels;
    if (channel === undefined) return { ...shown, sends: false, why: "no channel is configured" };
    const [last] = await store.lane(laneOf(channel, groupOf(route, open.alert)), 1);
    const sent = last === undefined ? [] : (parseOutboxBody(last.body)?.sent ?? []);
    if (last !== undefined && sent.some(({ id, isResolved }) => id === open.alert.id && !isResolved)) {
      return { ...shown, sends: true, why: `${last.status} since ${iso(last.madeAt)}` };
    }
    if (open.isHealing) return { ...shown, sends: false, why: "it is healing" };
    const dueAt = open.confirmedAt + route.waitMs + route.groupWaitMs;
    return { ...shown, sends: true, why: now < dueAt ? `is sent at ${iso(dueAt)}` : "is sent next" };
  }

  /** Lets the groups of all that fires be looked at now. */
  async function lookAgain(): Promise<void> {
    const { open, now } = await groups.situation();
    const timers = open.flatMap((each) => groupTimers(each, now, sources, true));
    await store.commit({ source: null, events: [], incidents: [], outbox: [], timers, done: [] });
    alerting.wake();
  }

  return {
    async notifications(query) {
      const { rows, next } = await store.notifications(query);
      return { rows: rows.map((entry) => toSummary(entry, parseOutboxBody(entry.body) ?? NO_BODY)), next };
    },
    async notification(id) {
      const found = await store.notification(id);
      if (found === null) return null;
      const { entry, attempts } = found;
      const body = parseOutboxBody(entry.body) ?? NO_BODY;
      return {
        ...toSummary(entry, body),
        attemptLog: attempts.map(({ at, durationMs, status, error }) => ({ at: iso(at), durationMs, status, error })),
        payload: body.notification,
      } satisfies NotificationDetail;
    },
    async resend(id) {
      const found = await store.resend(id);
      if (found) alerting.wake();
      return found;
    },
    async silences() {
      const now = Math.round(clock.wall());
      return (await store.silences(now)).map((silence) => toSilenceStatus(silence, now));
    },
    async addSilence({ match, forMs, reason, author }) {
      const from = Math.round(clock.wall());
      const silence: Silence = { id: randomUUID(), match, from, until: from + forMs, reason, author, endedAt: null };
      await store.putSilence(silence);
      return toSilenceStatus(silence, from);
    },
    async endSilence(id) {
      const now = Math.round(clock.wall());
      const silence = (await store.silences(now)).find((each) => each.id === id);
      if (silence === undefined) return null;
      const ended = { ...silence, endedAt: now };
      await store.putSilence(ended);
      await lookAgain();
      return toSilenceStatus(ended, now);
    },
    channels() {
      const failing = new Map(alerting.status().failing.map((each) => [each.channel, each]));
      return sources.settings().channels.map(({ name, transport, perMinute }) => ({
        name,
        type: transport.type,
        perMinute,
        held: groups.heldCount(name),
        error: failing.get(name)?.error ?? null,
        disabled: failing.get(name)?.disabled ?? false,
      }));
    },
    async preview() {
      const situation = await groups.situation();
      const entries: PreviewEntry[] = [];
      for (const open of situation.open) {
        const { id, name, urgency, subject, sentence } = open.alert;
        const routes: PreviewRoute[] = [];
        for (const result of routeAlert(open, situation.routes, situation.now)) {
          routes.push(await previewRoute(open, result, situation));
        }
        entries.push({ id, name, urgency, subject, sentence, routes });
      }
      return entries;
    },
    async testChannel(name) {
      const channel = sources.settings().channels.find((each) => each.name === name);
      if (channel === undefined) return null;
      const { signal } = new AbortController();
      const outcome = await send(testNotification(new Date(clock.wall()).toISOString()), channel, signal);
      const { kind, status } = outcome;
      return { channel: name, sent: kind === "sent", status, error: outcome.kind === "sent" ? null : outcome.error };
    },
  };
}

function toSummary(entry: OutboxEntry, { notification, route }: OutboxBody): NotificationSummary {
  const { id, channel, status, attempts, madeAt, dueAt, incident } = entry;
  const { kind, sentence, cause } = notification;
  const nextAttemptAt = status === "waiting" ? iso(dueAt) : null;
  return { id, channel, kind, sentence, cause, route, status, attempts, madeAt: iso(madeAt), nextAttemptAt, incident };
}

function toSilenceStatus({ id, match, from, until, reason, author, endedAt }: Silence, now: number): SilenceStatus {
  const end = endedAt ?? until;
  const state = now >= end ? "ended" : now < from ? "pending" : "active";
  return { id, match, from: iso(from), until: iso(end), reason, author, state };
}

/** A message that shows what a channel does with one; PagerDuty opens an incident for it that a person closes. */
function testNotification(at: string): Notification {
  const sentence = "This is a test of haprobe's alerts: this channel works";
  const alert: Alert = {
    id: "test",
    link: null,
    name: "false-up",
    isIncident: true,
    urgency: "info",
    reason: null,
    site: "test",
    subject: "test",
    origin: { instance: null, backend: null, server: null },
    labels: {},
    sentence,
    since: at,
    why: "A person asked for it.",
    members: [],
    memberCount: 0,
    activeMembers: 0,
    sessions: 0,
    healthyLeft: null,
    evidence: ["<b>markup</b>, *Markdown* and @mentions are shown as they are written"],
    mitigate: "",
    permanentFix: [],
    acknowledgedBy: null,
    // Alertmanager does not fire for it.
    resolved: { at, afterMs: 0, noticedAfterMs: null },
  };
  const id = randomUUID();
  return {
    id,
    thread: id,
    fingerprint: fingerprintOf("test", id),
    n: 1,
    kind: "test",
    at,
    urgency: "info",
    sentence,
    cause: "test",
    alerts: [alert],
    alertCount: 1,
    link: null,
    isResolved: false,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
