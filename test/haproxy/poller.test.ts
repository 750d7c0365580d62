import { describe, expect, test } from "vitest";
import type { InstanceSettings } from "../../server/contract/settings.ts";
import { HaprobeError } from "../../server/errors.ts";
import { createEarlyPolls } from "../../server/haproxy/early-polls.ts";
import { createPollThrottle } from "../../server/haproxy/poll-throttle.ts";
import { createPoller, type PolledSnapshot, type Poller, type PollFailure } from "../../server/haproxy/poller.ts";
import type { StatsRequest, StatsSource } from "../../server/haproxy/stats-source.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { backendRow, type StatRow, serverRow, renderResponse } from "./rendered-response.ts";

const serverStates = [
  { sid: 1, name: "s1", addr: "10.0.0.1", port: 80 },
  { sid: 2, name: "s2", addr: "10.0.0.2", port: 80 },
];

/** A poller on a fake clock with a controlled source, which records each request. */
class PollerHarness {
  readonly clock = new FakeClock();
  /** Rows of level admin, with addresses. */
  rows: readonly StatRow[] = [serverRow("s1", 1, { addr: "10.0.0.1:80" }), backendRow(0)];
  responseMs = 0;
  connectMs = 0;
  failure: HaprobeError | null = null;
  onSnapshot = (_snapshot: PolledSnapshot): Promise<number> | void => {};
  onFailure = (failure: PollFailure): void => void this.failures.push(failure);
  readonly requests: { at: number; request: StatsRequest }[] = [];
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
      fetch: (request, { signal }) => this.#respond(request, signal),
    };
    this.poller = createPoller({
      instance,
      clock: this.clock,
      source,
      onSnapshot: (snapshot) => {
        const applied = this.onSnapshot(snapshot);
        this.snapshots.push(snapshot);
        return applied;
      },
      onFailure: (failure) => this.onFailure(failure),
      onPollMeasured: (_instance, _durationMs, ok) => this.measured.push(ok),
    });
  }

  async #respond(request: StatsRequest, signal: AbortSignal) {
    const sentAt = this.clock.now();
    this.requests.push({ at: sentAt, request });
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
    const rows = this.rows.filter((row) => request.backend === null || row.iid === request.backend.proxyId);
    const response = renderResponse({ rows, ...(request.serversState ? { serverStates } : {}) });
    return { ...response, sentAt, receivedAt: this.clock.now(), connectMs: this.connectMs };
  }

  /** Times of the polls of everything, of the early polls, or of those with the servers' state. */
  times(which: "all" | "early" | "state"): number[] {
    return this.requests
      .filter(({ request }) =>
        which === "early"
          ? request.backend !== null
          : which === "all"
            ? request.backend === null
            : request.serversState,
      )
      .map(({ at }) => at);
  }
}

test("an error of a listener is a failure of its instance, and the next poll succeeds", async () => {
  const harness = new PollerHarness();
  harness.onSnapshot = () => {
    harness.onSnapshot = () => {};
    throw new Error("poisoned");
  };
  harness.poller.start();
  await harness.clock.advance(1_500);
  expect(harness.failures).toMatchObject([{ code: "HAPROBE_INTERNAL", message: expect.stringContaining("poisoned") }]);
  expect(harness.snapshots).toHaveLength(1);
  await harness.poller.stop();
});

test("an error of the listener that is told of failures does not end the polls", async () => {
  const harness = new PollerHarness();
  let reported = 0;
  harness.onSnapshot = () => {
    throw new Error("poisoned");
  };
  harness.onFailure = () => {
    reported += 1;
    throw new Error("poisoned as well");
  };
  harness.poller.start();
  await harness.clock.advance(2_500);
  expect([reported, harness.times("all")]).toEqual([3, [0, 1_000, 2_000]]);
  await harness.poller.stop();
});

describe("the interval", () => {
  test("the first poll is immediate, each other `every` after the start of the last", async () => {
    const harness = new PollerHarness();
    harness.responseMs = 30;
    harness.poller.start();
    await harness.clock.advance(3_500);
    expect(harness.times("all")).toEqual([0, 1_000, 2_000, 3_000]);
    expect(harness.snapshots).toHaveLength(4);
    expect(harness.snapshots[1]).toMatchObject({
      instance: "lb",
      scope: "all",
      sentAt: 1_000,
      receivedAt: 1_030,
      effectiveEveryMs: 1_000,
    });
    await harness.poller.stop();
  });

  test("the first and every tenth poll request the servers' state", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(21_500);
    expect(harness.times("state")).toEqual([0, 10_000, 20_000]);
    await harness.poller.stop();
  });

  test("each poll does for few servers whose rows have no address", async () => {
    const harness = new PollerHarness();
    harness.rows = [serverRow("s1", 1), backendRow(0)];
    harness.poller.start();
    await harness.clock.advance(3_500);
    expect(harness.times("state")).toEqual([0, 1_000, 2_000, 3_000]);
    await harness.poller.stop();
  });

  test("an instance with slow responses is polled less often, and the snapshot has the interval", async () => {
    const harness = new PollerHarness();
    harness.responseMs = 100;
    harness.connectMs = 700;
    harness.poller.start();
    await harness.clock.advance(5_000);
    expect(harness.times("all"), "20 × 100 ms; connecting costs HAProxy nothing").toEqual([0, 2_000, 4_000]);
    expect(harness.snapshots[0]?.effectiveEveryMs).toBe(2_000);
    await harness.poller.stop();
  });

  test("the next poll, early or not, waits until the last answer is applied", async () => {
    const harness = new PollerHarness();
    let apply = (_ms: number): void => {};
    harness.onSnapshot = () => new Promise<number>((resolve) => (apply = resolve));
    harness.poller.start();
    await harness.clock.advance(100);
    harness.poller.pollSoon("b");
    await harness.clock.advance(3_000);
    expect(harness.requests).toHaveLength(1);
    apply(1);
    await harness.clock.advance(1);
    expect(harness.requests).toHaveLength(2);
    apply(1);
    await harness.poller.stop();
  });

  test("an answer that takes long to apply is requested less often", async () => {
    const harness = new PollerHarness();
    harness.onSnapshot = () => Promise.resolve(150);
    harness.poller.start();
    await harness.clock.advance(8_000);
    expect(harness.times("all"), "20 × 150 ms").toEqual([0, 3_000, 6_000]);
    await harness.poller.stop();
  });

  test("one poll at a time, even if a response takes longer than the interval", async () => {
    const harness = new PollerHarness();
    harness.connectMs = 2_500;
    harness.poller.start();
    await harness.clock.advance(2_600);
    harness.poller.pollSoon("b");
    await harness.clock.advance(6_000);
    expect(harness.times("all")).toEqual([0, 2_500, 5_000, 7_500]);
    expect(harness.maxInFlight).toBe(1);
    await harness.poller.stop();
  });
});

test("the throttled interval follows the smallest of the last ten response times, from `every` up to 10 s", () => {
  const throttle = createPollThrottle(1_000);
  expect(throttle.intervalMs()).toBe(1_000);
  throttle.recordCost(400);
  expect(throttle.intervalMs()).toBe(8_000);
  throttle.recordCost(3_000);
  expect(throttle.intervalMs(), "one slow response is ignored").toBe(8_000);
  for (let n = 0; n < 10; n += 1) throttle.recordCost(3_000);
  expect(throttle.intervalMs(), "ten are slow").toBe(10_000);
  throttle.recordCost(1);
  expect(throttle.intervalMs()).toBe(1_000);
  const slow = createPollThrottle(60_000);
  slow.recordCost(3_000);
  expect(slow.intervalMs()).toBe(60_000);
});

describe("a server with an unknown address", () => {
  test("is never reported: everything is requested at once", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(500);
    const [s1, s2] = [serverRow("s1", 1, { addr: "10.0.0.1:80" }), serverRow("s2", 2, { addr: "10.0.0.2:80" })];
    harness.rows = [s1, s2, backendRow(0)];
    await harness.clock.advance(1_000);
    expect(harness.times("all")).toEqual([0, 1_000, 1_000]);
    expect(harness.times("state")).toEqual([0, 1_000]);
    expect(harness.snapshots).toHaveLength(2);
    expect(harness.snapshots[1]?.servers[1]?.address).toEqual({ kind: "ip", host: "10.0.0.2", port: 80 });
    await harness.poller.stop();
  });
});

describe("an early poll", () => {
  test("requests one backend at once, by its id, and the interval stays", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(300);
    harness.poller.pollSoon("b");
    await harness.clock.advance(1_000);
    expect(harness.requests[1]).toEqual({
      at: 300,
      request: { backend: { name: "b", proxyId: 2 }, serversState: false },
    });
    expect(harness.snapshots[1]).toMatchObject({ scope: { backend: "b" }, sentAt: 300 });
    expect(harness.times("all")).toEqual([0, 1_000]);
    await harness.poller.stop();
  });

  test("runs at most every 150 ms, and none is lost", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(200);
    for (let n = 0; n < 40; n += 1) {
      harness.poller.pollSoon("b");
      await harness.clock.advance(10);
    }
    await harness.clock.advance(200);
    expect(harness.times("early")).toEqual([200, 350, 500, 650]);
    await harness.poller.stop();
  });

  test("follows a poll that is in flight", async () => {
    const harness = new PollerHarness();
    harness.connectMs = 80;
    harness.poller.start();
    await harness.clock.advance(1_020);
    harness.poller.pollSoon("b");
    await harness.clock.advance(100);
    expect(harness.times("early")).toEqual([1_080]);
    expect(harness.maxInFlight).toBe(1);
    await harness.poller.stop();
  });

  test("is replaced by a poll of everything that starts after it", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(900);
    harness.poller.pollSoon("b");
    await harness.clock.advance(50);
    harness.poller.pollSoon("b");
    await harness.clock.advance(500);
    expect(harness.times("early")).toEqual([900]);
    expect(harness.times("all")).toEqual([0, 1_000]);
    await harness.poller.stop();
  });

  test("of an unknown backend sends nothing, nor does one before the first response", async () => {
    const harness = new PollerHarness();
    harness.poller.pollSoon("b");
    harness.poller.start();
    await harness.clock.advance(100);
    harness.poller.pollSoon("nosuch");
    await harness.clock.advance(100);
    expect(harness.times("early")).toEqual([]);
    await harness.poller.stop();
  });

  test("that detects other servers requests everything at once", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(300);
    harness.rows = [serverRow("s1", 1), serverRow("s2", 2), backendRow(0)];
    harness.poller.pollSoon("b");
    await harness.clock.advance(100);
    expect(harness.times("all")).toEqual([0, 300]);
    expect(harness.times("state")).toEqual([0, 300]);
    expect(harness.snapshots.map((snapshot) => snapshot.servers.length)).toEqual([1, 2]);
    await harness.poller.stop();
  });

  test("of a backend with slow responses runs less often", () => {
    const early = createEarlyPolls();
    early.request("big", 0);
    early.markPolled("big", 0, 50);
    early.request("big", 10);
    early.request("small", 10);
    expect(early.next()).toEqual({ backend: "small", at: 10 });
    early.markPolled("small", 10, 0);
    expect(early.next()).toEqual({ backend: "big", at: 1_000 });
  });
});

describe("a failing instance", () => {
  const refused = new HaprobeError("HAPROBE_STATS_REFUSED", "/nowhere: connection refused");

  test("is reported, polled in the same interval, and recovers with its next response", async () => {
    const harness = new PollerHarness();
    harness.failure = refused;
    harness.poller.start();
    await harness.clock.advance(1_500);
    harness.failure = null;
    await harness.clock.advance(1_000);
    expect(harness.failures).toEqual([
      {
        instance: "lb",
        code: "HAPROBE_STATS_REFUSED",
        message: "/nowhere: connection refused",
        at: 0,
        effectiveEveryMs: 1_000,
      },
      {
        instance: "lb",
        code: "HAPROBE_STATS_REFUSED",
        message: "/nowhere: connection refused",
        at: 1_000,
        effectiveEveryMs: 1_000,
      },
    ]);
    expect(harness.times("all")).toEqual([0, 1_000, 2_000]);
    expect(harness.snapshots).toHaveLength(1);
    expect(harness.measured).toEqual([false, false, true]);
    await harness.poller.stop();
  });

  test("a failed early poll is a failure as well", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(300);
    harness.failure = refused;
    harness.poller.pollSoon("b");
    await harness.clock.advance(100);
    expect(harness.failures).toMatchObject([{ at: 300 }]);
    await harness.poller.stop();
  });
});

describe("stopping", () => {
  test("during a poll aborts it, calls no listener, and leaves no timer", async () => {
    const harness = new PollerHarness();
    harness.responseMs = 400;
    harness.poller.start();
    await harness.clock.advance(100);
    await harness.poller.stop();
    expect([
      harness.inFlight,
      harness.clock.pending,
      harness.snapshots.length,
      harness.failures.length,
      harness.measured.length,
    ]).toEqual([0, 0, 0, 0, 0]);
  });

  test("between two polls ends the wait, and later early polls do nothing", async () => {
    const harness = new PollerHarness();
    harness.poller.start();
    await harness.clock.advance(100);
    await harness.poller.stop();
    harness.poller.pollSoon("b");
    await harness.clock.advance(5_000);
    expect([harness.clock.pending, harness.requests.length]).toEqual([0, 1]);
  });

  test("works before the start", async () => {
    await expect(new PollerHarness().poller.stop()).resolves.toBeUndefined();
  });
});

describe("one poll, without an interval", () => {
  test("resolves with the snapshot", async () => {
    const harness = new PollerHarness();
    const one = harness.poller.pollOnce(new AbortController().signal);
    await harness.clock.advance(0);
    expect(await one).toMatchObject({ scope: "all", servers: [{ server: "s1" }] });
    expect([harness.snapshots.length, harness.clock.pending]).toEqual([0, 0]);
  });

  test("rejects with the error, and with the signal's reason", async () => {
    const harness = new PollerHarness();
    harness.failure = new HaprobeError("HAPROBE_STATS_BUSY", "too many");
    const failed = expect(harness.poller.pollOnce(new AbortController().signal)).rejects.toMatchObject({
      code: "HAPROBE_STATS_BUSY",
    });
    await harness.clock.advance(0);
    await failed;
    const stop = new AbortController();
    harness.responseMs = 1_000;
    const stopped = expect(harness.poller.pollOnce(stop.signal)).rejects.toThrow("stopped");
    await harness.clock.advance(10);
    stop.abort(new Error("stopped"));
    await stopped;
  });

  test("waits for a poll that is in flight", async () => {
    const harness = new PollerHarness();
    harness.responseMs = 40;
    harness.poller.start();
    await harness.clock.advance(10);
    const one = harness.poller.pollOnce(new AbortController().signal);
    await harness.clock.advance(100);
    expect(await one).toMatchObject({ sentAt: 40 });
    expect(harness.maxInFlight).toBe(1);
    await harness.poller.stop();
  });
});
