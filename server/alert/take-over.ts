import { randomUUID } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings, ChannelSettings } from "../contract/alert-settings.ts";
import type { Alert } from "../contract/notification.ts";
import type { OutboxDraft } from "../contract/store.ts";
import type { AlertStore } from "./alert-store.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { takeOverMessage } from "./message/take-over-message.ts";
import type { AlertSituation } from "./pipeline/evaluate-group.ts";
import { groupOf, laneOf } from "./pipeline/group-key.ts";
import { parseOutboxBody } from "./outbox-body.ts";
import type { OutboxBody } from "./pipeline/group-message-state.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";
import { possibleRoutes } from "./pipeline/route-alert.ts";

/** Receivers that know a repeated message by its key get the messages themselves again, in place of a summary. */
const FOLDING = ["alertmanager", "pagerduty"];

/**
 * Sends to each channel what is still open of what this haprobe would have sent while it was passive: one summary, or the
 * messages again where the receiver folds them. The end of each alert is sent as usual.
 */
export async function reportTakeOver(
  store: AlertStore,
  situation: AlertSituation,
  { channels }: Pick<AlertSettings, "channels">,
  address: string,
  publicUrl: string | null,
  clock: Clock,
): Promise<void> {
  const outbox: OutboxDraft[] = [];
  for (const channel of channels) {
    const { alerts, messages } = await findOpen(store, situation, channel);
    if (alerts.length === 0) continue;
    if (FOLDING.includes(channel.transport.type)) for (const id of messages) await store.resend(id);
    else outbox.push(await draftSummary(store, channel, alerts, address, publicUrl, clock));
  }
  if (outbox.length === 0) return;
  await store.commit({ source: null, events: [], incidents: [], outbox, timers: [], done: [] });
}

/** Alerts that fire and that the newest message of their lane names, and those messages. */
async function findOpen(
  store: AlertStore,
  { open, routes }: AlertSituation,
  { name }: ChannelSettings,
): Promise<{ readonly alerts: readonly Alert[]; readonly messages: readonly string[] }> {
  const lanes = new Map<string, OpenAlert[]>();
  for (const each of open) {
    for (const route of possibleRoutes(each, routes)) {
      if (!route.channels.includes(name)) continue;
      const lane = laneOf(name, groupOf(route, each.alert));
      const known = lanes.get(lane);
      if (known === undefined) lanes.set(lane, [each]);
      else known.push(each);
    }
  }
  const alerts: Alert[] = [];
  const messages: string[] = [];
  for (const [lane, members] of [...lanes].slice(0, BOUNDS.takeOverLanesMax)) {
    const [entry] = await store.lane(lane, 1);
    if (entry === undefined) continue;
    const sent = parseOutboxBody(entry.body)?.sent ?? [];
    const named = new Set(sent.filter(({ isResolved }) => !isResolved).map(({ id }) => id));
    const still = members.filter(({ alert }) => named.has(alert.id));
    if (still.length === 0) continue;
    alerts.push(...still.map(({ alert }) => alert));
    messages.push(entry.id);
  }
  return { alerts, messages };
}

async function draftSummary(
  store: AlertStore,
  channel: ChannelSettings,
  alerts: readonly Alert[],
  address: string,
  publicUrl: string | null,
  clock: Clock,
): Promise<OutboxDraft> {
  const group = "take-over";
  const lane = laneOf(channel.name, group);
  const [entry] = await store.lane(lane, 1);
  const n = (entry?.n ?? 0) + 1;
  const id = randomUUID();
  const at = new Date(clock.wall()).toISOString();
  const about = { id, fingerprint: fingerprintOf(group, address, at), thread: id, n: 1, at };
  const notification = takeOverMessage(alerts, about, address, publicUrl);
  const body: OutboxBody = { notification, route: "", sent: [], firstN: n };
  return {
    id,
    lane,
    n,
    incident: null,
    channel: channel.name,
    kind: "summary",
    dueInMs: 0,
    body: JSON.stringify(body),
  };
}
