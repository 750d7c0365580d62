import { expect, test } from "vitest";
import type { AlertStore } from "../../server/alert/alert-store.ts";
import { MemoryStore } from "../../server/alert/memory-store.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { Notification } from "../../server/contract/notification.ts";
import { AlertBed, SENT } from "../support/alert-bed.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { incidentRecord } from "../support/sample-alerts.ts";

/** Where a process dies: before or after the effect of its n-th step, a call of the store or a message. */
interface Death {
  readonly step: number;
  readonly isAfter: boolean;
}

/** The steps of one process. From its death on none has an effect, and none ends. */
class Life {
  steps = 0;
  readonly #death: Death | null;

  constructor(death: Death | null) {
    this.#death = death;
  }

  async take<T>(effect: () => Promise<T>): Promise<T> {
    this.steps += 1;
    const death = this.#death;
    if (death === null || this.steps < death.step) return effect();
    if (this.steps === death.step && death.isAfter) await effect();
    return new Promise<T>(() => {});
  }
}

/** The store as a process sees it that may die at any call. */
function withDeath(store: AlertStore, life: Life): AlertStore {
  const mortal = {
    commit: (batch) => life.take(() => store.commit(batch)),
    claim: (request) => life.take(() => store.claim(request)),
    settle: (result) => life.take(() => store.settle(result)),
    lane: (lane, limit) => life.take(() => store.lane(lane, limit)),
    openIncidentsPage: (cursor, limit) => life.take(() => store.openIncidentsPage(cursor, limit)),
    silences: (at) => life.take(() => store.silences(at)),
    incident: (id) => life.take(() => store.incident(id)),
  } satisfies Partial<AlertStore>;
  return { ...mortal } as AlertStore;
}

/** An incident begins, a process dies somewhere on the way of its messages, another one goes on, and the incident ends. */
async function runWithDeath(death: Death | null): Promise<{ arrived: Notification[]; steps: number }> {
  const clock = new FakeClock();
  const store = new MemoryStore(clock, () => {});
  const life = new Life(death);
  const arrived: Notification[] = [];
  const receive = (notification: Notification) =>
    life.take(() => {
      arrived.push(notification);
      return Promise.resolve(SENT);
    });
  // Only commits what follows from events; it sends nothing.
  const outside = new AlertBed({ clock, store });
  await outside.dispatcher.stop();
  const now = clock.wall();
  const opened = incidentRecord({ suspectedAt: now, confirmedAt: now, changes: [] });
  await outside.emit("incident-opened", opened);

  const first = new AlertBed({ clock, store: withDeath(store, life), send: receive });
  first.dispatcher.start();
  await clock.advance(12_000);
  const steps = life.steps;
  if (death === null) {
    const stopped = first.dispatcher.stop();
    await clock.advance(1_000);
    await stopped;
  }

  const second = new AlertBed({ clock, store });
  second.respond = (notification) => {
    arrived.push(notification);
    return SENT;
  };
  second.dispatcher.start();
  await clock.advance(60_000);
  const ended: IncidentRecord = {
    ...opened,
    version: 2,
    state: { kind: "ended", flaps: 0, at: clock.wall(), end: "agreed" },
  };
  await outside.emit("incident-ended", ended);
  await clock.advance(120_000);
  const stopped = second.dispatcher.stop();
  await clock.advance(1_000);
  await stopped;
  return { arrived, steps };
}

test("wherever a process dies between an incident and the record of its message: none is lost, ids stay, the end comes last", async () => {
  const { arrived: undisturbed, steps } = await runWithDeath(null);
  expect(undisturbed.map(({ kind }) => kind)).toEqual(["firing", "resolved"]);
  expect(steps).toBeGreaterThan(8);
  for (let step = 1; step <= steps; step += 1) {
    for (const isAfter of [false, true]) {
      const { arrived } = await runWithDeath({ step, isAfter });
      const where = `step ${step}, ${isAfter ? "after" : "before"} its effect`;
      // At least once, and more than once only under the same id.
      const kinds = new Map(arrived.map(({ id, kind }) => [id, kind]));
      expect([...kinds.values()], where).toEqual(["firing", "resolved"]);
      expect(new Set(arrived.map(({ thread }) => thread)).size, where).toBe(1);
      expect(arrived.length, where).toBeLessThanOrEqual(3);
      expect(arrived.at(-1)?.kind, where).toBe("resolved");
    }
  }
});
