import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { Target } from "../../server/contract/target.ts";
import type { WithheldReason } from "../../server/probe/credentials.ts";
import type { Deadline } from "../../server/probe/deadline.ts";
import type { ProbeCompletion, RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createScheduler } from "../../server/probe/scheduler.ts";
import type { Scheduler } from "../../server/probe/scheduler.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { makeTarget } from "./make-target.ts";

type ScriptedOutcome = Partial<RawProbeResult> | "own-fault" | "rejects";

/** A scheduler on a clock that stands still, over servers that answer as told. */
class SchedulerHarness {
  readonly clock = new FakeClock();
  readonly sent: { key: string; at: number }[] = [];
  readonly results: ProbeResult[] = [];
  readonly measured: string[] = [];
  readonly ownFaults: [detail: string, count: number][] = [];
  readonly scheduler: Scheduler;
  outcome: ScriptedOutcome = {};
  withheld: WithheldReason | null = null;
  readonly withheldReports: [targetKey: string, why: string | null][] = [];
  /** How long an answer takes. */
  responseMs = 0;
  /** Targets whose answer never comes: each probe of theirs runs into its timeout. */
  hangs: (key: string) => boolean = () => false;
  inFlight = 0;
  maxInFlight = 0;
  onResult = (_result: ProbeResult): void => {};

  constructor(random: () => number = () => 0.5) {
    this.scheduler = createScheduler({
      clock: this.clock,
      vantage: "here",
      random,
      probe: (target, deadline) => this.#runProbe(target, deadline),
    });
    this.scheduler.start({
      onProbeMeasured: (outcome) => this.measured.push(outcome),
      onOwnFault: (detail, count) => this.ownFaults.push([detail, count]),
      onCredentialsWithheld: (targetKey, why) => this.withheldReports.push([targetKey, why]),
      onResult: (result) => {
        this.results.push(result);
        this.onResult(result);
      },
    });
  }

  /** Moments at which the target was asked. */
  sentAt(key = "target"): number[] {
    return this.sent.filter((one) => one.key === key).map(({ at }) => at);
  }

  gaps(key = "target"): number[] {
    const at = this.sentAt(key);
    return at.slice(1).map((moment, i) => Math.round(moment - (at[i] ?? 0)));
  }

  async #runProbe(target: Target, deadline: Deadline): Promise<ProbeCompletion> {
    const sentAt = this.clock.now();
    this.sent.push({ key: target.key, at: sentAt });
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    await new Promise<void>((resolve) => {
      const hangs = this.hangs(target.key);
      const cancel = this.clock.after(hangs ? target.timeoutMs : this.responseMs, resolve);
      deadline.setEndHandler(() => {
        cancel();
        resolve();
      });
    });
    this.inFlight -= 1;
    if (deadline.ended && !deadline.expired) return { kind: "cancelled" };
    if (this.outcome === "rejects") throw new Error("a mistake of ours");
    if (this.outcome === "own-fault") return { kind: "own-fault", detail: "EMFILE" };
    if (this.hangs(target.key)) return { kind: "finding", result: { ...TIMED_OUT, sentAt, endedAt: this.clock.now() } };
    const finding = { ...PASSED, sentAt, endedAt: this.clock.now(), ...this.outcome };
    return { kind: "finding", result: finding, ...(this.withheld === null ? {} : { withheld: this.withheld }) };
  }
}

const PASSED: RawProbeResult = {
  sentAt: 0,
  endedAt: 0,
  outcome: "passed",
  kind: "answered",
  stage: "answer",
  fault: null,
  url: "http://127.0.0.1:1/readyz",
  httpStatus: 200,
  failing: [],
  phasesMs: { connect: 1, tls: null, answer: 1 },
  body: "ok",
  htmlPage: false,
  certificateExpiresAt: null,
  detail: "",
};
const TIMED_OUT: RawProbeResult = { ...PASSED, outcome: "failed", kind: "timed-out", fault: "probe-timed-out" };
const FAILED: Partial<RawProbeResult> = { outcome: "failed", fault: "probe-answered-unhealthy", httpStatus: 500 };

describe("the pace", () => {
  test("a target is asked in every interval, however late a single answer is", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 300;
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(60_000);
    expect(bench.sent.length).toBeGreaterThanOrEqual(60);
    expect(new Set(bench.gaps().slice(1))).toEqual(new Set([1_000]));
  });

  test("what is due within ten milliseconds is sent together: a thousand targets a second are a hundred wake-ups", async () => {
    const bench = new SchedulerHarness();
    for (let i = 0; i < 1_000; i += 1)
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: `127.0.${i >> 8}.1` }), "normal");
    await bench.clock.advance(10_000);
    const last = bench.sent.filter(({ at }) => at >= 9_000);
    expect(last.length).toBeGreaterThanOrEqual(990);
    expect(new Set(last.map(({ at }) => at)).size).toBeLessThanOrEqual(1_000 / BOUNDS.probeCoalesceMs + 1);
  });

  test("jitter moves a probe by 5 % at most, and never adds up", async () => {
    let turn = 0;
    const bench = new SchedulerHarness(() => [0, 1, 0.5][turn++ % 3] ?? 0);
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(90_000);
    const gaps = bench.gaps().slice(1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_100);
    expect(new Set(gaps).size).toBeGreaterThan(1);
    expect(bench.sent.length).toBeGreaterThanOrEqual(90);
    expect(bench.sent.length).toBeLessThanOrEqual(91);
  });

  test("at a start everything is asked within 200 ms, each at its own moment", async () => {
    const bench = new SchedulerHarness();
    for (let i = 0; i < 100; i += 1) bench.scheduler.ensure(makeTarget({ key: `t${i}` }), "normal");
    await bench.clock.advance(BOUNDS.probeFirstAtStartWithinMs);
    expect(bench.sent).toHaveLength(100);
    expect(new Set(bench.sent.map(({ at }) => Math.floor(at / 20))).size).toBe(10);
  });

  test("targets that come later are spread over a second", async () => {
    const bench = new SchedulerHarness();
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(10_000);
    const from = bench.sent.length;
    for (let i = 0; i < 200; i += 1) bench.scheduler.ensure(makeTarget({ key: `t${i}`, everyMs: 5_000 }), "normal");
    await bench.clock.advance(300);
    expect(bench.sent.length - from).toBeLessThan(100);
    await bench.clock.advance(701);
    expect(new Set(bench.sent.map(({ key }) => key)).size).toBe(201);
  });

  test("out of service it is asked every 10 s, and back in service at its old pace at once", async () => {
    const bench = new SchedulerHarness();
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(5_000);
    bench.scheduler.ensure(makeTarget(), "out-of-service");
    await bench.clock.advance(16_000);
    const from = bench.sent.length;
    await bench.clock.advance(60_000);
    expect(bench.sent.length - from).toBe(6);
    expect(new Set(bench.gaps().slice(from))).toEqual(new Set([10_000]));
    bench.scheduler.ensure(makeTarget(), "normal");
    const before = bench.sent.length;
    await bench.clock.advance(1_000);
    expect(bench.sent.length - before).toBe(1);
  });

  test("being told of a target with every poll changes nothing", async () => {
    const told = new SchedulerHarness();
    const left = new SchedulerHarness();
    for (const bench of [told, left]) bench.scheduler.ensure(makeTarget(), "normal");
    for (let i = 0; i < 50; i += 1) {
      told.scheduler.ensure(makeTarget(), "normal");
      await told.clock.advance(130);
    }
    await left.clock.advance(50 * 130);
    expect(told.sent).toEqual(left.sent);
  });

  test("settings that differ with every poll do not put a probe off for ever", async () => {
    const bench = new SchedulerHarness();
    bench.scheduler.ensure(makeTarget(), "normal");
    for (let i = 0; i < 200; i += 1) {
      bench.scheduler.ensure(makeTarget({ everyMs: i % 2 ? 1_000 : 1_500 }), "normal");
      await bench.clock.advance(100);
    }
    expect(Math.max(...bench.gaps())).toBeLessThanOrEqual(1_500);
  });
});

describe("hurry", () => {
  test("lets the next probe follow 200 ms after the last one, at most five times in a row", async () => {
    const bench = new SchedulerHarness();
    bench.outcome = FAILED;
    bench.onResult = (result) => bench.scheduler.probeSoon(result.target);
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(20_000);
    expect(bench.gaps().slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(Math.min(...bench.gaps().slice(5))).toBeGreaterThanOrEqual(500);
    expect(new Set(bench.gaps().slice(6))).toEqual(new Set([1_000]));
  });

  test("is granted anew once a result differs in outcome or fault", async () => {
    const bench = new SchedulerHarness();
    bench.outcome = FAILED;
    bench.onResult = (result) => bench.scheduler.probeSoon(result.target);
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(10_000);
    const from = bench.sent.length;
    bench.outcome = { ...FAILED, fault: "probe-refused" };
    await bench.clock.advance(2_200);
    expect(
      bench
        .gaps()
        .slice(from)
        .filter((gap) => gap === 200),
    ).toHaveLength(5);
  });

  test("another status under the same fault is no other result", async () => {
    const bench = new SchedulerHarness();
    bench.outcome = FAILED;
    bench.onResult = (result) => bench.scheduler.probeSoon(result.target);
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(10_000);
    const from = bench.sent.length;
    bench.outcome = { ...FAILED, httpStatus: 503 };
    await bench.clock.advance(3_000);
    expect(bench.sent.length - from).toBe(3);
  });

  test("asked for while a probe is out, counts from when that was sent", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 150;
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(300);
    await bench.clock.advance(1_000);
    const before = bench.sent.length;
    await bench.clock.advance(0);
    while (bench.inFlight === 0) await bench.clock.advance(10);
    bench.scheduler.probeSoon("target");
    bench.scheduler.probeSoon("target");
    await bench.clock.advance(400);
    expect(bench.gaps().slice(before)).toEqual([200]);
  });

  test("of a target that is unknown, or was never asked, does nothing", async () => {
    const bench = new SchedulerHarness();
    bench.scheduler.probeSoon("nobody");
    bench.scheduler.ensure(makeTarget(), "normal");
    bench.scheduler.probeSoon("target");
    await bench.clock.advance(700);
    expect(bench.sent.length).toBeLessThanOrEqual(2);
  });
});

describe("a probe that is slow", () => {
  /** Moments at which the target was asked, from the first on. */
  const fromFirst = (bench: SchedulerHarness): number[] => {
    const [first = 0, ...later] = bench.sentAt();
    return [0, ...later.map((at) => Math.round(at - first))];
  };

  test("gets a second beside it after 0.8 of the interval, and never a third", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(4_900);
    expect(fromFirst(bench)).toEqual([0, 800]);
    await bench.clock.advance(60_000);
    expect(bench.maxInFlight).toBe(2);
  });

  test("of 0.8 of the interval or less has none", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 790;
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(60_000);
    expect(bench.maxInFlight).toBe(1);
  });

  test("does not keep the target from its turns once its second has ended", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    bench.scheduler.ensure(makeTarget(), "normal");
    while (bench.inFlight === 0) await bench.clock.advance(10);
    bench.responseMs = 10;
    await bench.clock.advance(4_000);
    // The first one is still out; the second and what followed were answered.
    expect(bench.inFlight).toBe(1);
    expect(bench.results.length).toBeGreaterThanOrEqual(4);
    expect(bench.maxInFlight).toBe(2);
  });

  test("is numbered by when it ends, not by when it was sent", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 1_500;
    bench.scheduler.ensure(makeTarget(), "normal");
    while (bench.inFlight === 0) await bench.clock.advance(10);
    bench.responseMs = 10;
    await bench.clock.advance(900);
    expect(bench.results.map(({ seq }) => seq)).toEqual([1]);
    await bench.clock.advance(700);
    const [first, ...later] = bench.results;
    const slow = later.find(({ sentAt }) => sentAt < (first?.sentAt ?? 0));
    expect(slow?.seq).toBeGreaterThan(1);
    expect(bench.results.map(({ seq }) => seq)).toEqual(bench.results.map((_, i) => i + 1));
    expect(bench.results.map(({ endedAt }) => endedAt)).toEqual(
      bench.results.map(({ endedAt }) => endedAt).toSorted((a, b) => a - b),
    );
  });

  test("of a target that is out of service has none, and its turns are skipped", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 25_000;
    bench.scheduler.ensure(makeTarget({ timeoutMs: 60_000 }), "out-of-service");
    await bench.clock.advance(120_000);
    expect(bench.maxInFlight).toBe(1);
  });

  test("has none where its address has no room for it", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    for (let i = 0; i < BOUNDS.probesPerAddress; i += 1) {
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", port: i }), "normal");
    }
    await bench.clock.advance(3_000);
    expect(bench.maxInFlight).toBe(BOUNDS.probesPerAddress);
  });

  test("has none once the monitor calms the target, and has one again when that is over", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 2_500;
    bench.scheduler.ensure(makeTarget(), "normal");
    bench.scheduler.suppressHedging("target", true);
    bench.scheduler.suppressHedging("nobody", true);
    await bench.clock.advance(30_000);
    expect(bench.maxInFlight).toBe(1);
    expect(new Set(bench.gaps().slice(1))).toEqual(new Set([3_000]));
    bench.scheduler.suppressHedging("target", false);
    await bench.clock.advance(6_000);
    expect(bench.maxInFlight).toBe(2);
  });

  test("that is forgotten takes its second along", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    bench.scheduler.ensure(makeTarget(), "normal");
    while (bench.inFlight < 2) await bench.clock.advance(10);
    bench.scheduler.forget("target");
    await bench.clock.advance(10_000);
    expect([bench.inFlight, bench.results.length, bench.sent.length]).toEqual([0, 0, 2]);
  });
});

describe("calm", () => {
  test("nothing comes sooner than its turn, asked for before or after", async () => {
    const bench = new SchedulerHarness();
    bench.outcome = FAILED;
    bench.onResult = (result) => {
      bench.scheduler.probeSoon(result.target);
      bench.scheduler.suppressHedging(result.target, true);
      bench.scheduler.probeSoon(result.target);
    };
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(10_000);
    expect(new Set(bench.gaps().slice(1))).toEqual(new Set([1_000]));
  });
});

describe("credentials that are withheld", () => {
  test("are told of when that begins, when the reason is another, and when it ends", async () => {
    const bench = new SchedulerHarness();
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(3_000);
    bench.withheld = "peer-not-verified";
    await bench.clock.advance(3_000);
    bench.withheld = "unreadable";
    await bench.clock.advance(3_000);
    bench.withheld = null;
    await bench.clock.advance(3_000);
    expect(bench.withheldReports).toEqual([
      ["target", "peer-not-verified"],
      ["target", "unreadable"],
      ["target", null],
    ]);
  });
});

describe("limits", () => {
  test("256 probes are out at once and no more, and everybody has a turn", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 100;
    for (let i = 0; i < 1_000; i += 1) {
      bench.scheduler.ensure(
        makeTarget({ key: `t${i}`, host: `10.0.${i >> 8}.${i & 255}`, everyMs: 60_000 }),
        "normal",
      );
    }
    await bench.clock.advance(1_000);
    expect(bench.maxInFlight).toBe(BOUNDS.probesInFlight);
    expect(new Set(bench.sent.map(({ key }) => key)).size).toBe(1_000);
  });

  test("one address outside loopback has 20 out at once", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    for (let i = 0; i < 40; i += 1) {
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", port: i, everyMs: 60_000 }), "normal");
    }
    await bench.clock.advance(4_000);
    expect(bench.inFlight).toBe(BOUNDS.probesPerAddress);
  });

  test("one address outside loopback is asked at most 50 times in any second", async () => {
    const bench = new SchedulerHarness();
    for (let i = 0; i < 150; i += 1) {
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", port: i, everyMs: 60_000 }), "normal");
    }
    await bench.clock.advance(10_000);
    const at = bench.sent.map((one) => one.at);
    expect(at).toHaveLength(150);
    const most = Math.max(...at.map((from) => at.filter((moment) => moment >= from && moment < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(BOUNDS.probesPerAddressPerSecond);
    expect(most).toBeGreaterThan(40);
  });

  test.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("%s is not limited but by the whole", async (host) => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    for (let i = 0; i < 300; i += 1)
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host, everyMs: 60_000 }), "normal");
    await bench.clock.advance(300);
    expect(bench.inFlight).toBe(BOUNDS.probesInFlight);
  });

  test("nor is a UNIX socket, which is on this machine", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 5_000;
    for (let i = 0; i < 100; i += 1) {
      const place = { host: "", port: 0, socketPath: "/run/app.sock" };
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, everyMs: 60_000, ...place }), "normal");
    }
    await bench.clock.advance(300);
    expect(bench.inFlight).toBe(100);
  });

  test("half a fleet that hangs takes half of the places: after its first timeouts the others are asked in time", async () => {
    const bench = new SchedulerHarness();
    const timeoutMs = 5_000;
    bench.responseMs = 10;
    bench.hangs = (key) => key.startsWith("dead");
    for (let i = 0; i < 1_000; i += 1) {
      const key = `${i % 2 === 0 ? "dead" : "well"}-${i}`;
      bench.scheduler.ensure(makeTarget({ key, host: `10.0.${i >> 8}.${i & 255}`, timeoutMs }), "normal");
    }
    await bench.clock.advance(3 * timeoutMs);
    bench.sent.length = 0;
    await bench.clock.advance(60_000);
    const turns = (kind: string): number => bench.sent.filter(({ key }) => key.startsWith(kind)).length;
    expect(turns("well")).toBeGreaterThanOrEqual(500 * 59);
    // They are looked at all the time as well, as many as fit.
    expect(turns("dead")).toBeGreaterThan((BOUNDS.probesInFlightHung * 60_000) / timeoutMs / 2);
    expect(bench.maxInFlight).toBeLessThanOrEqual(BOUNDS.probesInFlight);
    bench.hangs = () => false;
    await bench.clock.advance(3 * timeoutMs);
    bench.sent.length = 0;
    await bench.clock.advance(10_000);
    expect(turns("dead")).toBeGreaterThanOrEqual(500 * 9);
  });

  test("a crowded address does not delay another one", async () => {
    const bench = new SchedulerHarness();
    for (let i = 0; i < 500; i += 1) {
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", everyMs: 1_000 }), "normal");
    }
    bench.scheduler.ensure(makeTarget({ key: "alone", host: "10.0.0.2" }), "normal");
    await bench.clock.advance(20_000);
    expect(Math.max(...bench.gaps("alone").slice(1))).toBeLessThanOrEqual(1_000 + BOUNDS.probeCoalesceMs);
  });

  test("at a crowded address everybody is asked in turn", async () => {
    const bench = new SchedulerHarness();
    for (let i = 0; i < 200; i += 1) {
      bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", everyMs: 1_000 }), "normal");
    }
    await bench.clock.advance(40_000);
    const counts = Array.from({ length: 200 }, (_, i) => bench.sentAt(`t${i}`).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  });
});

describe("results", () => {
  test("carry the vantage, the target and a number that grows by one for each target", async () => {
    const bench = new SchedulerHarness();
    bench.scheduler.ensure(makeTarget({ key: "a" }), "normal");
    bench.scheduler.ensure(makeTarget({ key: "b" }), "normal");
    await bench.clock.advance(3_300);
    for (const key of ["a", "b"]) {
      const seqs = bench.results.filter(({ target }) => target === key).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      expect(seqs.length).toBeGreaterThanOrEqual(3);
    }
    expect(new Set(bench.results.map(({ vantage }) => vantage))).toEqual(new Set(["here"]));
    expect(bench.measured).toEqual(bench.results.map(({ outcome }) => outcome));
  });

  test("a fault of our own is no result; it is counted, and told once a minute", async () => {
    const bench = new SchedulerHarness();
    bench.outcome = "own-fault";
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(59_000);
    expect(bench.results).toEqual([]);
    expect(bench.ownFaults).toEqual([["EMFILE", 1]]);
    await bench.clock.advance(3_000);
    expect(bench.ownFaults).toHaveLength(2);
    expect(bench.ownFaults[1]?.[1]).toBeGreaterThan(50);
    expect(new Set(bench.measured)).toEqual(new Set(["own-fault"]));
  });

  test("a prober that breaks its promise is a fault of our own, and the schedule goes on", async () => {
    const bench = new SchedulerHarness();
    bench.outcome = "rejects";
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(3_300);
    expect(bench.ownFaults).toEqual([["a mistake of ours", 1]]);
    expect(bench.sent.length).toBeGreaterThanOrEqual(3);
  });
});

describe("the end", () => {
  test("a forgotten target is asked no more, and the probe that is out gives no result", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 500;
    bench.scheduler.ensure(makeTarget(), "normal");
    while (bench.inFlight === 0) await bench.clock.advance(10);
    bench.scheduler.forget("target");
    await bench.clock.advance(10_000);
    expect(bench.inFlight).toBe(0);
    expect(bench.sent).toHaveLength(1);
    expect(bench.results).toEqual([]);
  });

  test("a target may be forgotten while its result is told, and taken up again with a new history", async () => {
    const bench = new SchedulerHarness();
    bench.onResult = ({ target }) => {
      bench.scheduler.forget(target);
      if (bench.results.length === 1) bench.scheduler.ensure(makeTarget(), "normal");
    };
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(10_000);
    expect(bench.results.map(({ seq }) => seq)).toEqual([1, 1]);
  });

  test("targets that waited for their turn and were forgotten are not asked", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 1_000;
    for (let i = 0; i < 100; i += 1) bench.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1" }), "normal");
    await bench.clock.advance(500);
    const asked = bench.sent.length;
    for (let i = 0; i < 100; i += 1) bench.scheduler.forget(`t${i}`);
    await bench.clock.advance(10_000);
    expect(asked).toBeLessThan(100);
    expect(bench.sent).toHaveLength(asked);
  });

  test("stop cancels what is out, tells nothing more, and leaves no timer", async () => {
    const bench = new SchedulerHarness();
    bench.responseMs = 60_000;
    for (let i = 0; i < 20; i += 1) bench.scheduler.ensure(makeTarget({ key: `t${i}` }), "normal");
    await bench.clock.advance(500);
    expect(bench.inFlight).toBe(20);
    await bench.scheduler.stop();
    expect(bench.inFlight).toBe(0);
    expect(bench.results).toEqual([]);
    expect(bench.clock.pending).toBe(0);
    bench.scheduler.ensure(makeTarget(), "normal");
    expect(bench.clock.pending).toBe(0);
  });

  test("stop may be called from a result", async () => {
    const bench = new SchedulerHarness();
    let stopping = Promise.resolve();
    bench.onResult = () => {
      stopping = bench.scheduler.stop();
    };
    bench.scheduler.ensure(makeTarget(), "normal");
    await bench.clock.advance(5_000);
    await stopping;
    expect(bench.results).toHaveLength(1);
    expect(bench.clock.pending).toBe(0);
  });
});
