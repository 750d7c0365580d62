import { expect, test } from "vitest";
import type { DeltaMessage, SnapshotMessage } from "../../server/contract/status.ts";
import { LiveFeed, type FeedState, type StreamHandlers, type FeedTransport } from "../../web/lib/live-feed.ts";
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

/** A wire that the test holds in its hand: it sees each attempt and answers each request itself. */
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

  pings: { resolve: () => void; reject: (error: Error) => void }[] = [];

  ping(): Promise<void> {
    return new Promise((resolve, reject) => this.pings.push({ resolve, reject }));
  }

  get stream(): StreamHandlers {
    const stream = this.attempts.at(-1);
    if (!stream) throw new Error("nobody opened a stream");
    return stream;
  }
}

function setUp() {
  const wire = new ManualTransport();
  const clock = new FakeClock();
  const feed = new LiveFeed(wire, clock);
  feed.start();
  const answer = async (message: SnapshotMessage): Promise<void> => {
    wire.requests.at(-1)?.resolve(message);
    await clock.advance(0);
  };
  return { wire, clock, feed, answer };
}

const names = (state: FeedState): string[] => [...(state.fleet?.servers.values() ?? [])].map((server) => server.server);

test("deltas that come before the snapshot wait for it; those that it holds are dropped", async () => {
  const { wire, feed, answer } = setUp();
  wire.stream.onConnected();
  wire.stream.onDelta(delta(10, 9));
  wire.stream.onDelta(delta(11, 2));
  expect(feed.state.kind).toBe("connecting");
  await answer(snapshot(10));
  expect(feed.state.kind).toBe("live");
  expect(names(feed.state)).toEqual(["web-01", "web-02"]);
});

test("after a gap it gets the snapshot again and shows the old state meanwhile", async () => {
  const { wire, feed, answer } = setUp();
  wire.stream.onConnected();
  await answer(snapshot(10));
  wire.stream.onDelta(delta(12, 2));
  expect(wire.requests).toHaveLength(2);
  expect(names(feed.state)).toEqual(["web-01"]);
  wire.stream.onDelta(delta(13, 3));
  await answer(snapshot(12));
  expect(names(feed.state)).toEqual(["web-01", "web-03"]);
});

test("another epoch in the greeting starts over", async () => {
  const { wire, answer } = setUp();
  wire.stream.onConnected();
  await answer(snapshot(10));
  wire.stream.onHello({ version: 1, epoch: "e2", seq: 1 });
  expect(wire.requests).toHaveLength(2);
});

test("a lost way is told at once, with what was known, and tried again", async () => {
  const { wire, clock, feed, answer } = setUp();
  wire.stream.onConnected();
  await answer(snapshot(10));
  const last = clock.wall();
  await clock.advance(400);
  wire.stream.onClosed("transport close");
  expect(feed.state).toMatchObject({
    kind: "lost",
    since: last,
    why: "transport close",
    retryAt: clock.wall() + 1_000,
  });
  expect(names(feed.state)).toEqual(["web-01"]);
  await clock.advance(1_000);
  expect(wire.attempts).toHaveLength(2);
  wire.stream.onConnected();
  await answer(snapshot(3, "e2"));
  expect(feed.state.kind).toBe("live");
});

test("each failed attempt waits longer, up to five seconds, and the loss keeps its beginning", async () => {
  const { wire, clock, feed } = setUp();
  const since = clock.wall();
  const waits: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    wire.stream.onClosed("refused");
    if (feed.state.kind !== "lost") throw new Error("it is not lost");
    expect(feed.state.since).toBe(since);
    waits.push(feed.state.retryAt - clock.wall());
    await clock.advance(waits.at(-1) ?? 0);
  }
  expect(waits).toEqual([1_000, 2_000, 3_000, 5_000, 5_000]);
});

test("a stream that never opens and a snapshot that never comes have a deadline", async () => {
  const { wire, clock, feed } = setUp();
  await clock.advance(5_000);
  expect(feed.state).toMatchObject({ kind: "lost", why: "no answer" });
  feed.retryNow();
  wire.stream.onConnected();
  await clock.advance(15_000);
  expect(feed.state).toMatchObject({ kind: "lost", why: "the list of servers did not come within 15 s" });
  expect(wire.requests[0]?.signal.aborted).toBe(true);
});

test("what does not stop coming while the snapshot loads is not kept without end", () => {
  const { wire, feed } = setUp();
  wire.stream.onConnected();
  for (let seq = 1; seq <= 1_001; seq += 1) wire.stream.onDelta(delta(seq, 2));
  expect(feed.state).toMatchObject({ kind: "lost", why: "too much changed while the list of servers was loading" });
});

test("a stream that falls silent is asked after, and found lost within two seconds", async () => {
  const { wire, clock, feed, answer } = setUp();
  wire.stream.onConnected();
  await answer(snapshot(10));
  const last = clock.wall();
  await clock.advance(1_100);
  expect(wire.pings).toHaveLength(0);
  await clock.advance(900);
  expect(wire.pings).toHaveLength(1);
  expect(feed.state).toMatchObject({ kind: "lost", since: last, why: "no answer for 2 s" });
});

test("a quiet fleet is no loss: haprobe answers, and nothing is shown", async () => {
  const { wire, clock, feed, answer } = setUp();
  wire.stream.onConnected();
  await answer(snapshot(10));
  for (let n = 0; n < 6; n += 1) {
    await clock.advance(1_200);
    wire.pings.at(-1)?.resolve();
    await clock.advance(200);
  }
  expect(feed.state.kind).toBe("live");
  expect(wire.attempts).toHaveLength(1);
  expect(clock.wall() - feed.lastMessageAt).toBeLessThan(1_000);
});

test("a stream that stays silent although haprobe answers is opened anew, without a word of loss", async () => {
  const { wire, clock, feed, answer } = setUp();
  const told: string[] = [];
  feed.subscribe((state) => told.push(state.kind));
  wire.stream.onConnected();
  await answer(snapshot(10));
  for (let n = 0; n < 80; n += 1) {
    await clock.advance(200);
    wire.pings.at(-1)?.resolve();
  }
  expect(wire.attempts).toHaveLength(2);
  expect(told).toEqual(["live"]);
});

test("a newer version of the messages is not guessed at", async () => {
  const { wire, feed } = setUp();
  wire.stream.onConnected();
  wire.stream.onHello({ version: 2 as 1, epoch: "e1", seq: 1 });
  expect(feed.state.kind).toBe("outdated");
  expect(wire.closed).toBe(1);
});

test("stopped, it leaves no timer and no stream behind", async () => {
  const { wire, clock, feed, answer } = setUp();
  wire.stream.onConnected();
  await answer(snapshot(10));
  feed.stop();
  expect(clock.pending).toBe(0);
  expect(wire.closed).toBe(1);
});
