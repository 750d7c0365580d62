import { afterEach, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { IngestOutcome, IngestRequest } from "../../server/contract/ingest.ts";
import type { StoredEvent } from "../../server/contract/store.ts";
import { Forwarder } from "../../server/forward/forwarder.ts";
import { HubLog } from "../../server/forward/hub-log.ts";
import { CP_1, FALSE_UP, verdict } from "../store/sample-batches.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeSpool } from "./fake-spool.ts";

const SERVER = { ...CP_1, site: "fra" };
const up = (seq: number, server = "cp-1"): StoredEvent => verdict(seq, { server: { ...SERVER, server } });
const broken = (seq: number): StoredEvent => verdict(seq, { server: SERVER, judgement: FALSE_UP });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** A hub that applies each number once, and answers otherwise on request. */
class FakeHub {
  readonly requests: IngestRequest[] = [];
  readonly applied: number[] = [];
  /** What the next requests get, instead of being applied. */
  readonly answers: (IngestOutcome | "lost" | "applied-but-lost")[] = [];
  seq = 0;
  #logId: string | null = null;

  async send(request: IngestRequest): Promise<IngestOutcome> {
    this.requests.push(request);
    const answer = this.answers.shift();
    if (answer === "lost") throw new Error("connection refused");
    if (typeof answer === "object") return answer;
    const outcome = this.#apply(request);
    if (answer === "applied-but-lost") throw new Error("socket hang up");
    return outcome;
  }

  #apply({ position: { logId, firstSeq, lastSeq }, events }: IngestRequest): IngestOutcome {
    if (this.#logId !== logId) this.seq = firstSeq - 1;
    this.#logId = logId;
    if (this.seq < firstSeq - 1) return { kind: "gap", expectedSeq: this.seq + 1 };
    this.applied.push(...events.map(({ seq }) => seq).filter((seq) => seq > this.seq));
    this.seq = Math.max(this.seq, lastSeq);
    return { kind: "applied", seq: this.seq };
  }
}

describe("the log of a vantage", () => {
  const running: Forwarder[] = [];
  /** What waited with each change that a forwarder reported. */
  const reported: number[] = [];
  afterEach(async () => {
    reported.splice(0);
    await Promise.all(running.splice(0).map((forwarder) => forwarder.stop()));
  });

  function start(spool = new FakeSpool(), hub = new FakeHub()) {
    const clock = new FakeClock();
    return { spool, hub, clock, forwarder: startForwarder(spool, hub, clock, new HubLog()) };
  }

  function startForwarder(spool: FakeSpool, hub: Pick<FakeHub, "send">, clock: FakeClock, hubLog: HubLog): Forwarder {
    const forwarder = new Forwarder({
      url: "https://hub",
      hubLog,
      store: spool.store,
      log: () => spool.name,
      status: () => ({ version: "1", instances: [], isBlind: false }),
      send: (request) => hub.send(request),
      clock,
      random: () => 0.5,
      onChange: () => reported.push(forwarder.status().behind),
    });
    running.push(forwarder);
    forwarder.start();
    return forwarder;
  }

  test("is sent 2 s after an event, and 100 ms after a mismatch", async () => {
    const { spool, hub, clock } = start();
    await clock.advance(1_000);
    spool.append(up(1));
    await clock.advance(1_900);
    expect(hub.applied).toEqual([]);
    await clock.advance(200);
    expect(hub.applied).toEqual([1]);
    spool.append(broken(2));
    await clock.advance(90);
    expect(hub.applied).toEqual([1]);
    await clock.advance(120);
    expect(hub.applied).toEqual([1, 2]);
  });

  test("is sent in requests of at most 500 events and 256 kB, one after another", async () => {
    const { spool, hub, clock } = start();
    spool.append(...numbers(1, 1_200).map((seq) => up(seq)));
    await clock.advance(3_000);
    expect(hub.applied).toEqual(numbers(1, 1_200));
    const body = "x".repeat(30_000);
    spool.append(...numbers(1_201, 1_220).map((seq) => ({ ...broken(seq), body }) as StoredEvent));
    await clock.advance(3_000);
    expect(hub.seq).toBe(1_220);
    for (const { events } of hub.requests) {
      expect(events.length).toBeLessThanOrEqual(BOUNDS.forwardEventsMax);
      const bytes = events.reduce((sum, event) => sum + JSON.stringify(event).length, 0);
      expect(bytes).toBeLessThanOrEqual(BOUNDS.forwardMaxBytes);
    }
  });

  test("has a sign of life each 10 s, with what the vantage says of itself", async () => {
    const { hub, clock } = start();
    await clock.advance(25_000);
    expect(hub.requests.map(({ events, status }) => [events.length, status?.version])).toEqual([
      [0, "1"],
      [0, "1"],
      [0, "1"],
    ]);
  });

  test("arrives once, however requests and answers are lost", async () => {
    const { spool, hub, clock, forwarder } = start();
    hub.answers.push("lost", "applied-but-lost", "applied-but-lost", "lost");
    for (const seq of numbers(1, 50)) {
      spool.append(seq % 7 === 0 ? broken(seq) : up(seq));
      await clock.advance(700);
      if (seq % 10 === 0) hub.answers.push("applied-but-lost", "lost");
    }
    await clock.advance(600_000);
    expect(hub.applied).toEqual(numbers(1, 50));
    expect(forwarder.status()).toMatchObject({ state: "ok", error: null, behind: 0 });
  });

  test("is sent again from where a hub stands that lost its tail", async () => {
    const { spool, hub, clock } = start();
    spool.append(...numbers(1, 20).map((seq) => up(seq)));
    await clock.advance(3_000);
    hub.seq = 12;
    hub.applied.splice(12);
    spool.append(broken(21));
    await clock.advance(1_000);
    expect(hub.applied).toEqual(numbers(1, 21));
    const again = hub.requests.findLast(({ position }) => position.firstSeq === 13);
    expect(again?.position.takesOver, "another process of this vantage may have written there last").toBe(true);
  });

  test("goes on after a restart where the hub stands, whatever was written down", async () => {
    const first = start();
    first.spool.append(...numbers(1, 20).map((seq) => up(seq)));
    await first.clock.advance(3_000);
    await first.forwarder.stop();
    first.spool.positionsWritten.splice(0);
    const { clock, hub } = start(first.spool, first.hub);
    first.spool.append(up(21));
    await clock.advance(20_000);
    expect(hub.applied).toEqual(numbers(1, 21));
  });

  test("that is no longer whole is the newest verdict of each server, marked with its gap", async () => {
    const { spool, hub, clock } = start();
    hub.answers.push("lost", "lost", "lost");
    spool.append(up(1, "a"), up(2, "b"), up(3, "a"), up(4, "c"), up(5, "c"), up(6, "a"));
    spool.dropBefore(5);
    await clock.advance(20_000);
    const [gap] = hub.requests.filter(({ hasGap }) => hasGap);
    expect(gap?.events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, "paused"],
      [2, "verdict-changed"],
    ]);
    expect(gap?.position).toMatchObject({ firstSeq: 1, lastSeq: 4 });
    expect(hub.applied.slice(-2)).toEqual([5, 6]);
    expect(hub.seq).toBe(6);
  });

  test("waits as long as a hub asks, at most five minutes", async () => {
    const { spool, hub, clock } = start();
    hub.answers.push({ kind: "later", retryInMs: 60_000, detail: "busy" });
    spool.append(broken(1));
    await clock.advance(59_000);
    expect(hub.applied).toEqual([]);
    await clock.advance(2_000);
    expect(hub.applied).toEqual([1]);
  });

  test("of a name that another haprobe has taken is not sent on, and says so", async () => {
    const { spool, hub, clock, forwarder } = start();
    spool.append(up(1));
    await clock.advance(3_000);
    for (let n = 0; n < 10; n += 1) hub.answers.push({ kind: "superseded" });
    spool.append(up(2));
    await clock.advance(60_000);
    expect(forwarder.status()).toMatchObject({ state: "superseded", behind: 1 });
  });

  test("of a name that another one had begins anew at the start, with what holds now", async () => {
    const spool = new FakeSpool();
    spool.append(up(1, "a"), up(2, "b"));
    const hub = new FakeHub();
    hub.answers.push({ kind: "superseded" });
    const { clock } = start(spool, hub);
    await clock.advance(10_000);
    expect(hub.applied).toEqual([1, 2]);
    expect(hub.requests.at(-1)?.position.logId).not.toBe(spool.name.logId);
  });

  test("goes on under its name where events are read before the store reports them", async () => {
    const { spool, hub, clock, forwarder } = start();
    await clock.advance(1_000);
    spool.append(broken(1));
    spool.events.push(broken(2));
    await clock.advance(1_000);
    expect(hub.applied).toEqual([1, 2]);
    spool.report();
    await clock.advance(20_000);
    expect(new Set(hub.requests.map(({ position }) => position.logId))).toEqual(new Set([spool.name.logId]));
    expect(forwarder.status()).toMatchObject({ state: "ok", behind: 0 });
  });

  test("goes on under its name after the site has changed, whose log the store has beside it", async () => {
    const first = start();
    first.spool.append(...numbers(1, 20).map((seq) => up(seq)));
    await first.clock.advance(3_000);
    await first.forwarder.stop();
    const [own] = await first.spool.store.positions();
    if (own === undefined) throw new Error("there is a log");
    first.spool.earlier.push({ ...own, site: "ams", logId: "0f6b5a3e-0000-4000-8000-000000000009", lastSeq: 3 });
    const { clock, hub } = start(first.spool, first.hub);
    await clock.advance(20_000);
    expect(new Set(hub.requests.map(({ position }) => position.logId))).toEqual(new Set([first.spool.name.logId]));
  });

  test("that begins anew does so on every hub: those of one database take it from each", async () => {
    const spool = new FakeSpool();
    spool.append(up(1, "a"), up(2, "b"));
    const database = new FakeHub();
    // The data directory was put back to an earlier state.
    database.seq = 40;
    const replaced = new Set<string>();
    let logId = spool.name.logId;
    const hubs = [0, 1].map(() => ({
      send: async (request: IngestRequest): Promise<IngestOutcome> => {
        if (replaced.has(request.position.logId)) return { kind: "superseded" };
        if (request.position.logId !== logId) replaced.add(logId);
        else if (logId === spool.name.logId) return { kind: "applied", seq: database.seq };
        logId = request.position.logId;
        return database.send(request);
      },
    }));
    const clock = new FakeClock();
    const hubLog = new HubLog();
    const forwarders = hubs.map((hub) => startForwarder(spool, hub, clock, hubLog));
    await clock.advance(60_000);
    spool.append(broken(3));
    await clock.advance(1_000);
    for (const forwarder of forwarders) expect(forwarder.status()).toMatchObject({ state: "ok", behind: 0 });
    // One of the two is gone.
    for (const hub of hubs.slice(0, 1)) hub.send = async () => Promise.reject(new Error("connection refused"));
    spool.append(broken(4));
    await clock.advance(1_000);
    expect(database.applied).toEqual([1, 2, 3, 4]);
  });

  test("begins anew once, whatever one hub answers: the other hubs have each event once", async () => {
    const spool = new FakeSpool();
    spool.append(up(1));
    const hub = new FakeHub();
    const wrong = { send: async (): Promise<IngestOutcome> => ({ kind: "applied", seq: 1_000_000 }) };
    const clock = new FakeClock();
    const hubLog = new HubLog();
    const [whole, failing] = [hub, wrong].map((each) => startForwarder(spool, each, clock, hubLog));
    await clock.advance(60_000);
    const begun = hub.requests.length;
    spool.append(broken(2));
    await clock.advance(600_000);
    expect(new Set(hub.requests.slice(begun).map(({ position }) => position.logId))).toHaveLength(1);
    expect(hub.applied.slice(-2)).toEqual([1, 2]);
    expect(whole?.status()).toMatchObject({ state: "ok", behind: 0 });
    expect(failing?.status()).toMatchObject({ state: "failing", error: expect.stringContaining("1000000") });
  });

  test("that waits is counted anew with each attempt", async () => {
    const { spool, hub, clock } = start();
    hub.send = async () => Promise.reject(new Error("connection refused"));
    await clock.advance(1_000);
    spool.append(up(1), up(2));
    await clock.advance(60_000);
    expect(reported.at(-1)).toBe(2);
  });

  test("leaves out a single event that a hub refuses, and nothing else", async () => {
    const { spool, hub, clock } = start();
    await clock.advance(1_000);
    const refuse = hub.send.bind(hub);
    hub.send = async (request) =>
      request.events.some(({ seq }) => seq === 3)
        ? { kind: "refused", detail: "events.0.at: is not valid", isContent: true }
        : refuse(request);
    spool.append(...numbers(1, 8).map((seq) => up(seq)));
    await clock.advance(600_000);
    expect(hub.applied).toEqual([1, 2, 4, 5, 6, 7, 8]);
  });

  test("is only what is about the site of its vantage", async () => {
    const { spool, hub, clock } = start();
    spool.append(up(1), verdict(2, { server: CP_1 }), up(3));
    await clock.advance(5_000);
    expect(hub.applied).toEqual([1, 3]);
    expect(hub.seq).toBe(3);
  });
});
