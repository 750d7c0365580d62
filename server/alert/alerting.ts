import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertSettings } from "../contract/alert-settings.ts";
import type { AlertStatus } from "../contract/alert-status.ts";
import type { MonitorEvent } from "../contract/event.ts";
import type { LiveState, SyncEventSink } from "../contract/ports.ts";
import type { Settings } from "../contract/settings.ts";
import type { OutboxDraft, TimerWrite } from "../contract/store.ts";
import { type Activity, ActivityWatch } from "./activity.ts";
import type { AlertSources } from "./alert-sources.ts";
import type { AlertStore } from "./alert-store.ts";
import { ChannelHealth } from "./channel-health.ts";
import { Delivery, type DeliveryResult } from "./delivery.ts";
import { Dispatcher } from "./dispatcher.ts";
import { GroupRunner } from "./group-runner.ts";
import { HaproxyChanges } from "./haproxy-changes.ts";
import { Heartbeat } from "./heartbeat.ts";
import { MemoryStore } from "./memory-store.ts";
import { NoticeWatch } from "./notice-watch.ts";
import type { HeldAlert } from "./pipeline/evaluate-group.ts";
import { isOwnAddress } from "./own-addresses.ts";
import { planTimers } from "./plan-timers.ts";
import { reportTakeOver } from "./take-over.ts";
import { createSender, type SendNotification } from "./send/send-notification.ts";

export interface AlertingParts {
  /** Null: there is no data directory, and the outbox is in memory. */
  readonly store: AlertStore | null;
  readonly live: LiveState;
  readonly settings: Pick<Settings, "alerts" | "instances" | "discoveries" | "publicUrl">;
  readonly clock: Clock;
  readonly random: () => number;
  /** Names this process in leases. */
  readonly holder: string;
  readonly userAgent: string;
  readonly isWorking: () => boolean;
  /** Called where the heartbeat begins to fail, and with null where it arrives again. */
  readonly onHeartbeat: (error: string | null) => void;
  /** Called for each message that did not arrive, was given up, or disabled its channel. */
  readonly onProblem: (channel: string, result: string, error: string) => void;
  /** Whether this machine has an IP address. */
  readonly hasAddress?: (address: string) => boolean;
  /** Called where another haprobe begins to send, or this one. */
  readonly onActivity?: (activity: Activity) => void;
  /** Called where the status says something else that a person should know. */
  readonly onChange: () => void;
  readonly onStoreFailure: (error: unknown) => void;
}

/** Notifies of incidents and notices: plans what follows from events, groups, sends and records. */
export class Alerting implements SyncEventSink {
  readonly name = "alerts";
  readonly store: AlertStore;
  readonly sources: AlertSources;
  readonly send: SendNotification;
  readonly groups: GroupRunner;
  readonly #parts: AlertingParts;
  readonly #isStored: boolean;
  readonly #health = new ChannelHealth();
  readonly #changes: HaproxyChanges;
  readonly #watch: NoticeWatch;
  readonly #dispatcher: Dispatcher;
  readonly #heartbeat: Heartbeat;
  readonly #activity: ActivityWatch;
  readonly #stopping = new AbortController();
  readonly #results = new Map<string, number>();
  /** Alerts that were counted as held. */
  readonly #held = new Set<string>();
  #settings: AlertingParts["settings"];
  #backlog: Awaited<ReturnType<AlertStore["outboxBacklog"]>> = { waiting: 0, oldestMadeAt: null };
  #cancelBacklog: () => void = () => {};
  #sizes: { readonly at: number; readonly of: ReadonlyMap<string, number> } | null = null;

  constructor(parts: AlertingParts) {
    const { clock, live } = parts;
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#isStored = parts.store !== null;
    this.store = parts.store ?? new MemoryStore(clock, () => this.#count("", "dropped"));
    const { store } = this;
    const settings = (): AlertSettings => this.#settings.alerts;
    const labels = (instance: string): Readonly<Record<string, string>> => this.#labelsOf(instance);
    const publicUrl = parts.settings.publicUrl;
    this.#changes = new HaproxyChanges((notice) => settings().notices.includes(notice));
    this.#watch = new NoticeWatch({
      live,
      changes: this.#changes,
      store,
      settings,
      labels,
      publicUrl,
      clock,
      onTimer: (dueInMs) => this.#dispatcher.expect(dueInMs),
    });
    this.sources = {
      settings,
      facts: {
        server: (key) => live.server(key),
        backendSize: (instance, backend) => this.#backendSizes().get(`${instance}/${backend}`) ?? null,
        labels,
        publicUrl,
      },
      notices: () => this.#watch.notices(),
      areNoticesKnown: () => this.#watch.areKnown(),
    };
    this.send = createSender({ clock, userAgent: parts.userAgent });
    const { send, sources } = this;
    this.#activity = new ActivityWatch({
      address: () => settings().activeWhen?.address ?? null,
      hasAddress: parts.hasAddress ?? isOwnAddress,
      clock,
      onChange: (activity) => parts.onActivity?.(activity),
      onTakenOver: () => void this.#takeOver().catch(parts.onStoreFailure),
    });
    const delivery = new Delivery({
      store,
      settings,
      send,
      health: this.#health,
      clock,
      random: parts.random,
      activity: () => this.#activity.activity,
      onResult: (channel, result, error) => this.#recordResult(channel, result, error),
    });
    this.groups = new GroupRunner({
      store,
      sources,
      clock,
      onHeld: (channel, held) => this.#recordHeld(channel, held),
    });
    this.#heartbeat = new Heartbeat({
      settings: () => this.#settings.alerts.heartbeat,
      isWorking: parts.isWorking,
      clock,
      userAgent: parts.userAgent,
      onChange: parts.onHeartbeat,
    });
    const { holder, onStoreFailure } = parts;
    const { groups } = this;
    this.#dispatcher = new Dispatcher({ store, groups, delivery, health: this.#health, clock, holder, onStoreFailure });
  }

  /** What is to be stored with an event: the timers of the groups that it concerns. */
  plan(event: MonitorEvent): { readonly outbox: readonly OutboxDraft[]; readonly timers: readonly TimerWrite[] } {
    const { facts } = this.sources;
    // Only what routes match is needed here.
    const lean = { ...facts, server: () => null, backendSize: () => null };
    return { outbox: [], timers: planTimers(event, { settings: this.sources.settings, facts: lean }) };
  }

  /** These timers have been stored. */
  expect(timers: readonly TimerWrite[]): void {
    for (const { dueInMs } of timers) this.#dispatcher.expect(dueInMs ?? 0);
  }

  apply(event: MonitorEvent): void {
    this.#changes.apply(event);
    if (this.#isStored || !("incident" in event)) return;
    const { incident: record } = event;
    const incidents = [
      { record, fingerprint: `${record.verdict} ${record.subject}`, expectedVersion: record.version - 1 },
    ];
    const { timers } = this.plan(event);
    void this.store.commit({ source: null, events: [], incidents, outbox: [], timers, done: [] });
    this.expect(timers);
  }

  start(): void {
    this.#activity.start();
    this.#dispatcher.start();
    this.#watch.start();
    this.#heartbeat.start();
    this.#readBacklog();
  }

  /** Applies another configuration; a channel whose settings changed begins anew. */
  configure(settings: AlertingParts["settings"]): void {
    const before = new Map(this.#settings.alerts.channels.map((channel) => [channel.name, JSON.stringify(channel)]));
    const wasWanted = this.#changes.isWanted;
    this.#settings = settings;
    if (!this.#changes.isWanted) this.#changes.clear();
    else if (!wasWanted) void this.#changes.read(this.#parts.live, this.#parts.clock);
    this.#health.keepOnly(settings.alerts.channels.filter((each) => before.get(each.name) === JSON.stringify(each)));
    this.#parts.onChange();
    this.#dispatcher.expect(0);
  }

  /** Something is to be sent at once. */
  wake(): void {
    this.#dispatcher.expect(0);
  }

  status(): AlertStatus {
    const results = Array.from(this.#results, ([key, count]) => {
      const [channel = "", result = ""] = key.split("\n");
      return { channel, result, count };
    });
    return { results, ...this.#backlog, failing: this.#health.failing(), heartbeat: this.#heartbeat.status() };
  }

  /** Ends what is in flight; what waits stays in the store. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelBacklog();
    this.#activity.stop();
    await this.#watch.stop();
    await this.#dispatcher.stop();
    await this.#heartbeat.stop();
  }

  /** Sends what is still open of what another haprobe has sent until now. */
  async #takeOver(): Promise<void> {
    const address = this.#settings.alerts.activeWhen?.address;
    if (address === undefined) return;
    const { clock } = this.#parts;
    const situation = await this.groups.situation();
    await reportTakeOver(this.store, situation, this.#settings.alerts, address, this.#settings.publicUrl, clock);
    this.wake();
  }

  #recordResult(channel: string, result: DeliveryResult, error: string | null): void {
    this.#count(channel, result);
    if (error !== null && result !== "superseded") this.#parts.onProblem(channel, result, error);
    this.#parts.onChange();
  }

  #recordHeld(channel: string, { open, why }: HeldAlert): void {
    if (!/^(silenced|expected)/.test(why)) return;
    const key = `${channel} ${open.alert.id} ${open.confirmedAt}`;
    if (this.#held.has(key)) return;
    if (this.#held.size >= BOUNDS.alertOutboxKept) this.#held.clear();
    this.#held.add(key);
    this.#count(channel, "silenced");
  }

  #count(channel: string, result: string): void {
    const key = `${channel}\n${result}`;
    this.#results.set(key, (this.#results.get(key) ?? 0) + 1);
  }

  #readBacklog(): void {
    this.#cancelBacklog = this.#parts.clock.after(BOUNDS.alertBacklogEveryMs, () => {
      void this.store
        .outboxBacklog()
        .then((backlog) => {
          this.#backlog = backlog;
        })
        // The store's own finding says that it is away.
        .catch(() => {})
        .finally(() => {
          if (!this.#stopping.signal.aborted) this.#readBacklog();
        });
    });
  }

  #labelsOf(instance: string): Readonly<Record<string, string>> {
    const { instances, discoveries } = this.#settings;
    const named = instances.find(({ name }) => name === instance);
    return named?.labels ?? discoveries.find(({ name }) => instance.startsWith(`${name}-`))?.template.labels ?? {};
  }

  /** Servers of each backend; counted at most once a second. */
  #backendSizes(): ReadonlyMap<string, number> {
    const { live, clock } = this.#parts;
    const now = clock.now();
    if (this.#sizes !== null && now - this.#sizes.at < BOUNDS.alertPollEveryMs) return this.#sizes.of;
    const of = new Map<string, number>();
    for (const key of live.keys()) {
      const backend = key.slice(0, key.lastIndexOf("/"));
      of.set(backend, (of.get(backend) ?? 0) + 1);
    }
    this.#sizes = { at: now, of };
    return of;
  }
}
