import { randomUUID } from "node:crypto";
import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings, ChannelSettings, RouteSettings } from "../contract/alert-settings.ts";
import type { Alert } from "../contract/notification.ts";
import type { ClaimedRow, OutboxDraft, OutboxEntry, TimerWrite } from "../contract/store.ts";
import { forEachInSlices } from "../slices.ts";
import type { AlertSources } from "./alert-sources.ts";
import type { AlertStore } from "./alert-store.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { incidentAlert } from "./message/incident-alert.ts";
import { type AlertSituation, evaluateGroup, type HeldAlert } from "./pipeline/evaluate-group.ts";
import { laneOf, routeNameOf } from "./pipeline/group-key.ts";
import { NO_BODY, parseOutboxBody } from "./outbox-body.ts";
import { alertsOfMessage, type OutboxBody } from "./pipeline/group-message-state.ts";
import type { OpenAlert } from "./pipeline/open-alert.ts";
import { openIncident } from "./pipeline/open-incident.ts";
import { StormControl, untilNextMinute } from "./pipeline/storm-control.ts";
import { summaryMessage } from "./message/summary-message.ts";
import { draftMessage } from "./message/draft-message.ts";
import { endAlert } from "./message/end-alert.ts";
import { AlertIndex } from "./pipeline/alert-index.ts";
import { NO_ROUTE, withoutUpdates } from "./pipeline/gone-route.ts";

export interface GroupRunnerParts {
  readonly store: AlertStore;
  readonly sources: AlertSources;
  readonly clock: Clock;
  /** Called for each alert that would be new to a receiver and is held. */
  readonly onHeld: (channel: string, held: HeldAlert) => void;
}

/** What follows for one channel: messages, timers, and when the group is looked at again. */
interface LaneResult {
  readonly outbox: readonly OutboxDraft[];
  readonly timers: readonly TimerWrite[];
  readonly againInMs: number | null;
}

/** Subject of the timer of a channel's summary. */
const SUMMARY = "summary ";

/** Turns due groups into messages: reads what holds and what was sent, decides, and commits the message with the timer's end. */
export class GroupRunner {
  readonly #parts: GroupRunnerParts;
  readonly #storms = new StormControl();
  /** Lanes to which no route leads with these settings, and in which nothing is open. */
  #endedLanes: { readonly settings: AlertSettings | null; readonly lanes: Set<string> } = {
    settings: null,
    lanes: new Set(),
  };

  constructor(parts: GroupRunnerParts) {
    this.#parts = parts;
  }

  /** All that fires now, with what may hold it. */
  async situation(): Promise<AlertSituation> {
    const { store, sources, clock } = this.#parts;
    const { routes, silences: windows } = sources.settings();
    const now = Math.round(clock.wall());
    const readPage = (after: string | null): ReturnType<AlertStore["openIncidentsPage"]> =>
      store.openIncidentsPage(after, BOUNDS.alertIncidentsAtOnce);
    const [silences, first] = await Promise.all([store.silences(now), readPage(null)]);
    const notices = sources.notices();
    const open: OpenAlert[] = [];
    // In portions, since receiving thousands of incidents from the store's thread at once would block the event loop.
    for (let page = first; ; page = await readPage(page.next)) {
      await forEachInSlices(clock, BOUNDS.sliceMs, page.rows, (record) => {
        open.push(openIncident(record, sources.facts));
      });
      if (page.next === null) break;
    }
    return { open: [...open, ...notices], notices, routes, silences, windows, now };
  }

  /** Handles claimed timers; one whose claim was superseded is left to the later claim. */
  async run(timers: readonly ClaimedRow[]): Promise<void> {
    const situation = await this.situation();
    const index = new AlertIndex(situation);
    for (const claim of timers) {
      const { subject } = claim.row as TimerWrite;
      if (subject.startsWith(SUMMARY)) await this.#sendSummary(claim, subject.slice(SUMMARY.length), situation.now);
      else await this.#runGroup(claim, subject, situation, index);
    }
  }

  async #runGroup(claim: ClaimedRow, group: string, situation: AlertSituation, index: AlertIndex): Promise<void> {
    const { sources } = this.#parts;
    const route = situation.routes.find(({ name }) => name === routeNameOf(group));
    const settings = sources.settings();
    if (this.#endedLanes.settings !== settings) this.#endedLanes = { settings, lanes: new Set() };
    const outbox: OutboxDraft[] = [];
    const timers: TimerWrite[] = [];
    let againInMs: number | null = null;
    for (const channel of settings.channels) {
      const isRouted = route?.channels.includes(channel.name) === true;
      if (!isRouted && this.#endedLanes.lanes.has(laneOf(channel.name, group))) continue;
      const result = await this.#runLane(group, isRouted ? route : null, channel, situation, index);
      outbox.push(...result.outbox);
      timers.push(...result.timers);
      if (result.againInMs !== null) againInMs = Math.min(againInMs ?? Infinity, result.againInMs);
    }
    if (againInMs !== null) timers.push({ kind: "group", subject: group, dueInMs: againInMs });
    await this.#commit(claim, outbox, timers);
  }

  /** `route` is null where none leads to the channel any more: it is sent the end of what it was sent, and nothing else. */
  async #runLane(
    group: string,
    route: RouteSettings | null,
    channel: ChannelSettings,
    whole: AlertSituation,
    index: AlertIndex,
  ): Promise<LaneResult> {
    const { store, onHeld } = this.#parts;
    const lane = laneOf(channel.name, group);
    const [entry = null] = await store.lane(lane, 1);
    const body = entry === null ? null : (parseOutboxBody(entry.body) ?? NO_BODY);
    const last = entry === null || body === null ? null : { body, madeAt: entry.madeAt };
    const sentIds = (body?.sent ?? []).map(({ id }) => id);
    if (route === null && !isOpen(body)) {
      if (this.#endedLanes.lanes.size < BOUNDS.alertOutboxKept) this.#endedLanes.lanes.add(lane);
      return { outbox: [], timers: [], againInMs: null };
    }
    const situation = { ...whole, open: index.candidates(route === null ? null : group, sentIds) };
    const ended = await this.#endsOf(body, situation);
    const rules = route ?? NO_ROUTE;
    const evaluation = evaluateGroup(group, rules, situation, last, (id) => ended.get(id) ?? null);
    const { held } = evaluation;
    const decision = route === null ? withoutUpdates(evaluation.decision) : evaluation.decision;
    const named = new Set(sentIds);
    for (const each of held) if (!named.has(each.open.alert.id)) onHeld(channel.name, each);
    const isWatched = held.length > 0 || decision.againInMs !== null;
    const isAlertmanager = channel.transport.type === "alertmanager";
    const everyMs = isAlertmanager
      ? Math.min(rules.groupIntervalMs, BOUNDS.alertmanagerEveryMs)
      : rules.groupIntervalMs;
    const againInMs = isWatched ? Math.min(decision.againInMs ?? Infinity, everyMs) : null;
    if (decision.kind === "nothing") return this.#keepAlive(channel, entry, body, situation.now, againInMs);
    if (!this.#storms.tryTake(channel.name, channel.perMinute, group, situation.now)) {
      const inMs = untilNextMinute(situation.now);
      // One summary at the end of the minute counts them; then the groups that still fire have their turn.
      const dueInMs = Math.max(0, inMs - SUMMARY_BEFORE_MS);
      const summary: TimerWrite = { kind: "group", subject: `${SUMMARY}${channel.name}`, dueInMs };
      return { outbox: [], timers: [summary], againInMs: inMs };
    }
    const newest = entry === null || body === null ? null : { entry, body };
    const { publicUrl } = this.#parts.sources.facts;
    const about = { lane, route: route?.name ?? body?.route ?? "", channel, publicUrl, now: situation.now };
    return { outbox: [draftMessage(decision, newest, about)], timers: [], againInMs };
  }

  /** Alertmanager forgets an alert that is not sent again: the same message is. */
  async #keepAlive(
    channel: ChannelSettings,
    entry: OutboxEntry | null,
    body: OutboxBody | null,
    now: number,
    againInMs: number | null,
  ): Promise<LaneResult> {
    if (channel.transport.type !== "alertmanager" || entry === null || !isOpen(body) || againInMs === null) {
      return { outbox: [], timers: [], againInMs };
    }
    if (entry.status === "sent" && now - entry.dueAt >= BOUNDS.alertmanagerEveryMs)
      await this.#parts.store.resend(entry.id);
    return { outbox: [], timers: [], againInMs };
  }

  /** The end of each alert that the last message named and that fires no more. */
  async #endsOf(body: OutboxBody | null, { open, now }: AlertSituation): Promise<ReadonlyMap<string, Alert>> {
    const { store, sources } = this.#parts;
    const ends = new Map<string, Alert>();
    if (body === null) return ends;
    const firing = new Set(open.map(({ alert }) => alert.id));
    const known = alertsOfMessage(body);
    for (const sent of body.sent) {
      const { id, isResolved } = sent;
      if (isResolved || firing.has(id)) continue;
      const record = UUID.test(id) ? await store.incident(id) : null;
      if (record !== null && record.state.kind === "ended") ends.set(id, incidentAlert(record, sources.facts));
      else if (record === null) {
        const alert = known.get(id);
        if (alert !== undefined && (alert.isIncident || sources.areNoticesKnown())) {
          ends.set(id, endAlert(sent, alert, now));
        }
      }
    }
    return ends;
  }

  /** The number of groups that a channel's cap holds back now. */
  heldCount(channel: string): number {
    return this.#storms.heldCount(channel);
  }

  async #sendSummary(claim: ClaimedRow, channel: string, now: number): Promise<void> {
    const count = this.#storms.takeHeld(channel);
    const lane = laneOf(channel, SUMMARY);
    const [entry = null] = await this.#parts.store.lane(lane, 1);
    const n = (entry?.n ?? 0) + 1;
    const id = randomUUID();
    const before = entry === null ? null : parseOutboxBody(entry.body);
    const thread = before?.notification.thread ?? randomUUID();
    const about = { id, thread, fingerprint: fingerprintOf(lane), n, at: new Date(now).toISOString() };
    const notification = summaryMessage(count, about, this.#parts.sources.facts.publicUrl);
    const body: OutboxBody = { notification, route: "", sent: [], firstN: 1 };
    const draft = { id, lane, n, incident: null, channel, kind: "summary", dueInMs: 0, body: JSON.stringify(body) };
    await this.#commit(claim, count === 0 ? [] : [draft], []);
  }

  async #commit(claim: ClaimedRow, outbox: readonly OutboxDraft[], timers: readonly TimerWrite[]): Promise<void> {
    const { of, id, attempt } = claim;
    const done = [{ of, id, attempt }];
    await this.#parts.store.commit({ source: null, events: [], incidents: [], outbox, timers, done });
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/;
const SUMMARY_BEFORE_MS = 1_000;

function isOpen(body: OutboxBody | null): boolean {
  return body?.sent.some(({ isResolved }) => !isResolved) ?? false;
}
