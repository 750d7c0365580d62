import { afterAll, describe, expect, test } from "vitest";
import { ChannelHealth } from "../../server/alert/channel-health.ts";
import { Delivery } from "../../server/alert/delivery.ts";
import { Dispatcher } from "../../server/alert/dispatcher.ts";
import { GroupRunner } from "../../server/alert/group-runner.ts";
import { planTimers } from "../../server/alert/plan-timers.ts";
import { systemClock } from "../../server/clock.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { Notification } from "../../server/contract/notification.ts";
import type { Store } from "../../server/contract/store.ts";
import { openStore } from "../../server/store/open-store.ts";
import { alertSettings, chatChannel, SENT } from "../support/alert-bed.ts";
import { incidentRecord, member, route } from "../support/sample-alerts.ts";
import { storeEngines } from "../support/store-engines.ts";

const INCIDENTS = 30;
const settings = alertSettings({
  channels: [chatChannel({ perMinute: 10_000 })],
  routes: [route({ waitMs: 0, groupWaitMs: 0, groupBy: ["target"] })],
});
const sources = {
  settings: () => settings,
  facts: { server: () => null, backendSize: () => null, labels: () => ({}), publicUrl: null },
  notices: () => [],
  areNoticesKnown: () => true,
};

/** What sends in one process; messages go to `arrived`. */
function dispatcherOf(store: Store, holder: string, arrived: Notification[]): Dispatcher {
  const health = new ChannelHealth();
  const clock = systemClock;
  const send = async (notification: Notification) => {
    // The other process has its turn while a message is on its way.
    await new Promise((resolve) => setImmediate(resolve));
    arrived.push(notification);
    return SENT;
  };
  const delivery = new Delivery({
    store,
    settings: () => settings,
    send,
    health,
    clock,
    random: () => 0.5,
    onResult: () => {},
  });
  const groups = new GroupRunner({ store, sources, clock, onHeld: () => {} });
  const onStoreFailure = (error: unknown): void => {
    throw error;
  };
  return new Dispatcher({ store, groups, delivery, health, clock, holder, onStoreFailure });
}

function incidentOf(i: number): IncidentRecord {
  const now = Date.now();
  return incidentRecord({
    id: `019ab000-0000-7000-8000-${String(i).padStart(12, "0")}`,
    subject: `10.0.0.${i}:6443`,
    members: [member("lb-1", "k8s-api", `cp-${i}`)],
    suspectedAt: now,
    confirmedAt: now,
    changedAt: now,
  });
}

const engines = storeEngines();
afterAll(async () => {
  for (const engine of engines) await engine.end();
});

describe.each(engines)("two processes over one $name", ({ missing, createDatabase, name }) => {
  test.skipIf(missing !== null)(
    `send each message once, the end after the beginning${missing ?? ""}`,
    { timeout: 180_000 },
    async () => {
      await using database = await createDatabase();
      const store = await openStore(database.location);
      // A file of SQLite belongs to one process, so there both share its store.
      const other = name === "SQLite" ? store : await openStore(database.location);
      const arrived: Notification[] = [];
      const dispatchers = [dispatcherOf(store, "a", arrived), dispatcherOf(other, "b", arrived)];
      const emit = async (type: "incident-opened" | "incident-ended", incident: IncidentRecord): Promise<void> => {
        const event = { id: incident.id, seq: 1, at: Date.now(), type, incident };
        const write = { record: incident, fingerprint: incident.subject, expectedVersion: incident.version - 1 };
        const timers = planTimers(event, sources);
        await store.commit({ source: null, events: [], incidents: [write], outbox: [], timers, done: [] });
      };
      const records = Array.from({ length: INCIDENTS }, (_, i) => incidentOf(i));
      for (const record of records) await emit("incident-opened", record);
      for (const dispatcher of dispatchers) dispatcher.start();
      const kinds = (): string[] => arrived.map(({ kind }) => kind);
      await expect.poll(() => kinds().length, { timeout: 30_000 }).toBe(INCIDENTS);
      for (const record of records) {
        const state = { kind: "ended", flaps: 0, at: Date.now(), end: "agreed" } as const;
        await emit("incident-ended", { ...record, version: 2, state });
      }
      await expect.poll(() => kinds().length, { timeout: 30_000 }).toBe(2 * INCIDENTS);
      for (const dispatcher of dispatchers) await dispatcher.stop();
      await store.close();
      if (other !== store) await other.close();

      expect(new Set(arrived.map(({ id }) => id)).size).toBe(2 * INCIDENTS);
      expect(kinds().slice(0, INCIDENTS)).toEqual(Array<string>(INCIDENTS).fill("firing"));
      expect(kinds().slice(INCIDENTS)).toEqual(Array<string>(INCIDENTS).fill("resolved"));
    },
  );
});
