import { describe, expect, test } from "vitest";
import type { DeltaMessage, SnapshotMessage } from "../../server/contract/status.ts";
import type { FeedState } from "../../web/lib/feed-state.ts";
import type { StreamHandlers, FeedTransport } from "../../web/lib/feed-transport.ts";
import { LiveFeed, POLL_EVERY_MS } from "../../web/lib/live-feed.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleInstance, sampleServer, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
const web = (n: number) => sampleServer(NOW, { server: `web-0${n}` });
const snapshot = (seq: number, epoch = "e1"): SnapshotMessage =>
  sampleSnapshot([web(1)], [sampleInstance(NOW)], { epoch, seq });

function delta(seq: number, n: number, epoch = "e1"): DeltaMessage {
  const { summary } = snapshot(1);
  const nothing = { removed: [], instances: [], removedInstances: [] };
  return { type: "delta", version: 1, epoch, seq, servers: [web(n)], summary, ...nothing };
}

/** A transport whose attempts and requests the test completes itself. */
class ManualTransport implements FeedTransport {
  attempts: StreamHandlers[] = [];
  closed = 0;
  requests: { resolve: (snapshot: SnapshotMessage) => void; reject: (error: Error) => void; signal: AbortSignal }[] =
    [];

  openStream(events: StreamHandlers): () => void {
    this.attempts.push(events);
    return () => {
      this.closed += 1;
    };
  }

  fetchSnapshot(signal: AbortSignal): Promise<SnapshotMessage> {
    return new Promise((resolve, reject) => this.requests.push({ resolve, reject, signal }));
  }

  fetchIncidents(): Promise<never> {
    return new Promise(() => {});
  }

  remark(): Promise<never> {
    throw new Error("not used here");
  }

  fetchHistory(): Promise<never> {
    return new Promise(() => {});
  }

  pings: { resolve: () => void; reject: (error: Error) => void }[] = [];

  ping(): Promise<void> {
    return new Promise((resolve, reject) => this.pings.push({ resolve, reject }));
  }

  get stream(): StreamHandlers {
    const stream = this.attempts.at(-1);
    if (!stream) throw new Error("no stream was opened");
    return stream;
  }
}

/** Wall time that passes while no timer runs. */
class SleepingClock extends FakeClock {
  #sleptMs = 0;

  sleep(ms: number): void {
    this.#sleptMs += ms;
  }

  override wall(): number {
    return super.wall() + this.#sleptMs;
  }
}

function setUp() {
  const transport = new ManualTransport();
  const clock = new SleepingClock();
  const feed = new LiveFeed(transport, clock);
  feed.start();
  const answer = async (message: SnapshotMessage): Promise<void> => {
    transport.requests.at(-1)?.resolve(message);
    await clock.advance(0);
  };
  return { transport, clock, feed, answer };
}

const names = (state: FeedState): string[] => [...(state.fleet?.servers.values() ?? [])].map((server) => server.server);

test("deltas before the snapshot are buffered; those that it contains are dropped", async () => {
  const { transport, feed, answer } = setUp();
  transport.stream.onConnected();
  transport.stream.onDelta(delta(10, 9));
  transport.stream.onDelta(delta(11, 2));
  expect(feed.state.kind).toBe("connecting");
  await answer(snapshot(10));
  expect(feed.state.kind).toBe("live");
  expect(names(feed.state)).toEqual(["web-01", "web-02"]);
});

test("after a gap it loads the snapshot again and keeps the old state meanwhile", async () => {
  const { transport, feed, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  transport.stream.onDelta(delta(12, 2));
  expect(transport.requests).toHaveLength(2);
  expect(names(feed.state)).toEqual(["web-01"]);
  transport.stream.onDelta(delta(13, 3));
  await answer(snapshot(12));
  expect(names(feed.state)).toEqual(["web-01", "web-03"]);
});

test("another epoch in the hello loads the snapshot again", async () => {
  const { transport, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  transport.stream.onHello({ version: 1, epoch: "e2", seq: 1 });
  expect(transport.requests).toHaveLength(2);
});

test("a closed stream disconnects at once, keeps the last state and retries", async () => {
  const { transport, clock, feed, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  const last = clock.wall();
  await clock.advance(400);
  transport.stream.onClosed("transport close");
  expect(feed.state).toMatchObject({
    kind: "disconnected",
    since: last,
    cause: "transport close",
    retryAt: clock.wall() + 1_000,
  });
  expect(names(feed.state)).toEqual(["web-01"]);
  await clock.advance(1_000);
  expect(transport.attempts).toHaveLength(2);
  transport.stream.onConnected();
  await answer(snapshot(3, "e2"));
  expect(feed.state.kind).toBe("live");
});

test("it tries again every second, so that a haprobe that is back is shown within two; `since` stays the first disconnect", async () => {
  const { transport, clock, feed } = setUp();
  const since = clock.wall();
  const waits: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    transport.stream.onClosed("refused");
    if (feed.state.kind !== "disconnected") throw new Error("not disconnected");
    expect(feed.state.since).toBe(since);
    waits.push(feed.state.retryAt - clock.wall());
    await clock.advance(waits.at(-1) ?? 0);
  }
  expect(waits).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
});

test("a stream that never opens and a snapshot that never arrives have a deadline", async () => {
  const { transport, clock, feed } = setUp();
  await clock.advance(5_000);
  expect(feed.state).toMatchObject({ kind: "disconnected", cause: "no answer" });
  feed.retryNow();
  transport.stream.onConnected();
  await clock.advance(15_000);
  expect(feed.state).toMatchObject({ kind: "disconnected", cause: "no list of servers within 15 s" });
  expect(transport.requests[0]?.signal.aborted).toBe(true);
});

describe("without a WebSocket", () => {
  test("the page polls the list, stays live and says why", async () => {
    const { transport, clock, feed, answer } = setUp();
    const states: string[] = [];
    transport.stream.onClosed("websocket error");
    await answer(snapshot(10));
    feed.subscribe((state) => states.push(state.kind));
    expect(feed.state).toMatchObject({ kind: "live", streamError: "websocket error" });
    for (let round = 1; round <= 3; round += 1) {
      await clock.advance(POLL_EVERY_MS);
      transport.stream.onClosed("websocket error");
      await answer(snapshot(10 + round));
      expect(feed.state.fleet?.position.seq).toBe(10 + round);
    }
    expect(states).toEqual(["live", "live", "live"]);
    feed.stop();
    expect(clock.pending).toBe(0);
  });

  test("a stream that opens again takes over", async () => {
    const { transport, clock, feed, answer } = setUp();
    transport.stream.onClosed("websocket error");
    await answer(snapshot(10));
    await clock.advance(POLL_EVERY_MS);
    transport.stream.onConnected();
    await answer(snapshot(11));
    expect(feed.state).toMatchObject({ kind: "live", streamError: null });
    transport.stream.onDelta(delta(12, 2));
    expect(names(feed.state)).toEqual(["web-01", "web-02"]);
  });

  test("a list that takes longer than the retries is asked for once, and then shown", async () => {
    const { transport, clock, feed, answer } = setUp();
    transport.stream.onClosed("websocket error");
    for (let retry = 0; retry < 4; retry += 1) {
      await clock.advance(1_000);
      transport.stream.onClosed("websocket error");
    }
    expect(transport.attempts).toHaveLength(5);
    expect(transport.requests).toHaveLength(1);
    await answer(snapshot(10));
    expect(feed.state).toMatchObject({ kind: "live", streamError: "websocket error" });
    await clock.advance(POLL_EVERY_MS);
    expect(transport.attempts).toHaveLength(6);
    feed.stop();
    expect(clock.pending).toBe(0);
  });

  test("a stream that opens while the list is asked for asks for a newer one", async () => {
    const { transport, clock, feed, answer } = setUp();
    transport.stream.onClosed("websocket error");
    await clock.advance(1_000);
    transport.stream.onConnected();
    expect(transport.requests.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await answer(snapshot(11));
    expect(feed.state).toMatchObject({ kind: "live", streamError: null });
  });

  test("and without an answer to the list, the page disconnects", async () => {
    const { transport, clock, feed, answer } = setUp();
    transport.stream.onClosed("websocket error");
    await answer(snapshot(10));
    await clock.advance(POLL_EVERY_MS);
    transport.stream.onClosed("websocket error");
    transport.requests.at(-1)?.reject(new Error("Failed to fetch"));
    await clock.advance(0);
    expect(feed.state).toMatchObject({ kind: "disconnected", cause: "Failed to fetch" });
    expect(names(feed.state)).toEqual(["web-01"]);
  });
});

test("deltas buffered while the snapshot loads are bounded", () => {
  const { transport, feed } = setUp();
  transport.stream.onConnected();
  for (let seq = 1; seq <= 1_001; seq += 1) transport.stream.onDelta(delta(seq, 2));
  expect(feed.state).toMatchObject({
    kind: "disconnected",
    cause: "too many changes while the list of servers was loading",
  });
});

test("a silent stream is pinged and disconnected within two seconds", async () => {
  const { transport, clock, feed, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  const last = clock.wall();
  await clock.advance(1_100);
  expect(transport.pings).toHaveLength(0);
  await clock.advance(900);
  expect(transport.pings).toHaveLength(1);
  expect(feed.state).toMatchObject({ kind: "disconnected", since: last, cause: "no response for 2 s" });
});

test("after the machine slept it is disconnected at the first timer and connects at once", async () => {
  const { transport, clock, feed, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  clock.sleep(3_600_000);
  await clock.advance(200);
  expect(feed.state).toMatchObject({ kind: "disconnected", retryAt: clock.wall() });
  await clock.advance(0);
  transport.stream.onConnected();
  await answer(snapshot(40));
  expect(feed.state).toMatchObject({ kind: "live", fleet: { position: { seq: 40 } } });
  expect(transport.attempts).toHaveLength(2);
});

test("a stream without changes stays live while haprobe responds to pings", async () => {
  const { transport, clock, feed, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  for (let n = 0; n < 6; n += 1) {
    await clock.advance(1_200);
    transport.pings.at(-1)?.resolve();
    await clock.advance(200);
  }
  expect(feed.state.kind).toBe("live");
  expect(transport.attempts).toHaveLength(1);
  expect(clock.wall() - feed.lastMessageAt).toBeLessThan(1_000);
});

test("a stream that stays silent although haprobe responds is reopened without disconnecting", async () => {
  const { transport, clock, feed, answer } = setUp();
  const states: string[] = [];
  feed.subscribe((state) => states.push(state.kind));
  transport.stream.onConnected();
  await answer(snapshot(10));
  for (let n = 0; n < 80; n += 1) {
    await clock.advance(200);
    transport.pings.at(-1)?.resolve();
  }
  expect(transport.attempts).toHaveLength(2);
  expect(states).toEqual(["live"]);
});

test("behind a proxy in front of two hubs, a list of the other hub is asked for again until it is the stream's own", async () => {
  const { transport, feed, answer } = setUp();
  transport.stream.onConnected();
  transport.stream.onHello({ version: 1, epoch: "hub-1", seq: 10 });
  transport.stream.onDelta(delta(11, 2, "hub-1"));
  await answer(snapshot(400, "hub-2"));
  expect(feed.state.kind).toBe("connecting");
  expect(transport.requests).toHaveLength(2);
  await answer(snapshot(10, "hub-1"));
  expect(feed.state).toMatchObject({
    kind: "live",
    streamError: null,
    fleet: { position: { epoch: "hub-1", seq: 11 } },
  });
  expect(names(feed.state)).toEqual(["web-01", "web-02"]);
});

test("a proxy that always leads the lists to another hub than the stream: lists alone, and the stream is tried again", async () => {
  const { transport, clock, feed, answer } = setUp();
  transport.stream.onConnected();
  transport.stream.onHello({ version: 1, epoch: "hub-1", seq: 10 });
  for (let n = 0; n < 5; n += 1) await answer(snapshot(400 + n, "hub-2"));
  expect(transport.requests).toHaveLength(5);
  expect(transport.closed).toBe(1);
  expect(feed.state).toMatchObject({ kind: "live", streamError: expect.stringContaining("different hubs") });
  await clock.advance(POLL_EVERY_MS);
  expect(transport.attempts).toHaveLength(2);
  transport.stream.onConnected();
  transport.stream.onHello({ version: 1, epoch: "hub-2", seq: 500 });
  await answer(snapshot(500, "hub-2"));
  expect(feed.state).toMatchObject({ kind: "live", streamError: null, fleet: { position: { epoch: "hub-2" } } });
});

test("another contract version makes the page outdated", async () => {
  const { transport, feed } = setUp();
  transport.stream.onConnected();
  transport.stream.onHello({ version: 2 as 1, epoch: "e1", seq: 1 });
  expect(feed.state.kind).toBe("outdated");
  expect(transport.closed).toBe(1);
});

test("stop leaves no timer and no stream behind", async () => {
  const { transport, clock, feed, answer } = setUp();
  transport.stream.onConnected();
  await answer(snapshot(10));
  feed.stop();
  expect(clock.pending).toBe(0);
  expect(transport.closed).toBe(1);
});
