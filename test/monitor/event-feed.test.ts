import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { MonitorEvent } from "../../server/contract/event.ts";
import type { EventSink, FaultReporter } from "../../server/contract/ports.ts";
import { EventFeed } from "../../server/monitor/event-feed.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
];

const THROWS: EventSink = {
  name: "throws",
  apply() {
    throw new Error("no space left on device");
  },
};
const REJECTS: EventSink = { name: "rejects", apply: () => Promise.reject(new Error("connection lost")) };
const NEVER_RETURNS: EventSink = { name: "never-returns", apply: () => new Promise(() => {}) };

/** Polls, probes, a false-up and its end. */
async function playFalseUp(harness: MonitorHarness): Promise<void> {
  harness.poll(UP);
  await harness.advance(250);
  harness.probe(1, "ok");
  harness.probe(2, "etcd");
  await harness.advance(100);
  harness.poll(UP);
  await harness.advance(100);
  harness.probe(2, "etcd");
  await harness.advance(100);
  harness.poll(UP);
  await harness.advance(6_000);
  harness.poll(UP);
  harness.probe(2, "ok");
}

/** A feed whose faults are recorded. */
function createFeed(): { feed: EventFeed; errors: string[]; drops: string[] } {
  const errors: string[] = [];
  const drops: string[] = [];
  const faults: FaultReporter = {
    recordFault: ({ name, error }) => void errors.push(`${name}: ${String(error)}`),
    recordSinkDrop: (sink) => void drops.push(sink),
  };
  return { feed: new EventFeed("here:e1", new FakeClock(), faults), errors, drops };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a sink that throws, one that rejects and one that never returns", () => {
  test("change nothing in what is polled, probed, judged and pushed", async () => {
    const [alone, beside] = [new MonitorHarness(), new MonitorHarness()];
    for (const sink of [THROWS, REJECTS, NEVER_RETURNS]) beside.monitor.subscribe(sink);
    for (const harness of [alone, beside]) await playFalseUp(harness);
    expect(beside.events).toEqual(alone.events);
    expect(beside.changes).toEqual(alone.changes);
    expect(beside.earlyPolls).toEqual(alone.earlyPolls);
    expect(beside.probedSoon).toEqual(alone.probedSoon);
    expect([...beside.monitor.live.servers()]).toEqual([...alone.monitor.live.servers()]);
  });

  test("are counted by name, at every event", async () => {
    const harness = new MonitorHarness();
    harness.monitor.subscribe(THROWS);
    harness.monitor.subscribe(REJECTS);
    await playFalseUp(harness);
    await settled();
    const failed = (name: string): number => harness.faults.filter((fault) => fault.name === name).length;
    expect(failed("throws")).toBe(harness.events.length);
    expect(failed("rejects")).toBe(harness.events.length);
    expect(harness.faults.every(({ part }) => part === "sink")).toBe(true);
  });

  test("raise the finding store-behind where they do not return, and it names them", async () => {
    const harness = new MonitorHarness();
    harness.monitor.subscribe(NEVER_RETURNS);
    harness.monitor.subscribe(REJECTS);
    await playFalseUp(harness);
    const findings = harness.monitor.live.findings().filter(({ code }) => code === "store-behind");
    expect(findings).toHaveLength(1);
    expect(findings[0]?.sentence).toContain("never-returns");
    expect(findings[0]?.sentence).not.toContain("rejects");
  });
});

describe("a slow sink", () => {
  test("gets every event in order, the next one when the last one is applied", async () => {
    const { feed } = createFeed();
    const applied: number[] = [];
    let pending = 0;
    feed.subscribe({
      name: "slow",
      async apply({ seq }) {
        pending += 1;
        expect(pending).toBe(1);
        await settled();
        pending -= 1;
        applied.push(seq);
      },
    });
    for (let index = 0; index < 50; index += 1) feed.emit({ type: "paused", forMs: index });
    while (applied.length < 50) await settled();
    expect(applied).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  test("loses the oldest events beyond its bound, and each loss is counted", async () => {
    const { feed, drops } = createFeed();
    const applied: number[] = [];
    let release = (): void => {};
    feed.subscribe({
      name: "stuck",
      apply({ seq }) {
        applied.push(seq);
        return seq > 1 ? undefined : new Promise<void>((resolve) => (release = resolve));
      },
    });
    for (let index = 0; index < BOUNDS.sinkQueueEvents + 4; index += 1) feed.emit({ type: "paused", forMs: index });
    expect(drops).toEqual(["stuck", "stuck", "stuck"]);
    release();
    await settled();
    expect(applied).toHaveLength(BOUNDS.sinkQueueEvents + 1);
    expect(applied.slice(0, 3)).toEqual([1, 5, 6]);
    expect(applied.at(-1)).toBe(BOUNDS.sinkQueueEvents + 4);
  });

  test("gets nothing after it unsubscribed", async () => {
    const { feed } = createFeed();
    const applied: number[] = [];
    const unsubscribe = feed.subscribe({
      name: "leaving",
      async apply({ seq }) {
        applied.push(seq);
        await settled();
      },
    });
    for (let index = 0; index < 3; index += 1) feed.emit({ type: "paused", forMs: index });
    unsubscribe();
    await settled();
    await settled();
    expect(applied).toEqual([1]);
  });
});

test("events that a sink emits from within apply reach every sink in the order of their seq", () => {
  const { feed } = createFeed();
  const [first, second]: [number[], number[]] = [[], []];
  feed.subscribe({
    name: "first",
    apply({ seq }) {
      first.push(seq);
      if (seq === 1) feed.emit({ type: "paused", forMs: 2 });
    },
  });
  feed.subscribe({ name: "second", apply: ({ seq }) => void second.push(seq) });
  feed.emit({ type: "paused", forMs: 1 });
  expect([first, second]).toEqual([
    [1, 2],
    [1, 2],
  ]);
});

test("every event survives JSON, and seq counts from 1 without gaps", async () => {
  const harness = new MonitorHarness(["lb-1"], 1_000, { heardBefore: 1_700_000_000_000 });
  harness.monitor.start();
  await playFalseUp(harness);
  harness.poll(UP.slice(0, 1));
  const parsed: MonitorEvent[] = harness.events.map((event) => JSON.parse(JSON.stringify(event)));
  expect(parsed).toEqual(harness.events);
  expect(parsed.map(({ seq }) => seq)).toEqual(parsed.map((_, index) => index + 1));
  expect(parsed.map(({ id }) => id)).toEqual(parsed.map(({ seq }) => `here:e1:${seq}`));
  expect(parsed[0]).toMatchObject({ type: "started", heardBefore: 1_700_000_000_000 });
  expect(parsed.find((event) => event.type === "verdict-changed" && event.to.phase === "confirmed")).toMatchObject({
    key: "lb-1/k8s-api/cp-2",
    site: "default",
    instance: "lb-1",
    backend: "k8s-api",
    server: "cp-2",
    address: { network: "default", host: "10.0.0.2", port: 6443 },
    subject: "10.0.0.2:6443",
    to: {
      verdict: "false-up",
      phase: "confirmed",
      probeReason: "probe-answered-unhealthy",
      haproxyStatus: "UP",
      checkStatus: "L4OK",
      probeOutcome: "failed",
    },
    expected: false,
  });
});

describe("under one verdict", () => {
  const evidenceOf = (harness: MonitorHarness): readonly MonitorEvent[] =>
    harness.events.filter(({ type }) => type === "evidence-changed");

  async function agreeDown(): Promise<MonitorHarness> {
    const harness = new MonitorHarness();
    harness.poll([["cp-1", "DOWN", "L4CON"]]);
    await harness.advance(250);
    harness.probe(1, "refused");
    expect(harness.verdictText("cp-1")).toBe("agree-down probe-refused");
    harness.events.length = 0;
    return harness;
  }

  test("another check status of HAProxy is an event, once, with the begin of the verdict", async () => {
    const harness = await agreeDown();
    const { since } = harness.server("cp-1");
    for (let poll = 0; poll < 3; poll += 1) {
      harness.poll([["cp-1", "DOWN", "L4TOUT"]]);
      await harness.advance(250);
    }
    expect(evidenceOf(harness)).toMatchObject([
      {
        key: "lb-1/k8s-api/cp-1",
        address: { host: "10.0.0.1" },
        beganAt: Date.parse(since),
        to: { verdict: "agree-down", reason: "probe-refused", haproxyStatus: "DOWN", checkStatus: "L4TOUT" },
      },
    ]);
  });

  test("a moving counter and a check that says the same are none", async () => {
    const harness = await agreeDown();
    harness.poll([["cp-1", "DOWN", "L4CON", { sessionsTotal: 7 }]]);
    harness.probe(1, "refused");
    expect(harness.events).toEqual([]);
  });

  test("what HAProxy's clients get is an event once it is known, since the sentence says it", async () => {
    const harness = new MonitorHarness();
    for (let second = 0; second < 60; second += 1) {
      harness.poll([["cp-1", "UP", "L4OK", { mode: "http", responses2xx: 0, responses5xx: 5 * second }]]);
      await harness.advance(250);
      harness.probe(1, "etcd");
      await harness.advance(750);
    }
    const saying = harness.events.filter(
      (event) => "sentence" in event && event.sentence.includes("clients get errors from it, too"),
    );
    expect(saying).toHaveLength(1);
    expect(harness.server("cp-1").sentence).toContain("clients get errors from it, too");
  });

  test("a changed verdict reports the evidence itself", async () => {
    const harness = await agreeDown();
    await harness.advance(250);
    harness.probe(1, "ok");
    expect(harness.events.map(({ type }) => type)).toEqual(["verdict-changed"]);
  });

  test("the event and the published row say the same", async () => {
    const harness = await agreeDown();
    harness.changes.length = 0;
    harness.poll([["cp-1", "DOWN 1/2", "L4CON"]]);
    const { haproxy, probe } = harness.server("cp-1");
    expect(harness.changes).toEqual([{ kind: "server", key: "lb-1/k8s-api/cp-1" }]);
    expect(evidenceOf(harness)).toMatchObject([
      { to: { haproxyStatus: haproxy.status, checkStatus: haproxy.checkStatus, probeOutcome: probe.outcome } },
    ]);
  });
});
