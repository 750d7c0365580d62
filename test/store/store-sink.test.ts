import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { MonitorEvent } from "../../server/contract/event.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { OutboxDraft, TimerWrite } from "../../server/contract/store.ts";
import { StoreSink, type Plan } from "../../server/store/store-sink.ts";
import { NOTHING_STORED, type StoredState } from "../../server/store/stored-state.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import { nextEventBase, serverRemoved, verdictChanged } from "../support/sample-events.ts";
import { sampleRecord } from "../support/sample-record.ts";

const LOG = { site: "default", vantage: "here", logId: "log-1", writer: "a" };
const UP = { verdict: "agree-up", phase: null, reason: null } as const;
const PENDING = { verdict: "unknown", phase: null, reason: "probe-pending" } as const;
const BROKEN = { verdict: "false-up", phase: "confirmed", reason: "probe-answered-unhealthy" } as const;

const planNothing: Plan = () => ({ outbox: [], timers: [] });

/** One message for each event about an incident. */
const planMessage: Plan = (event) => ({
  outbox: "incident" in event ? [message(event.incident)] : [],
  timers: [],
});

function message({ id, version }: IncidentRecord): OutboxDraft {
  const key = `${id} ${version}`;
  return { id: key, lane: "chat", n: version, incident: id, channel: "chat", kind: "update", dueInMs: 0, body: "" };
}

function incidentEvent(
  type: "incident-opened" | "incident-changed" | "incident-ended",
  incident: IncidentRecord,
): MonitorEvent {
  return { ...nextEventBase(), type, incident };
}

function start(plan: Plan = planNothing, clock = new FakeClock()) {
  const store = new MemoryStore();
  let logs = 1;
  const lost: string[] = [];
  const stored: TimerWrite[] = [];
  const sink = new StoreSink({
    clock,
    plan,
    onTimersStored: (timers) => stored.push(...timers),
    readServer: () => null,
    listGone: (servers) => servers.filter(({ server }) => server === "gone"),
    replaceLog: () => `log-${(logs += 1)}`,
    onLost: () => lost.push(`log-${logs}`),
    faults: UNEXPECTED_FAULTS,
    onChange: () => {},
  });
  const open = (before: StoredState = NOTHING_STORED): void => sink.open(store, LOG, before);
  return { clock, store, sink, open, stored, lost };
}

describe("writing", () => {
  test("puts what changed within a moment into one transaction, and an incident with its messages at once", async () => {
    const { clock, store, sink, open } = start(planMessage);
    open();
    sink.apply(verdictChanged(null, UP, "lb-1/be/a"));
    sink.apply(verdictChanged(null, UP, "lb-1/be/b"));
    await clock.advance(BOUNDS.storeBatchEveryMs - 1);
    expect(store.batches).toEqual([]);
    await clock.advance(1);
    expect(store.batches).toHaveLength(1);

    sink.apply(verdictChanged(UP, BROKEN, "lb-1/be/a"));
    sink.apply(incidentEvent("incident-opened", sampleRecord()));
    await clock.advance(0);
    const [, second] = store.batches;
    expect(second?.events.map(({ seq, type }) => [seq, type])).toEqual([[3, "verdict-changed"]]);
    expect(second?.incidents).toMatchObject([{ expectedVersion: 0, record: { version: 1 } }]);
    expect(second?.outbox).toHaveLength(1);
  });

  test("of an incident that opened is not postponed by the events that follow", async () => {
    /** As with Node's timers, a millisecond passes at least. */
    class MillisecondClock extends FakeClock {
      override after(ms: number, callback: () => void): () => void {
        return super.after(Math.max(1, ms), callback);
      }
    }
    const { clock, store, sink, open } = start(planNothing, new MillisecondClock());
    open();
    sink.apply(incidentEvent("incident-opened", sampleRecord()));
    for (let half = 0; half < 2; half += 1) {
      await clock.advance(0.5);
      sink.apply(verdictChanged(null, UP, `lb-1/be/${half}`));
    }
    expect(store.batches).toHaveLength(1);
  });

  test("reports the timers of an incident once they are stored, and writes one that opened meanwhile at once", async () => {
    const timer = { kind: "group", subject: "a", dueInMs: 0 } as const;
    const { clock, store, sink, open, stored } = start((event) => ({
      outbox: [],
      timers: "incident" in event ? [timer] : [],
    }));
    open();
    store.faults.push("hangs");
    sink.apply(incidentEvent("incident-opened", sampleRecord()));
    await clock.advance(0);
    sink.apply(incidentEvent("incident-opened", sampleRecord({ id: "another", subject: "another" })));
    await clock.advance(1_000);
    expect(stored).toEqual([]);
    store.release();
    await clock.advance(0);
    expect(stored).toEqual([timer, timer]);
  });

  test("writes a sign of life while nothing changes", async () => {
    const { clock, store, open } = start();
    open();
    await clock.advance(2 * BOUNDS.storeHeartbeatEveryMs + 100);
    expect(store.events.map(({ type }) => type)).toEqual(["heartbeat", "heartbeat"]);
  });

  test("ends with stopped, after what waited", async () => {
    const { clock, store, sink, open } = start();
    open();
    sink.apply(serverRemoved("lb-1/be/a"));
    await sink.stop();
    expect(store.types()).toEqual(["server-removed", "stopped"]);
    expect(clock.pending).toBe(0);
  });

  test("gives up at the end where the store does not answer", async () => {
    const { clock, store, sink, open } = start();
    open();
    store.faults.push("hangs");
    sink.apply(serverRemoved("lb-1/be/a"));
    let stopped = false;
    const stopping = sink.stop().then(() => (stopped = true));
    await clock.advance(BOUNDS.storeFlushMs - 1);
    expect(stopped).toBe(false);
    await clock.advance(1);
    await stopping;
    expect(clock.pending).toBe(0);
  });
});

describe("a commit without an outcome", () => {
  test.each(["lost", "applied-but-lost"] as const)(
    "that was %s is repeated as it was, and applied once",
    async (fault) => {
      const { clock, store, sink, open } = start(planMessage);
      open();
      store.faults.push(fault, fault);
      sink.apply(incidentEvent("incident-opened", sampleRecord()));
      sink.apply(serverRemoved("lb-1/be/a"));
      await clock.advance(5_000);
      const [first, ...others] = store.batches;
      expect(others.slice(0, 2)).toEqual([first, first]);
      expect(store.types()).toEqual(["server-removed"]);
      expect(store.outbox.size).toBe(1);
      expect(sink.status()).toMatchObject({ commits: { failed: 2 }, error: null });
    },
  );

  test("is tried again less and less often", async () => {
    const { clock, store, sink, open } = start();
    open();
    store.faults.push(...Array.from({ length: 1_000 }, () => "lost" as const));
    sink.apply(serverRemoved("lb-1/be/a"));
    await clock.advance(60_000);
    expect(store.batches.length).toBeLessThan(15);
    expect(sink.status().error).toBe("the connection was lost");
    expect(sink.status().behindMs).toBeGreaterThan(50_000);
  });
});

describe("while the store is away", () => {
  test("the newest version of an incident wins, every message is kept, and both come in one transaction", async () => {
    const { clock, store, sink, open } = start(planMessage);
    for (let version = 1; version <= 50; version += 1) {
      sink.apply(incidentEvent(version === 1 ? "incident-opened" : "incident-changed", sampleRecord({ version })));
    }
    await clock.advance(60_000);
    open();
    await clock.advance(100);
    expect(store.batches).toHaveLength(1);
    expect([...store.incidents.values()].map(({ record }) => record.version)).toEqual([50]);
    expect(store.outbox.size).toBe(50);
  });

  test("history is dropped first, and the newest of each server stays", async () => {
    const { clock, store, sink, open } = start();
    sink.apply(incidentEvent("incident-opened", sampleRecord()));
    sink.apply(verdictChanged(null, BROKEN, "lb-1/be/quiet"));
    for (let n = 0; n <= BOUNDS.storeQueueEvents; n += 1) {
      sink.apply({ ...verdictChanged(UP, n % 2 === 0 ? UP : BROKEN, `lb-1/be/${n % 10}`), at: 1_000 + n });
    }
    const { queued, dropped } = sink.status();
    expect(queued.event).toBeLessThanOrEqual(BOUNDS.storeQueueEvents);
    expect(queued.event + dropped.event).toBeGreaterThanOrEqual(BOUNDS.storeQueueEvents);
    expect(dropped).toMatchObject({ incident: 0, message: 0 });
    open();
    await clock.advance(10_000);
    const servers = new Set(store.events.flatMap((event) => ("server" in event ? [event.server.server] : [])));
    expect([...servers].toSorted()).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "quiet"]);
    expect(store.events.filter(({ type }) => type === "paused")).toMatchObject([{ heardBefore: 1_000 }]);
    expect(store.incidents.size).toBe(1);
    const seqs = store.events.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  test("what was there before the process is known once it opens", async () => {
    const { clock, store, sink, open } = start();
    sink.apply({ ...nextEventBase(), type: "started", heardBefore: null });
    open({ ...NOTHING_STORED, heardBefore: 77 });
    await clock.advance(0);
    expect(store.events).toMatchObject([{ type: "started", heardBefore: 77 }]);
  });
});

describe("after a restart", () => {
  const before = (name = "a"): StoredState["verdicts"] => {
    const { site, instance, backend, server, to, ...rest } = verdictChanged(null, UP, `lb-1/be/${name}`);
    const { sentence, tone, subject, expected, address, beganAt, at } = rest;
    const judgement = { ...to, sentence, tone, subject, expected };
    return [
      {
        type: "verdict-changed",
        seq: 7,
        at,
        server: { site, instance, backend, server },
        address,
        judgement,
        beganAt,
        body: null,
      },
    ];
  };

  test("numbers go on", async () => {
    const { clock, store, sink, open } = start();
    open({ ...NOTHING_STORED, lastSeq: 41 });
    sink.apply(serverRemoved("lb-1/be/a"));
    await clock.advance(100);
    expect(store.events.map(({ seq }) => seq)).toEqual([42]);
  });

  test("a server that is judged as before has no new row", async () => {
    const { clock, store, sink, open } = start();
    open({ ...NOTHING_STORED, verdicts: before() });
    sink.apply(verdictChanged(null, PENDING, "lb-1/be/a"));
    sink.apply(verdictChanged(PENDING, UP, "lb-1/be/a"));
    await clock.advance(1_000);
    expect(store.types()).toEqual([]);
    sink.apply(verdictChanged(UP, BROKEN, "lb-1/be/a"));
    sink.apply(verdictChanged(BROKEN, UP, "lb-1/be/a"));
    await clock.advance(1_000);
    expect(store.types()).toEqual(["verdict-changed", "verdict-changed"]);
  });

  test("a server that is judged otherwise has a row for each step", async () => {
    const { clock, store, sink, open } = start();
    open({ ...NOTHING_STORED, verdicts: before() });
    sink.apply(verdictChanged(null, PENDING, "lb-1/be/a"));
    sink.apply(verdictChanged(PENDING, BROKEN, "lb-1/be/a"));
    await clock.advance(1_000);
    expect(store.events).toMatchObject([{ judgement: { verdict: "unknown" } }, { judgement: { verdict: "false-up" } }]);
  });

  test("a server without a judgement for a while has a row", async () => {
    const { clock, store, sink, open } = start();
    open({ ...NOTHING_STORED, verdicts: before() });
    sink.apply({ ...verdictChanged(null, PENDING, "lb-1/be/a"), at: clock.wall() });
    await clock.advance(2 * BOUNDS.storeHeartbeatEveryMs);
    expect(store.types()).toEqual(["verdict-changed"]);
  });

  test("a server that is gone is removed, one whose HAProxy does not answer stays", async () => {
    const { clock, store, open } = start();
    open({ ...NOTHING_STORED, verdicts: [...before("a"), ...before("gone")] });
    await clock.advance(BOUNDS.restoredMembersHeldMs);
    expect(store.events.filter(({ type }) => type === "server-removed")).toMatchObject([
      { server: { server: "gone" } },
    ]);
  });

  test("an incident goes on from its stored version", async () => {
    const { clock, store, sink, open } = start();
    store.incidents.set(sampleRecord().id, { record: sampleRecord({ version: 4 }), fingerprint: "" });
    open({ ...NOTHING_STORED, incidents: [sampleRecord({ version: 4 })] });
    sink.apply(incidentEvent("incident-changed", sampleRecord({ version: 5 })));
    await clock.advance(100);
    expect(sink.status().commits).toEqual({ applied: 1 });
    expect(store.batches[0]?.incidents).toMatchObject([{ expectedVersion: 4, record: { version: 5 } }]);
  });
});

describe("a store that has something else", () => {
  test("lost a part of the log: another log begins, nothing is written twice, and what holds is said anew", async () => {
    const { clock, store, sink, open, lost } = start();
    open({ ...NOTHING_STORED, lastSeq: 5 });
    store.seqs.set(LOG.logId, 3);
    sink.apply(serverRemoved("lb-1/be/a"));
    await clock.advance(1_000);
    expect(sink.status().commits).toEqual({ gap: 1, applied: 1 });
    expect(store.batches[1]?.source).toMatchObject({ logId: "log-2", firstSeq: 1, lastSeq: 1 });
    expect(lost).toEqual(["log-2"]);
    sink.apply(serverRemoved("lb-1/be/b"));
    await clock.advance(1_000);
    expect(store.batches[2]?.source).toMatchObject({ logId: "log-2", firstSeq: 2 });
  });

  test("has another version of an incident: the newest of this process replaces it", async () => {
    const { clock, store, sink, open } = start();
    open();
    store.incidents.set(sampleRecord().id, { record: sampleRecord({ version: 9 }), fingerprint: "" });
    sink.apply(incidentEvent("incident-changed", sampleRecord({ version: 2, sentence: "new" })));
    await clock.advance(1_000);
    expect([...store.incidents.values()].map(({ record }) => [record.version, record.sentence])).toEqual([[10, "new"]]);
    sink.apply(incidentEvent("incident-ended", sampleRecord({ version: 3 })));
    await clock.advance(1_000);
    expect(sink.status().commits).toEqual({ conflict: 1, applied: 2 });
  });

  test("has another open incident for the same fault: that one ends, with its message, and this one opens", async () => {
    const { clock, store, sink, open } = start(planMessage);
    const old = sampleRecord({ id: "019aa000-0000-7000-8000-00000000000f", version: 3 });
    store.incidents.set(old.id, { record: old, fingerprint: "default false-up 10.0.0.11:6443" });
    open();
    sink.apply(incidentEvent("incident-opened", sampleRecord()));
    await clock.advance(1_000);
    expect([...store.incidents.values()].map(({ record }) => [record.id, record.version, record.state.kind])).toEqual([
      [old.id, 4, "ended"],
      [sampleRecord().id, 1, "open"],
    ]);
    expect([...store.outbox.keys()].toSorted()).toEqual([`${sampleRecord().id} 1`, `${old.id} 4`].toSorted());
  });

  test("is written by another haprobe of the same name: that is reported, and nothing is dropped", async () => {
    const { clock, store, sink, open } = start();
    open();
    store.faults.push({ kind: "superseded" }, { kind: "superseded" });
    sink.apply(serverRemoved("lb-1/be/a"));
    await clock.advance(BOUNDS.storeBatchEveryMs);
    expect(sink.status()).toMatchObject({ isSuperseded: true, error: "another haprobe writes as here" });
    await clock.advance(10_000);
    expect(sink.status()).toMatchObject({ isSuperseded: false, error: null });
    expect(store.types()).toEqual(["server-removed"]);
  });
});

test("a plan that throws loses no incident", async () => {
  const { clock, store, sink, open } = start(() => {
    throw new Error("no plan");
  });
  open();
  expect(() => sink.apply(incidentEvent("incident-opened", sampleRecord()))).toThrow("no plan");
  await clock.advance(100);
  expect(store.incidents.size).toBe(1);
});
