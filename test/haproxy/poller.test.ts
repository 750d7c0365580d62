import { describe, expect, test } from "vitest";
import type { InstanceSettings } from "../../server/contract/settings.ts";
import { HaprobeError } from "../../server/errors.ts";
import { createEarlyPolls } from "../../server/haproxy/early-polls.ts";
import { createPollThrottle } from "../../server/haproxy/poll-throttle.ts";
import { createPoller, type PolledSnapshot, type Poller, type PollFailure } from "../../server/haproxy/poller.ts";
import type { StatsRequest, StatsSource } from "../../server/haproxy/stats-source.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { backendRow, type StatRow, serverRow, renderResponse } from "./rendered-response.ts";

const places = [
  { sid: 1, name: "s1", addr: "10.0.0.1", port: 80 },
  { sid: 2, name: "s2", addr: "10.0.0.2", port: 80 },
];

/** An instance that answers as the test wants it to, on the test's clock, and writes down what was asked when. */
class PollerHarness {
  readonly clock = new FakeClock();
  /** As a socket of level admin shows them: with addresses. */
  rows: readonly StatRow[] = [serverRow("s1", 1, { addr: "10.0.0.1:80" }), backendRow(0)];
  responseMs = 0;
  connectMs = 0;
  failure: HaprobeError | null = null;
  onSnapshot = (_snapshot: PolledSnapshot): void => {};
  readonly requests: { at: number; question: StatsRequest }[] = [];
  readonly snapshots: PolledSnapshot[] = [];
  readonly failures: PollFailure[] = [];
  readonly measured: boolean[] = [];
  inFlight = 0;
  maxInFlight = 0;
  readonly poller: Poller;

  constructor(everyMs = 1_000) {
    const instance: InstanceSettings = {
      name: "lb",
      stats: { kind: "unix", path: "/nowhere" },
      statsText: "unix:/nowhere",
      everyMs,
      site: "default",
      network: "default",
      labels: {},
      addressMap: [],
    };
    const source: StatsSource = {
      addressesFrom: "in-state",
      fetch: (question, { signal }) => this.#respond(question, signal),
    };
    this.poller = createPoller({
      instance,
      clock: this.clock,
      source,
      onSnapshot: (snapshot) => {
        this.onSnapshot(snapshot);
        this.snapshots.push(snapshot);
      },
      onFailure: (failure) => this.failures.push(failure),
      onPollMeasured: (_instance, _durationMs, ok) => this.measured.push(ok),
    });
  }

  async #respond(question: StatsRequest, signal: AbortSignal) {
    const sentAt = this.clock.now();
    this.requests.push({ at: sentAt, question });
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    await new Promise<void>((resolve, reject) => {
      const cancel = this.clock.after(this.responseMs + this.connectMs, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        reject(signal.reason);
      });
    }).finally(() => {
      this.inFlight -= 1;
    });
    if (this.failure) throw this.failure;
    const rows = this.rows.filter((row) => question.backend === null || row.iid === question.backend.proxyId);
    const answer = renderResponse({ rows, ...(question.serversState ? { serverStates: places } : {}) });
    return { ...answer, sentAt, receivedAt: this.clock.now(), connectMs: this.connectMs };
  }

  /** Times of the polls of everything, of the kicks, or of all. */
  times(which: "all" | "kicks" | "state"): number[] {
    return this.requests
      .filter(({ question }) =>
        which === "kicks"
          ? question.backend !== null
          : which === "all"
            ? question.backend === null
            : question.serversState,
      )
      .map(({ at }) => at);
  }
}

test("a listener that throws is a failure of this instance, and the next poll is taken", async () => {
  const stage = new PollerHarness();
  stage.onSnapshot = () => {
    stage.onSnapshot = () => {};
    throw new Error("poisoned");
  };
  stage.poller.start();
  await stage.clock.advance(1_500);
  expect(stage.failures).toMatchObject([{ code: "HAPROBE_INTERNAL", message: expect.stringContaining("poisoned") }]);
  expect(stage.snapshots).toHaveLength(1);
  await stage.poller.stop();
});

describe("the rhythm", () => {
  test("the first poll is at once, the others `every` after the start of the one before", async () => {
    const stage = new PollerHarness();
    stage.responseMs = 30;
    stage.poller.start();
    await stage.clock.advance(3_500);
    expect(stage.times("all")).toEqual([0, 1_000, 2_000, 3_000]);
    expect(stage.snapshots).toHaveLength(4);
    expect(stage.snapshots[1]).toMatchObject({
      instance: "lb",
      scope: "all",
      sentAt: 1_000,
      receivedAt: 1_030,
      effectiveEveryMs: 1_000,
    });
    await stage.poller.stop();
  });

  test("the servers' state is asked for at first and with every tenth poll", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(21_500);
    expect(stage.times("state")).toEqual([0, 10_000, 20_000]);
    await stage.poller.stop();
  });

  test("with each poll where nothing else tells the addresses and the servers are few", async () => {
    const stage = new PollerHarness();
    stage.rows = [serverRow("s1", 1), backendRow(0)];
    stage.poller.start();
    await stage.clock.advance(3_500);
    expect(stage.times("state")).toEqual([0, 1_000, 2_000, 3_000]);
    await stage.poller.stop();
  });

  test("an instance whose answers take long is asked less often, and says how often", async () => {
    const stage = new PollerHarness();
    stage.responseMs = 100;
    stage.connectMs = 700;
    stage.poller.start();
    await stage.clock.advance(5_000);
    expect(stage.times("all"), "20 × 100 ms; connecting costs HAProxy nothing").toEqual([0, 2_000, 4_000]);
    expect(stage.snapshots[0]?.effectiveEveryMs).toBe(2_000);
    await stage.poller.stop();
  });

  test("one poll at a time, even if an answer takes longer than the interval", async () => {
    const stage = new PollerHarness();
    stage.connectMs = 2_500;
    stage.poller.start();
    await stage.clock.advance(2_600);
    stage.poller.pollSoon("b");
    await stage.clock.advance(6_000);
    expect(stage.times("all")).toEqual([0, 2_500, 5_000, 7_500]);
    expect(stage.maxInFlight).toBe(1);
    await stage.poller.stop();
  });
});

test("politeness follows the smallest of the last ten answers, from `every` up to 10 s", () => {
  const polite = createPollThrottle(1_000);
  expect(polite.intervalMs()).toBe(1_000);
  polite.recordResponse(400);
  expect(polite.intervalMs()).toBe(8_000);
  polite.recordResponse(3_000);
  expect(polite.intervalMs(), "one slow answer may be anything").toBe(8_000);
  for (let n = 0; n < 10; n += 1) polite.recordResponse(3_000);
  expect(polite.intervalMs(), "ten are slow").toBe(10_000);
  polite.recordResponse(1);
  expect(polite.intervalMs()).toBe(1_000);
  const seldom = createPollThrottle(60_000);
  seldom.recordResponse(3_000);
  expect(seldom.intervalMs()).toBe(60_000);
});

describe("a server whose address would be a guess", () => {
  test("is never given out: everything is asked for in the same breath", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(500);
    const [s1, s2] = [serverRow("s1", 1, { addr: "10.0.0.1:80" }), serverRow("s2", 2, { addr: "10.0.0.2:80" })];
    stage.rows = [s1, s2, backendRow(0)];
    await stage.clock.advance(1_000);
    expect(stage.times("all")).toEqual([0, 1_000, 1_000]);
    expect(stage.times("state")).toEqual([0, 1_000]);
    expect(stage.snapshots).toHaveLength(2);
    expect(stage.snapshots[1]?.servers[1]?.address).toEqual({ kind: "ip", host: "10.0.0.2", port: 80 });
    await stage.poller.stop();
  });
});

describe("a kick", () => {
  test("asks about one backend at once, by its id, and the rhythm goes on", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(300);
    stage.poller.pollSoon("b");
    await stage.clock.advance(1_000);
    expect(stage.requests[1]).toEqual({
      at: 300,
      question: { backend: { name: "b", proxyId: 2 }, serversState: false },
    });
    expect(stage.snapshots[1]).toMatchObject({ scope: { backend: "b" }, sentAt: 300 });
    expect(stage.times("all")).toEqual([0, 1_000]);
    await stage.poller.stop();
  });

  test("comes at most every 150 ms, and none is lost", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(200);
    for (let n = 0; n < 40; n += 1) {
      stage.poller.pollSoon("b");
      await stage.clock.advance(10);
    }
    await stage.clock.advance(200);
    expect(stage.times("kicks")).toEqual([200, 350, 500, 650]);
    await stage.poller.stop();
  });

  test("follows a poll that is in flight", async () => {
    const stage = new PollerHarness();
    stage.connectMs = 80;
    stage.poller.start();
    await stage.clock.advance(1_020);
    stage.poller.pollSoon("b");
    await stage.clock.advance(100);
    expect(stage.times("kicks")).toEqual([1_080]);
    expect(stage.maxInFlight).toBe(1);
    await stage.poller.stop();
  });

  test("is answered by a poll of everything that begins after it", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(900);
    stage.poller.pollSoon("b");
    await stage.clock.advance(50);
    stage.poller.pollSoon("b");
    await stage.clock.advance(500);
    expect(stage.times("kicks")).toEqual([900]);
    expect(stage.times("all")).toEqual([0, 1_000]);
    await stage.poller.stop();
  });

  test("of a backend that HAProxy does not have asks nothing, and before the first answer neither", async () => {
    const stage = new PollerHarness();
    stage.poller.pollSoon("b");
    stage.poller.start();
    await stage.clock.advance(100);
    stage.poller.pollSoon("nosuch");
    await stage.clock.advance(100);
    expect(stage.times("kicks")).toEqual([]);
    await stage.poller.stop();
  });

  test("that finds other servers makes everything be asked for at once", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(300);
    stage.rows = [serverRow("s1", 1), serverRow("s2", 2), backendRow(0)];
    stage.poller.pollSoon("b");
    await stage.clock.advance(100);
    expect(stage.times("all")).toEqual([0, 300]);
    expect(stage.times("state")).toEqual([0, 300]);
    expect(stage.snapshots.map((snapshot) => snapshot.servers.length)).toEqual([1, 2]);
    await stage.poller.stop();
  });

  test("of a backend whose answers take long comes as seldom as its cost asks for", () => {
    const kicks = createEarlyPolls();
    kicks.request("big", 0);
    kicks.markPolled("big", 0, 50);
    kicks.request("big", 10);
    kicks.request("small", 10);
    expect(kicks.next()).toEqual({ backend: "small", at: 10 });
    kicks.markPolled("small", 10, 0);
    expect(kicks.next()).toEqual({ backend: "big", at: 1_000 });
  });
});

describe("a failing instance", () => {
  const refused = new HaprobeError("HAPROBE_STATS_REFUSED", "nobody listens on /nowhere");

  test("is told of, asked in the same rhythm, and back as soon as it answers", async () => {
    const stage = new PollerHarness();
    stage.failure = refused;
    stage.poller.start();
    await stage.clock.advance(1_500);
    stage.failure = null;
    await stage.clock.advance(1_000);
    expect(stage.failures).toEqual([
      {
        instance: "lb",
        code: "HAPROBE_STATS_REFUSED",
        message: "nobody listens on /nowhere",
        at: 0,
        effectiveEveryMs: 1_000,
      },
      {
        instance: "lb",
        code: "HAPROBE_STATS_REFUSED",
        message: "nobody listens on /nowhere",
        at: 1_000,
        effectiveEveryMs: 1_000,
      },
    ]);
    expect(stage.times("all")).toEqual([0, 1_000, 2_000]);
    expect(stage.snapshots).toHaveLength(1);
    expect(stage.measured).toEqual([false, false, true]);
    await stage.poller.stop();
  });

  test("a kick that fails is a failure, too", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(300);
    stage.failure = refused;
    stage.poller.pollSoon("b");
    await stage.clock.advance(100);
    expect(stage.failures).toMatchObject([{ at: 300 }]);
    await stage.poller.stop();
  });
});

describe("stopping", () => {
  test("in the middle of a poll ends it, tells nobody, and leaves no timer", async () => {
    const stage = new PollerHarness();
    stage.responseMs = 400;
    stage.poller.start();
    await stage.clock.advance(100);
    await stage.poller.stop();
    expect([
      stage.inFlight,
      stage.clock.pending,
      stage.snapshots.length,
      stage.failures.length,
      stage.measured.length,
    ]).toEqual([0, 0, 0, 0, 0]);
  });

  test("between two polls ends the wait, and later kicks do nothing", async () => {
    const stage = new PollerHarness();
    stage.poller.start();
    await stage.clock.advance(100);
    await stage.poller.stop();
    stage.poller.pollSoon("b");
    await stage.clock.advance(5_000);
    expect([stage.clock.pending, stage.requests.length]).toEqual([0, 1]);
  });

  test("what was never started", async () => {
    await expect(new PollerHarness().poller.stop()).resolves.toBeUndefined();
  });
});

describe("one poll, without a rhythm", () => {
  test("gives the snapshot to whoever asked", async () => {
    const stage = new PollerHarness();
    const one = stage.poller.pollOnce(new AbortController().signal);
    await stage.clock.advance(0);
    expect(await one).toMatchObject({ scope: "all", servers: [{ server: "s1" }] });
    expect([stage.snapshots.length, stage.clock.pending]).toEqual([0, 0]);
  });

  test("rejects with what went wrong, and with the signal's reason", async () => {
    const stage = new PollerHarness();
    stage.failure = new HaprobeError("HAPROBE_STATS_BUSY", "too many");
    const failed = expect(stage.poller.pollOnce(new AbortController().signal)).rejects.toMatchObject({
      code: "HAPROBE_STATS_BUSY",
    });
    await stage.clock.advance(0);
    await failed;
    const stop = new AbortController();
    stage.responseMs = 1_000;
    const stopped = expect(stage.poller.pollOnce(stop.signal)).rejects.toThrow("enough");
    await stage.clock.advance(10);
    stop.abort(new Error("enough"));
    await stopped;
  });

  test("waits for a poll that is in flight", async () => {
    const stage = new PollerHarness();
    stage.responseMs = 40;
    stage.poller.start();
    await stage.clock.advance(10);
    const one = stage.poller.pollOnce(new AbortController().signal);
    await stage.clock.advance(100);
    expect(await one).toMatchObject({ sentAt: 40 });
    expect(stage.maxInFlight).toBe(1);
    await stage.poller.stop();
  });
});
