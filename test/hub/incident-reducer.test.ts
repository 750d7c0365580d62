import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { MonitorEvent } from "../../server/contract/event.ts";
import type { Judgement, Store, VerdictStored } from "../../server/contract/store.ts";
import { IncidentReducer } from "../../server/hub/incident-reducer.ts";
import { uuidV7 } from "../../server/monitor/uuid.ts";
import { openStore } from "../../server/store/open-store.ts";
import { queryDatabase } from "../support/sites.ts";
import { storeEngines } from "../support/store-engines.ts";
import { AGREES, ETCD } from "../support/vantage-rows.ts";

const engines = storeEngines().filter(({ name }) => name === "PostgreSQL");
afterAll(async () => {
  for (const engine of engines) await engine.end();
});

/** A hub's reducer over this store; events go to `emitted`. */
function reducerOf(store: Store, holder: string, emitted: MonitorEvent[]): IncidentReducer {
  return new IncidentReducer({
    store,
    clock: systemClock,
    holder,
    createId: uuidV7,
    plan: (event) => {
      emitted.push(event);
      return { outbox: [], timers: [{ kind: "group", subject: `group of ${event.type}`, dueInMs: 0 }] };
    },
    onTimersStored: () => {},
    onStoreFailure: (error) => {
      throw error;
    },
  });
}

class Vantage {
  readonly #name: string;
  readonly #store: Store;
  #seq = 0;

  constructor(name: string, store: Store) {
    this.#name = name;
    this.#store = store;
  }

  /** Commits what it says of cp-1 behind `instance`. */
  async say(judgement: Judgement, instance = "lb-1"): Promise<void> {
    this.#seq += 1;
    const seq = this.#seq;
    const at = Date.now();
    const event: VerdictStored = {
      type: "verdict-changed",
      seq,
      at,
      server: { site: "default", instance, backend: "k8s-api", server: "cp-1" },
      address: { network: "default", host: "10.0.0.11", port: 6443 },
      judgement,
      beganAt: at,
      body: null,
    };
    const log = { site: "default", vantage: this.#name, logId: this.#name, writer: this.#name };
    const source = { ...log, takesOver: seq === 1, firstSeq: seq, lastSeq: seq, sentAt: at };
    await this.#store.commit({ source, events: [event], incidents: [], outbox: [], timers: [], done: [] });
  }
}

describe.each(engines)("two hubs over one $name", ({ missing, createDatabase }) => {
  test.skipIf(missing !== null)(
    `reduce what two vantages say to one incident, each step once${missing ?? ""}`,
    { timeout: 180_000 },
    async () => {
      await using database = await createDatabase();
      const stores = [await openStore(database.location), await openStore(database.location)] as const;
      const emitted: MonitorEvent[] = [];
      const reducers = stores.map((store, i) => reducerOf(store, `hub-${i}`, emitted));
      const [a, b] = [new Vantage("host-a", stores[0]), new Vantage("host-b", stores[1])];
      const wake = (): void => {
        for (const reducer of reducers) reducer.wake();
      };
      for (const reducer of reducers) reducer.start();
      const membersOf = async () =>
        (await stores[0].openIncidents(null)).map(({ members }) =>
          members.map(({ instance, vantage, standing }) => `${instance} ${vantage} ${standing}`),
        );

      // Each log is committed in its order, and both at the same time.
      await Promise.all([a, b].map((vantage) => vantage.say(ETCD).then(() => vantage.say(ETCD, "lb-2"))));
      wake();
      await expect
        .poll(membersOf, { timeout: 20_000 })
        .toEqual([
          expect.arrayContaining([
            "lb-1 host-a failing",
            "lb-1 host-b failing",
            "lb-2 host-a failing",
            "lb-2 host-b failing",
          ]),
        ]);
      // A step whose claim was superseded is planned again, and stored once.
      const [opened] = await stores[0].openIncidents(null);
      expect(opened?.changes.filter(({ what }) => what === "confirmed")).toHaveLength(1);
      expect(emitted.filter(({ type }) => type === "incident-opened").length).toBeGreaterThan(0);
      const groups = await stores[1].claim({ of: "timer", kinds: ["group"], holder: "x", limit: 10, leaseMs: 1 });
      expect(groups.map(({ id }) => id)).toContain("group/group of incident-opened");

      // A fail-over of the database that lost the incident.
      if (database.location.kind !== "postgres") throw new Error("not PostgreSQL");
      await queryDatabase(
        database.location.url,
        "DELETE FROM incident; DELETE FROM member; DELETE FROM incident_change",
      );
      const timers = [{ kind: "merge", subject: "default false-up 10.0.0.11:6443", dueInMs: 0 }] as const;
      await stores[0].commit({ source: null, events: [], incidents: [], outbox: [], timers, done: [] });
      wake();
      await expect
        .poll(async () => (await stores[0].openIncidents(null)).map(({ id }) => id), { timeout: 20_000 })
        .toEqual([opened?.id]);

      await Promise.all([a, b].map((vantage) => vantage.say(AGREES).then(() => vantage.say(AGREES, "lb-2"))));
      wake();
      const statesOf = async () => (await stores[0].openIncidents(null)).map(({ state }) => state.kind);
      await expect.poll(statesOf, { timeout: 20_000 }).toEqual(["healing"]);

      for (const reducer of reducers) await reducer.stop();
      for (const store of stores) await store.close();
    },
  );
});
