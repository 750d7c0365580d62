import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { Target } from "../../server/contract/target.ts";
import { CostlyTargets } from "../../server/probe/costly-targets.ts";
import type { WithheldReason } from "../../server/probe/credentials.ts";
import type { Deadline } from "../../server/probe/deadline.ts";
import type { ProbeCompletion, RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createScheduler, type Scheduler } from "../../server/probe/scheduler.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { makeTarget } from "./make-target.ts";

type ScriptedOutcome = Partial<RawProbeResult> | "own-fault" | "rejects";

/** A scheduler on a fake clock, with a scripted probe. */
class SchedulerHarness {
  readonly clock = new FakeClock();
  readonly sent: { key: string; at: number }[] = [];
  readonly results: ProbeResult[] = [];
  readonly measured: string[] = [];
  readonly ownFaults: [detail: string, count: number][] = [];
  readonly scheduler: Scheduler;
  readonly costly = new CostlyTargets(this.clock);
  outcome: ScriptedOutcome = {};
  withheld: WithheldReason | null = null;
  isWasteful = false;
  readonly withheldReports: [targetKey: string, why: string | null][] = [];
  /** Milliseconds until a response. */
  responseMs = 0;
  /** Targets whose probes time out. */
  hangs: (key: string) => boolean = () => false;
  /** Milliseconds that sending takes. */
  sendMs = 0;
  inFlight = 0;
  maxInFlight = 0;
  onResult = (_result: ProbeResult): void => {};

  constructor(random: () => number = () => 0.5) {
    this.scheduler = createScheduler({
      clock: this.clock,
      vantage: "here",
      random,
      costly: this.costly,
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

  /** Times at which the target was probed. */
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
    this.clock.spend(this.sendMs);
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
    if (this.hangs(target.key)) return { kind: "result", result: { ...TIMED_OUT, sentAt, endedAt: this.clock.now() } };
    const result = { ...PASSED, sentAt, endedAt: this.clock.now(), ...this.outcome };
    return {
      kind: "result",
      result,
      ...(this.withheld === null ? {} : { withheld: this.withheld }),
      ...(this.isWasteful ? { isWasteful: true } : {}),
    };
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
  test("a costly target is asked in three times its interval, with no early probe and none beside another", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.onResult = ({ target }) => harness.scheduler.probeSoon(target);
    harness.costly.add("target");
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(5_000);
    const before = harness.sent.length;
    expect(before).toBeLessThanOrEqual(3);
    await harness.clock.advance(60_000);
    expect(harness.sent.length - before).toBe(20);
    expect(harness.results.every(({ fault }) => fault === FAILED.fault)).toBe(true);
    harness.responseMs = 5_000;
    await harness.clock.advance(60_000);
    expect(harness.maxInFlight).toBe(1);
  });

  test("a target whose probes are wasteful again and again is costly, and its results give the reason", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.isWasteful = true;
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(4_500);
    expect(harness.results.slice(0, BOUNDS.probeWastefulMax - 1).map(({ detail }) => detail)).toEqual(["", "", "", ""]);
    const detail = "probed every 3 s, because its responses cost far more than others";
    expect(harness.results.at(-1)).toMatchObject({ detail, everyMs: 3_000 });
    // Those that stay so are probed less and less.
    await harness.clock.advance(120_000);
    expect(harness.results.at(-1)).toMatchObject({ everyMs: BOUNDS.probeCostlyEveryMaxMs });
    const before = harness.sent.length;
    await harness.clock.advance(300_000);
    expect(harness.sent.length - before).toBe(10);
    // Its responses are as those of others again.
    harness.isWasteful = false;
    harness.outcome = {};
    await harness.clock.advance(BOUNDS.probeCostlyForMs + 2 * BOUNDS.probeCostlyEveryMaxMs);
    expect(harness.results.at(-1)?.detail).toBe("");
    expect(harness.gaps().at(-1)).toBe(1_000);
  });

  test("a target whose result changes with each probe has few early ones", async () => {
    const harness = new SchedulerHarness();
    harness.onResult = ({ target, outcome }) => {
      harness.outcome = outcome === "passed" ? FAILED : {};
      harness.scheduler.probeSoon(target);
    };
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(15_000);
    expect(harness.sent.length).toBeLessThanOrEqual(15 + BOUNDS.probeFastBurst + 15 / BOUNDS.probeFastRefillIntervals);
    // Its result has changed so often by now that it gets no further ones.
    await harness.clock.advance(45_000);
    const before = harness.sent.length;
    await harness.clock.advance(60_000);
    expect(harness.sent.length - before).toBe(20);
  });

  test.each<[string, (harness: SchedulerHarness) => void]>([
    [
      "changes with each probe",
      (harness) => (harness.onResult = ({ outcome }) => (harness.outcome = outcome === "passed" ? FAILED : {})),
    ],
    ["is no HTTP", (harness) => (harness.outcome = { ...FAILED, kind: "protocol-error" })],
  ])("a target whose result %s is probed less often until it stays", async (_what, begin) => {
    const harness = new SchedulerHarness();
    begin(harness);
    harness.scheduler.ensure(makeTarget({ everyMs: 1_000 }), "normal");
    await harness.clock.advance(10_000);
    expect(harness.gaps().at(-1)).toBe(1_000);
    await harness.clock.advance(40_000);
    expect(harness.gaps().at(-1)).toBe(3_000);
    expect(harness.results.at(-1)).toMatchObject({ everyMs: 3_000, detail: "" });
    harness.onResult = () => {};
    harness.outcome = {};
    await harness.clock.advance(20_000);
    expect(harness.gaps().at(-1)).toBe(1_000);
    expect(harness.results.at(-1)?.everyMs).toBeUndefined();
  });

  test.each([
    [200, 400],
    [1_000, 2_000],
    [2_000, 2_000],
    [5_000, 5_000],
  ])("a target that failed for long is probed less often until it passes, every %i ms", async (everyMs, failingMs) => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.scheduler.ensure(makeTarget({ everyMs }), "normal");
    await harness.clock.advance((BOUNDS.probeFailingMax - 2) * everyMs);
    expect(harness.gaps().at(-1)).toBe(everyMs);
    await harness.clock.advance(10 * everyMs);
    expect(harness.gaps().at(-1)).toBe(failingMs);
    harness.outcome = {};
    await harness.clock.advance(10 * everyMs);
    expect(harness.gaps().at(-1)).toBe(everyMs);
  });

  test("a target that flaps slower than it is probed keeps its interval", async () => {
    for (const run of [2, 3, 10]) {
      const harness = new SchedulerHarness();
      harness.outcome = FAILED;
      let results = 0;
      harness.onResult = () => {
        results += 1;
        if (results % run === 0) harness.outcome = harness.outcome === FAILED ? {} : FAILED;
      };
      harness.scheduler.ensure(makeTarget({ everyMs: 1_000 }), "normal");
      await harness.clock.advance(300_000);
      expect(Math.max(...harness.gaps())).toBe(1_000);
    }
  });

  test.each([
    [200, 600],
    [2_000, 3_000],
    [5_000, 5_000],
  ])("a target whose result is no HTTP, at an interval of %i ms, is probed every %i ms", async (everyMs, erraticMs) => {
    const harness = new SchedulerHarness();
    harness.outcome = { ...FAILED, kind: "protocol-error" };
    harness.scheduler.ensure(makeTarget({ everyMs }), "normal");
    await harness.clock.advance(60 * everyMs);
    expect(harness.gaps().at(-1)).toBe(erraticMs);
  });

  test("a target whose probes are wasteful now and then is not costly", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.onResult = ({ seq }) => (harness.isWasteful = seq % 5 === 0);
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(120_000);
    expect(harness.costly.has("target")).toBe(false);
  });

  test("a target that times out again and again has no early probe, and none beside another, whatever its verdict", async () => {
    const harness = new SchedulerHarness();
    harness.hangs = () => true;
    harness.onResult = ({ target }) => harness.scheduler.probeSoon(target);
    harness.scheduler.ensure(makeTarget({ timeoutMs: 2_000 }), "normal");
    await harness.clock.advance(5_000);
    expect(harness.maxInFlight).toBe(2);
    await harness.clock.advance(25_000);
    harness.maxInFlight = 0;
    await harness.clock.advance(60_000);
    expect(harness.maxInFlight).toBe(1);
  });

  test("a target is asked in every interval, however late a single answer is", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 300;
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(60_000);
    expect(harness.sent.length).toBeGreaterThanOrEqual(60);
    expect(new Set(harness.gaps().slice(1))).toEqual(new Set([1_000]));
  });

  test("what is due within ten milliseconds is sent together: a thousand targets a second are a hundred wake-ups", async () => {
    const harness = new SchedulerHarness();
    for (let i = 0; i < 1_000; i += 1)
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: `127.0.${i >> 8}.1` }), "normal");
    await harness.clock.advance(10_000);
    const last = harness.sent.filter(({ at }) => at >= 9_000);
    expect(last.length).toBeGreaterThanOrEqual(990);
    expect(new Set(last.map(({ at }) => at)).size).toBeLessThanOrEqual(1_000 / BOUNDS.probeCoalesceMs + 1);
  });

  test("targets that are due together are sent in several turns of the event loop", async () => {
    const harness = new SchedulerHarness();
    harness.sendMs = 1;
    const perTurn = [0];
    let isOver = false;
    const onTurn = (): void => {
      perTurn.push(harness.sent.length);
      if (!isOver) setImmediate(onTurn);
    };
    for (let index = 0; index < 100; index += 1) harness.scheduler.ensure(makeTarget({ key: `t-${index}` }), "normal");
    setImmediate(onTurn);
    await harness.clock.advance(1_000);
    isOver = true;
    expect(new Set(harness.sent.map(({ key }) => key)).size).toBe(100);
    expect(Math.max(...perTurn.map((sent, turn) => sent - (perTurn[turn - 1] ?? 0)))).toBeLessThanOrEqual(
      BOUNDS.sliceMs,
    );
    await harness.scheduler.stop();
  });

  test("jitter moves a probe by 5 % at most, and never adds up", async () => {
    let turn = 0;
    const harness = new SchedulerHarness(() => [0, 1, 0.5][turn++ % 3] ?? 0);
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(90_000);
    const gaps = harness.gaps().slice(1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_100);
    expect(new Set(gaps).size).toBeGreaterThan(1);
    expect(harness.sent.length).toBeGreaterThanOrEqual(90);
    expect(harness.sent.length).toBeLessThanOrEqual(91);
  });

  test("at a start everything is asked within 200 ms, each at its own moment", async () => {
    const harness = new SchedulerHarness();
    for (let i = 0; i < 100; i += 1) harness.scheduler.ensure(makeTarget({ key: `t${i}` }), "normal");
    await harness.clock.advance(BOUNDS.probeFirstAtStartWithinMs);
    expect(harness.sent).toHaveLength(100);
    expect(new Set(harness.sent.map(({ at }) => Math.floor(at / 20))).size).toBe(10);
  });

  test("targets that come later are spread over a second", async () => {
    const harness = new SchedulerHarness();
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(10_000);
    const from = harness.sent.length;
    for (let i = 0; i < 200; i += 1) harness.scheduler.ensure(makeTarget({ key: `t${i}`, everyMs: 5_000 }), "normal");
    await harness.clock.advance(300);
    expect(harness.sent.length - from).toBeLessThan(100);
    await harness.clock.advance(701);
    expect(new Set(harness.sent.map(({ key }) => key)).size).toBe(201);
  });

  test("out of service it is asked every 10 s, and back in service at its old pace at once", async () => {
    const harness = new SchedulerHarness();
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(5_000);
    harness.scheduler.ensure(makeTarget(), "out-of-service");
    await harness.clock.advance(16_000);
    const from = harness.sent.length;
    await harness.clock.advance(60_000);
    expect(harness.sent.length - from).toBe(6);
    expect(new Set(harness.gaps().slice(from))).toEqual(new Set([10_000]));
    harness.scheduler.ensure(makeTarget(), "normal");
    const before = harness.sent.length;
    await harness.clock.advance(1_000);
    expect(harness.sent.length - before).toBe(1);
  });

  test("ensuring a target with every poll changes nothing", async () => {
    const polled = new SchedulerHarness();
    const untouched = new SchedulerHarness();
    for (const harness of [polled, untouched]) harness.scheduler.ensure(makeTarget(), "normal");
    for (let i = 0; i < 50; i += 1) {
      polled.scheduler.ensure(makeTarget(), "normal");
      await polled.clock.advance(130);
    }
    await untouched.clock.advance(50 * 130);
    expect(polled.sent).toEqual(untouched.sent);
  });

  test("settings that differ with every poll do not put a probe off for ever", async () => {
    const harness = new SchedulerHarness();
    harness.scheduler.ensure(makeTarget(), "normal");
    for (let i = 0; i < 200; i += 1) {
      harness.scheduler.ensure(makeTarget({ everyMs: i % 2 ? 1_000 : 1_500 }), "normal");
      await harness.clock.advance(100);
    }
    expect(Math.max(...harness.gaps())).toBeLessThanOrEqual(1_500);
  });
});

describe("probeSoon", () => {
  test("lets the next probe follow 200 ms after the last one, at most five times in a row", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.onResult = (result) => harness.scheduler.probeSoon(result.target);
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(20_000);
    expect(harness.gaps().slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(Math.min(...harness.gaps().slice(5))).toBeGreaterThanOrEqual(500);
    expect(new Set(harness.gaps().slice(6))).toEqual(new Set([1_000]));
  });

  test("is granted anew once a result differs in outcome or fault", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.onResult = (result) => harness.scheduler.probeSoon(result.target);
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(10_000);
    const from = harness.sent.length;
    harness.outcome = { ...FAILED, fault: "probe-refused" };
    await harness.clock.advance(2_200);
    expect(
      harness
        .gaps()
        .slice(from)
        .filter((gap) => gap === 200),
    ).toHaveLength(5);
  });

  test("another status under the same fault is no other result", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.onResult = (result) => harness.scheduler.probeSoon(result.target);
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(10_000);
    const from = harness.sent.length;
    harness.outcome = { ...FAILED, httpStatus: 503 };
    await harness.clock.advance(3_000);
    expect(harness.sent.length - from).toBe(3);
  });

  test("requested while a probe is in flight counts from when that ended", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 150;
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(300);
    await harness.clock.advance(1_000);
    const before = harness.sent.length;
    await harness.clock.advance(0);
    while (harness.inFlight === 0) await harness.clock.advance(10);
    harness.scheduler.probeSoon("target");
    harness.scheduler.probeSoon("target");
    await harness.clock.advance(400);
    expect(harness.gaps().slice(before)).toEqual([350]);
  });

  test("of a target that is unknown, or was never asked, does nothing", async () => {
    const harness = new SchedulerHarness();
    harness.scheduler.probeSoon("never");
    harness.scheduler.ensure(makeTarget(), "normal");
    harness.scheduler.probeSoon("target");
    await harness.clock.advance(700);
    expect(harness.sent.length).toBeLessThanOrEqual(2);
  });
});

describe("a probe that is slow", () => {
  /** Times at which the target was probed, relative to the first. */
  const fromFirst = (harness: SchedulerHarness): number[] => {
    const [first = 0, ...later] = harness.sentAt();
    return [0, ...later.map((at) => Math.round(at - first))];
  };

  test("gets a second beside it after 0.8 of the interval, and never a third", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(4_900);
    expect(fromFirst(harness)).toEqual([0, 800]);
    await harness.clock.advance(60_000);
    expect(harness.maxInFlight).toBe(2);
  });

  test("of 0.8 of the interval or less has none", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 790;
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(60_000);
    expect(harness.maxInFlight).toBe(1);
  });

  test("does not keep the target from its turns once its second has ended", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    harness.scheduler.ensure(makeTarget(), "normal");
    while (harness.inFlight === 0) await harness.clock.advance(10);
    harness.responseMs = 10;
    await harness.clock.advance(4_000);
    // The first one is still out; the second and what followed were answered.
    expect(harness.inFlight).toBe(1);
    expect(harness.results.length).toBeGreaterThanOrEqual(4);
    expect(harness.maxInFlight).toBe(2);
  });

  test("is numbered by when it ends, not by when it was sent", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 1_500;
    harness.scheduler.ensure(makeTarget(), "normal");
    while (harness.inFlight === 0) await harness.clock.advance(10);
    harness.responseMs = 10;
    await harness.clock.advance(900);
    expect(harness.results.map(({ seq }) => seq)).toEqual([1]);
    await harness.clock.advance(700);
    const [first, ...later] = harness.results;
    const slow = later.find(({ sentAt }) => sentAt < (first?.sentAt ?? 0));
    expect(slow?.seq).toBeGreaterThan(1);
    expect(harness.results.map(({ seq }) => seq)).toEqual(harness.results.map((_, i) => i + 1));
    expect(harness.results.map(({ endedAt }) => endedAt)).toEqual(
      harness.results.map(({ endedAt }) => endedAt).toSorted((a, b) => a - b),
    );
  });

  test("of a target that is out of service has none, and its turns are skipped", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 25_000;
    harness.scheduler.ensure(makeTarget({ timeoutMs: 60_000 }), "out-of-service");
    await harness.clock.advance(120_000);
    expect(harness.maxInFlight).toBe(1);
  });

  test("has none where its address has no room for it", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    for (let i = 0; i < BOUNDS.probesPerAddress; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", port: i }), "normal");
    }
    await harness.clock.advance(3_000);
    expect(harness.maxInFlight).toBe(BOUNDS.probesPerAddress);
  });

  test("has none while hedging is suppressed, and has one again afterwards", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 2_500;
    harness.scheduler.ensure(makeTarget(), "normal");
    harness.scheduler.suppressHedging("target", true);
    harness.scheduler.suppressHedging("never", true);
    await harness.clock.advance(30_000);
    expect(harness.maxInFlight).toBe(1);
    expect(new Set(harness.gaps().slice(1))).toEqual(new Set([3_000]));
    harness.scheduler.suppressHedging("target", false);
    await harness.clock.advance(6_000);
    expect(harness.maxInFlight).toBe(2);
  });

  test("that is forgotten takes its second along", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    harness.scheduler.ensure(makeTarget(), "normal");
    while (harness.inFlight < 2) await harness.clock.advance(10);
    harness.scheduler.forget("target");
    await harness.clock.advance(10_000);
    expect([harness.inFlight, harness.results.length, harness.sent.length]).toEqual([0, 0, 2]);
  });
});

describe("suppressed hedging", () => {
  test("nothing comes sooner than its turn, asked for before or after", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = FAILED;
    harness.onResult = (result) => {
      harness.scheduler.probeSoon(result.target);
      harness.scheduler.suppressHedging(result.target, true);
      harness.scheduler.probeSoon(result.target);
    };
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(10_000);
    expect(new Set(harness.gaps().slice(1))).toEqual(new Set([1_000]));
  });
});

describe("credentials that are withheld", () => {
  test("are reported when that begins, when the reason changes, and when it ends", async () => {
    const harness = new SchedulerHarness();
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(3_000);
    harness.withheld = "peer-not-verified";
    await harness.clock.advance(3_000);
    harness.withheld = "unreadable";
    await harness.clock.advance(3_000);
    harness.withheld = null;
    await harness.clock.advance(3_000);
    expect(harness.withheldReports).toEqual([
      ["target", "peer-not-verified"],
      ["target", "unreadable"],
      ["target", null],
    ]);
  });
});

describe("limits", () => {
  test("at most 256 probes are in flight, and every target has a turn", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 100;
    for (let i = 0; i < 1_000; i += 1) {
      harness.scheduler.ensure(
        makeTarget({ key: `t${i}`, host: `10.0.${i >> 8}.${i & 255}`, everyMs: 60_000 }),
        "normal",
      );
    }
    await harness.clock.advance(1_000);
    expect(harness.maxInFlight).toBe(BOUNDS.probesInFlight);
    expect(new Set(harness.sent.map(({ key }) => key)).size).toBe(1_000);
  });

  test("few probes are sent in one turn of the event loop, in which their answers would come as well", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 100;
    const perTurn = [0];
    let isOver = false;
    const onTurn = (): void => {
      perTurn.push(harness.sent.length);
      if (!isOver) setImmediate(onTurn);
    };
    for (let i = 0; i < 2_000; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: `127.0.${i >> 8}.1`, everyMs: 60_000 }), "normal");
    }
    setImmediate(onTurn);
    await harness.clock.advance(2_000);
    isOver = true;
    expect(harness.maxInFlight).toBe(BOUNDS.probesInFlight);
    expect(new Set(harness.sent.map(({ key }) => key)).size).toBe(2_000);
    expect(Math.max(...perTurn.map((sent, turn) => sent - (perTurn[turn - 1] ?? 0)))).toBeLessThanOrEqual(
      BOUNDS.probesPerTurn,
    );
    await harness.scheduler.stop();
  });

  test("one address outside loopback has 20 out at once", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    for (let i = 0; i < 40; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", port: i, everyMs: 60_000 }), "normal");
    }
    await harness.clock.advance(4_000);
    expect(harness.inFlight).toBe(BOUNDS.probesPerAddress);
  });

  test("one address outside loopback is asked at most 50 times in any second", async () => {
    const harness = new SchedulerHarness();
    for (let i = 0; i < 150; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", port: i, everyMs: 60_000 }), "normal");
    }
    await harness.clock.advance(10_000);
    const at = harness.sent.map((one) => one.at);
    expect(at).toHaveLength(150);
    const most = Math.max(...at.map((from) => at.filter((moment) => moment >= from && moment < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(BOUNDS.probesPerAddressPerSecond);
    expect(most).toBeGreaterThan(40);
  });

  test.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("%s is not limited but by the whole", async (host) => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    for (let i = 0; i < 300; i += 1)
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host, everyMs: 60_000 }), "normal");
    await harness.clock.advance(300);
    expect(harness.inFlight).toBe(BOUNDS.probesInFlight);
  });

  test("nor is a UNIX socket, which is on this machine", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 5_000;
    for (let i = 0; i < 100; i += 1) {
      const place = { host: "", port: 0, socketPath: "/run/app.sock" };
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, everyMs: 60_000, ...place }), "normal");
    }
    await harness.clock.advance(300);
    expect(harness.inFlight).toBe(100);
  });

  test("half a fleet that hangs takes half of the places: after its first timeouts the others are asked in time", async () => {
    const harness = new SchedulerHarness();
    const timeoutMs = 5_000;
    harness.responseMs = 10;
    harness.hangs = (key) => key.startsWith("dead");
    for (let i = 0; i < 1_000; i += 1) {
      const key = `${i % 2 === 0 ? "dead" : "well"}-${i}`;
      harness.scheduler.ensure(makeTarget({ key, host: `10.0.${i >> 8}.${i & 255}`, timeoutMs }), "normal");
    }
    await harness.clock.advance(3 * timeoutMs);
    harness.sent.length = 0;
    await harness.clock.advance(60_000);
    const turns = (kind: string): number => harness.sent.filter(({ key }) => key.startsWith(kind)).length;
    expect(turns("well")).toBeGreaterThanOrEqual(500 * 59);
    // They are looked at all the time as well, as many as fit.
    expect(turns("dead")).toBeGreaterThan((BOUNDS.probesInFlightHung * 60_000) / timeoutMs / 2);
    expect(harness.maxInFlight).toBeLessThanOrEqual(BOUNDS.probesInFlight);
    harness.hangs = () => false;
    await harness.clock.advance(3 * timeoutMs);
    harness.sent.length = 0;
    await harness.clock.advance(10_000);
    expect(turns("dead")).toBeGreaterThanOrEqual(500 * 9);
  });

  test("a crowded address does not delay another one", async () => {
    const harness = new SchedulerHarness();
    for (let i = 0; i < 500; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", everyMs: 1_000 }), "normal");
    }
    harness.scheduler.ensure(makeTarget({ key: "alone", host: "10.0.0.2" }), "normal");
    await harness.clock.advance(20_000);
    expect(Math.max(...harness.gaps("alone").slice(1))).toBeLessThanOrEqual(1_000 + BOUNDS.probeCoalesceMs);
  });

  test("at a crowded address targets take turns", async () => {
    const harness = new SchedulerHarness();
    for (let i = 0; i < 200; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1", everyMs: 1_000 }), "normal");
    }
    await harness.clock.advance(40_000);
    const counts = Array.from({ length: 200 }, (_, i) => harness.sentAt(`t${i}`).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  });
});

describe("a probe", () => {
  test.each([
    ["which does not answer", (i: number) => `10.0.${i >> 8}.${i & 255}`, () => true],
    ["which 50 probes a second may go to", () => "10.0.0.1", () => false],
  ])("that waits for its own address is not late, %s", async (_, hostOf, hangs) => {
    const harness = new SchedulerHarness();
    harness.hangs = hangs;
    for (let i = 0; i < 1_500; i += 1) {
      harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: hostOf(i), timeoutMs: 5_000 }), "normal");
    }
    // The first timeouts say which addresses do not answer.
    await harness.clock.advance(60_000);
    const waits = Math.max(...Array.from({ length: 1_500 }, (_unused, i) => Math.max(...harness.gaps(`t${i}`))));
    expect(waits).toBeGreaterThan(BOUNDS.lateAfterMs);
    expect(harness.scheduler.lateProbes()).toEqual({ targets: 0, lateMs: 0 });
    await harness.scheduler.stop();
  });

  test("that does not end is late 15 s after its timeout, and so is one that waits for its place", async () => {
    const clock = new FakeClock();
    const scheduler = createScheduler({
      clock,
      vantage: "here",
      random: () => 0.5,
      probe: () => new Promise(() => {}),
    });
    const add = (i: number): void =>
      scheduler.ensure(
        makeTarget({ key: `t${i}`, host: `10.1.${i >> 8}.${i & 255}`, timeoutMs: 5_000 }),
        "out-of-service",
      );
    for (let i = 0; i < BOUNDS.probesInFlight; i += 1) add(i);
    await clock.advance(BOUNDS.probeFirstAtStartWithinMs);
    add(BOUNDS.probesInFlight);
    await clock.advance(BOUNDS.probeFirstWithinMs + BOUNDS.lateAfterMs);
    expect(scheduler.lateProbes().targets).toBe(1);
    await clock.advance(5_000);
    expect(scheduler.lateProbes()).toMatchObject({ targets: BOUNDS.probesInFlight + 1 });
  });
});

describe("results", () => {
  test("carry the vantage, the target and a number that grows by one for each target", async () => {
    const harness = new SchedulerHarness();
    harness.scheduler.ensure(makeTarget({ key: "a" }), "normal");
    harness.scheduler.ensure(makeTarget({ key: "b" }), "normal");
    await harness.clock.advance(3_300);
    for (const key of ["a", "b"]) {
      const seqs = harness.results.filter(({ target }) => target === key).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      expect(seqs.length).toBeGreaterThanOrEqual(3);
    }
    expect(new Set(harness.results.map(({ vantage }) => vantage))).toEqual(new Set(["here"]));
    expect(harness.measured).toEqual(harness.results.map(({ outcome }) => outcome));
  });

  test("an own fault is no result; it is counted, and reported once a minute", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = "own-fault";
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(59_000);
    expect(harness.results).toEqual([]);
    expect(harness.ownFaults).toEqual([["EMFILE", 1]]);
    await harness.clock.advance(3_000);
    expect(harness.ownFaults).toHaveLength(2);
    expect(harness.ownFaults[1]?.[1]).toBeGreaterThan(50);
    expect(new Set(harness.measured)).toEqual(new Set(["own-fault"]));
  });

  test("a probe that rejects is an own fault, and the schedule goes on", async () => {
    const harness = new SchedulerHarness();
    harness.outcome = "rejects";
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(3_300);
    expect(harness.ownFaults).toEqual([["a mistake of ours", 1]]);
    expect(harness.sent.length).toBeGreaterThanOrEqual(3);
  });
});

describe("the end", () => {
  test("a forgotten target is asked no more, and the probe that is out gives no result", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 500;
    harness.scheduler.ensure(makeTarget(), "normal");
    while (harness.inFlight === 0) await harness.clock.advance(10);
    harness.scheduler.forget("target");
    await harness.clock.advance(10_000);
    expect(harness.inFlight).toBe(0);
    expect(harness.sent).toHaveLength(1);
    expect(harness.results).toEqual([]);
  });

  test("a target may be forgotten in onResult, and added again with a new history", async () => {
    const harness = new SchedulerHarness();
    harness.onResult = ({ target }) => {
      harness.scheduler.forget(target);
      if (harness.results.length === 1) harness.scheduler.ensure(makeTarget(), "normal");
    };
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(10_000);
    expect(harness.results.map(({ seq }) => seq)).toEqual([1, 1]);
  });

  test("targets that waited for their turn and were forgotten are not asked", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 1_000;
    for (let i = 0; i < 100; i += 1) harness.scheduler.ensure(makeTarget({ key: `t${i}`, host: "10.0.0.1" }), "normal");
    await harness.clock.advance(500);
    const asked = harness.sent.length;
    for (let i = 0; i < 100; i += 1) harness.scheduler.forget(`t${i}`);
    await harness.clock.advance(10_000);
    expect(asked).toBeLessThan(100);
    expect(harness.sent).toHaveLength(asked);
  });

  test("stop cancels probes in flight, emits no result, and leaves no timer", async () => {
    const harness = new SchedulerHarness();
    harness.responseMs = 60_000;
    for (let i = 0; i < 20; i += 1) harness.scheduler.ensure(makeTarget({ key: `t${i}` }), "normal");
    await harness.clock.advance(500);
    expect(harness.inFlight).toBe(20);
    await harness.scheduler.stop();
    expect(harness.inFlight).toBe(0);
    expect(harness.results).toEqual([]);
    expect(harness.clock.pending).toBe(0);
    harness.scheduler.ensure(makeTarget(), "normal");
    expect(harness.clock.pending).toBe(0);
  });

  test("stop may be called from a result", async () => {
    const harness = new SchedulerHarness();
    let stopping = Promise.resolve();
    harness.onResult = () => {
      stopping = harness.scheduler.stop();
    };
    harness.scheduler.ensure(makeTarget(), "normal");
    await harness.clock.advance(5_000);
    await stopping;
    expect(harness.results).toHaveLength(1);
    expect(harness.clock.pending).toBe(0);
  });
});
