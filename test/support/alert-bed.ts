import type { Activity } from "../../server/alert/activity.ts";
import { ChannelHealth } from "../../server/alert/channel-health.ts";
import { Delivery, type DeliveryResult } from "../../server/alert/delivery.ts";
import { Dispatcher } from "../../server/alert/dispatcher.ts";
import { GroupRunner } from "../../server/alert/group-runner.ts";
import { MemoryStore } from "../../server/alert/memory-store.ts";
import type { AlertSources } from "../../server/alert/alert-sources.ts";
import type { AlertStore } from "../../server/alert/alert-store.ts";
import type { OpenAlert } from "../../server/alert/pipeline/open-alert.ts";
import { groupTimers, planTimers } from "../../server/alert/plan-timers.ts";
import type { SendOutcome } from "../../server/alert/send/outcome.ts";
import type { SendNotification } from "../../server/alert/send/send-notification.ts";
import type { AlertSettings, ChannelSettings } from "../../server/contract/alert-settings.ts";
import type { IncidentEvent } from "../../server/contract/event.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { Notification } from "../../server/contract/notification.ts";
import { FakeClock } from "./fake-clock.ts";
import { route } from "./sample-alerts.ts";

/** Alerting as the service connects it, on a fake clock. The store and the sender can be replaced. */
export class AlertBed {
  readonly clock: FakeClock;
  readonly store: AlertStore;
  /** Every attempt, in order. */
  readonly attempts: {
    readonly channel: string;
    readonly notification: Notification;
    readonly outcome: SendOutcome;
  }[] = [];
  readonly results: [string, DeliveryResult][] = [];
  readonly held: string[] = [];
  notices: OpenAlert[] = [];
  settings: AlertSettings;
  /** What the receiver answers. */
  respond: (notification: Notification, channel: ChannelSettings) => SendOutcome | Promise<SendOutcome> = () => SENT;
  /** Whether notices are known after the start. */
  areNoticesKnown = true;
  /** Whether another haprobe sends. */
  activity: Activity = "active";
  readonly dispatcher: Dispatcher;
  readonly groups: GroupRunner;
  readonly sources: AlertSources;
  readonly send: SendNotification;
  #seq = 0;

  constructor(
    over: { settings?: Partial<AlertSettings>; store?: AlertStore; clock?: FakeClock; send?: SendNotification } = {},
  ) {
    this.clock = over.clock ?? new FakeClock();
    this.store = over.store ?? new MemoryStore(this.clock, () => {});
    this.settings = alertSettings(over.settings);
    const { clock, store } = this;
    this.sources = {
      settings: () => this.settings,
      facts: { server: () => null, backendSize: () => null, labels: () => ({}), publicUrl: null },
      notices: () => this.notices,
      areNoticesKnown: () => this.areNoticesKnown,
    };
    const health = new ChannelHealth();
    this.send = async (notification, channel, signal) => {
      const outcome = await (over.send?.(notification, channel, signal) ?? this.respond(notification, channel));
      this.attempts.push({ channel: channel.name, notification, outcome });
      return outcome;
    };
    const delivery = new Delivery({
      store,
      settings: () => this.settings,
      send: this.send,
      health,
      clock,
      random: () => 0.5,
      activity: () => this.activity,
      onResult: (channel, result) => this.results.push([channel, result]),
    });
    this.groups = new GroupRunner({
      store,
      sources: this.sources,
      clock,
      onHeld: (channel, { open, why }) => this.held.push(`${channel} ${open.alert.id}: ${why}`),
    });
    const { groups } = this;
    const onStoreFailure = (error: unknown): void => {
      throw error;
    };
    this.dispatcher = new Dispatcher({ store, groups, delivery, health, clock, holder: "test", onStoreFailure });
  }

  /** Messages that arrived, in order. */
  get arrived(): Notification[] {
    return this.attempts.filter(({ outcome }) => outcome.kind === "sent").map(({ notification }) => notification);
  }

  /** `kind: sentence` of each message that arrived. */
  get lines(): string[] {
    return this.arrived.map(({ kind, sentence }) => `${kind}: ${sentence}`);
  }

  /** An event of the monitor about this incident, committed with the timers that follow from it. */
  async emit(type: IncidentEvent["type"], record: IncidentRecord): Promise<void> {
    this.#seq += 1;
    const event: IncidentEvent = {
      id: `e:${this.#seq}`,
      seq: this.#seq,
      at: this.clock.wall(),
      type,
      incident: record,
    };
    const timers = planTimers(event, this.sources);
    const write = { record, fingerprint: record.subject, expectedVersion: record.version - 1 };
    await this.store.commit({ source: null, events: [], incidents: [write], outbox: [], timers, done: [] });
    for (const { dueInMs } of timers) this.dispatcher.expect(dueInMs ?? 0);
  }

  /** Notices appear or vanish. */
  async setNotices(notices: OpenAlert[]): Promise<void> {
    const gone = this.notices.filter(({ alert }) => !notices.some((each) => each.alert.id === alert.id));
    const fresh = notices.filter(({ alert }) => !this.notices.some((each) => each.alert.id === alert.id));
    this.notices = notices;
    const timers = [...fresh, ...gone].flatMap((open) =>
      groupTimers(open, this.clock.wall(), this.sources, gone.includes(open)),
    );
    await this.store.commit({ source: null, events: [], incidents: [], outbox: [], timers, done: [] });
  }
}

export const SENT: SendOutcome = { kind: "sent", status: 200 };

/** A receiver's failure. */
export function failing(status: number, afterMs: number | null = null): SendOutcome {
  return { kind: "retry", status, error: `HTTP ${status}`, afterMs };
}

/** One chat channel, one route for everything. */
export function alertSettings(over: Partial<AlertSettings> = {}): AlertSettings {
  return {
    channels: [chatChannel()],
    routes: [route()],
    silences: [],
    notices: [],
    certificateMs: 0,
    retry: { firstMs: 2_000, maxMs: 1_800_000, forMs: 86_400_000 },
    activeWhen: null,
    heartbeat: null,
    ...over,
  };
}

export function chatChannel(over: Partial<ChannelSettings> = {}): ChannelSettings {
  const url = { kind: "text", text: "http://127.0.0.1:9/" } as const;
  return {
    name: "chat",
    transport: { type: "slack", url, flavor: "slack" },
    timeoutMs: 10_000,
    perMinute: 20,
    ...over,
  };
}
