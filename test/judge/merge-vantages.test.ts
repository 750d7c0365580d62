import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { VantageProbe, VantageWord } from "../../server/contract/vantage-word.ts";
import { mergeVantages } from "../../server/judge/merge-vantages.ts";

/** 10:02 UTC. */
const T0 = Date.UTC(2026, 10, 22, 10, 2);
const MINUTE = 60_000;
const SILENT_AFTER_MS = BOUNDS.vantageHeardHeartbeats * BOUNDS.storeHeartbeatEveryMs;

const PASSES: VantageProbe = {
  outcome: "passed",
  kind: "answered",
  stage: "answer",
  url: "https://10.0.0.11:6443/readyz",
  httpStatus: 200,
  fault: null,
  failing: [],
  ageMs: 300,
  everyMs: 1_000,
};
const ETCD: VantageProbe = {
  ...PASSES,
  outcome: "failed",
  httpStatus: 500,
  fault: "probe-answered-unhealthy",
  failing: ["etcd"],
};
const REFUSED: VantageProbe = {
  ...PASSES,
  outcome: "failed",
  kind: "refused",
  stage: "connect",
  httpStatus: null,
  fault: "probe-refused",
};
const TLS_TIMEOUT: VantageProbe = { ...REFUSED, kind: "timed-out", stage: "tls", fault: "probe-timed-out" };

/** A vantage that agrees with HAProxy's UP. */
function agrees(vantage: string, more: Partial<VantageWord> = {}): VantageWord {
  return {
    vantage,
    isHome: false,
    heardAt: T0,
    isPaused: false,
    instance: "lb-1",
    address: { network: "default", host: "10.0.0.11", port: 6443 },
    verdict: "agree-up",
    phase: null,
    reason: null,
    sentence: "HAProxy says UP (L4OK); /readyz answers 200",
    since: T0 - 3_600_000,
    saidAt: T0 - 3_600_000,
    haproxyStatus: "UP",
    checkStatus: "L4OK",
    traffic: null,
    probe: PASSES,
    ...more,
  };
}

/** A vantage with a confirmed false-up. */
function fails(vantage: string, probe = ETCD, more: Partial<VantageWord> = {}): VantageWord {
  return agrees(vantage, {
    verdict: "false-up",
    phase: "confirmed",
    reason: probe.fault,
    sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
    since: T0 - 20_000,
    saidAt: T0 - 18_000,
    probe,
    ...more,
  });
}

/** A vantage that cannot connect and takes its own path for the cause. */
function suspects(vantage: string, more: Partial<VantageWord> = {}): VantageWord {
  return fails(vantage, REFUSED, {
    verdict: "unknown",
    phase: null,
    reason: "path-differs",
    sentence: "HAProxy says UP (L4OK); it refuses our connection. HAProxy connects and we do not",
    ...more,
  });
}

const HOME = { isHome: true };
const SILENT = { heardAt: T0 - SILENT_AFTER_MS - 1 };

function merge(words: readonly VantageWord[], now = T0) {
  const merged = mergeVantages(words, now);
  if (merged === null) throw new Error("no verdict");
  const { verdict, phase, reason } = merged;
  return { ...merged, says: [verdict, phase, reason].filter((word) => word !== null).join(" ") };
}

describe("who fails", () => {
  test("all: false-up, seen from 2 vantages", () => {
    const merged = merge([fails("host-a"), fails("host-b")]);
    expect(merged.says).toBe("false-up confirmed probe-answered-unhealthy");
    expect(merged.sentence).toBe("HAProxy says UP (L4OK); /readyz answers 500: etcd failed, seen from 2 vantages");
    expect(merged.speaking).toEqual(["host-a", "host-b"]);
    expect(merged.difference).toBeNull();
  });

  test("some, at the answer: false-up, with what each of them gets, whichever is beside HAProxy", () => {
    for (const words of [
      [fails("host-a"), agrees("host-b")],
      [fails("host-a"), agrees("host-b", HOME)],
    ]) {
      const merged = merge(words);
      expect(merged.says).toBe("false-up confirmed probe-answered-unhealthy");
      expect(merged.sentence).toBe("HAProxy lb-1 says UP (L4OK); /readyz answers host-a 500: etcd failed, host-b 200");
      expect(merged.difference).toEqual({ kind: "answers", failing: ["host-a"], passing: ["host-b"] });
      expect(merged.speaking).toEqual(["host-a"]);
    }
  });

  test("some, at connect or TLS, among them the one beside HAProxy: false-up by its own clocks", () => {
    for (const phase of ["suspected", "settling", "confirmed"] as const) {
      const merged = merge([fails("host-a", REFUSED, { ...HOME, phase }), agrees("host-b")]);
      expect(merged.says).toBe(`false-up ${phase} probe-refused`);
      expect(merged.sentence).toBe("host-a, beside lb-1, is refused; host-b gets 200");
    }
  });

  test("some, at connect or TLS, and the one beside HAProxy passes: agree-up, and it is the path of the others", () => {
    for (const word of [fails("host-b", REFUSED), suspects("host-b")]) {
      const merged = merge([agrees("host-a", HOME), word]);
      expect(merged.says).toBe("agree-up");
      expect(merged.sentence).toBe("host-a, beside lb-1, gets 200; host-b is refused: look at the path of host-b");
      expect(merged.difference).toEqual({ kind: "path", failing: ["host-b"], passing: ["host-a"] });
      expect(merged.speaking).toEqual([]);
    }
    const tls = merge([agrees("host-a", HOME), fails("host-b", TLS_TIMEOUT)]);
    expect(tls.sentence).toBe(
      "host-a, beside lb-1, gets 200; host-b gets no TLS handshake in time: look at the path of host-b",
    );
  });

  test("the same with none beside HAProxy: unknown, path-differs, with both lines", () => {
    const merged = merge([fails("host-a", REFUSED), agrees("host-b")]);
    expect(merged.says).toBe("unknown path-differs");
    expect(merged.sentence).toBe("HAProxy lb-1 says UP (L4OK); host-a is refused; host-b gets 200");
    expect(merged.speaking).toEqual([]);
  });

  test("the same where HAProxy's clients do not get through either: false-up", () => {
    const merged = merge([fails("host-a", REFUSED, { traffic: "fails" }), agrees("host-b")]);
    expect(merged.says).toBe("false-up confirmed probe-refused");
    expect(merged.sentence).toBe("HAProxy lb-1 says UP (L4OK); host-a is refused; host-b gets 200");
  });

  test("one silent: the other's word", () => {
    const merged = merge(
      [agrees("host-a", { heardAt: T0 }), fails("host-b", ETCD, { heardAt: T0 + MINUTE })],
      T0 + MINUTE,
    );
    expect(merged.says).toBe("false-up confirmed probe-answered-unhealthy");
    expect(merged.sentence).toBe(
      "HAProxy says UP (L4OK); /readyz answers 500: etcd failed; only host-b reports; host-a silent since 10:02",
    );
  });

  test("one blind: the other's word", () => {
    const blind = suspects("host-a", { reason: "prober-blind" });
    const merged = merge([blind, agrees("host-b")]);
    expect(merged.says).toBe("agree-up");
    expect(merged.sentence).toBe("HAProxy says UP (L4OK); /readyz answers 200; only host-b reports; host-a blind");
  });
});

describe("a word counts", () => {
  const other = fails("host-b");
  const countedOf = (more: Partial<VantageWord>, now = T0) => merge([agrees("host-a", more), other], now).counted;

  test("for three heartbeats after its vantage was heard", () => {
    expect(countedOf({ heardAt: T0 - SILENT_AFTER_MS })).toEqual(["host-a", "host-b"]);
    expect(countedOf({ heardAt: T0 - SILENT_AFTER_MS - 1 })).toEqual(["host-b"]);
  });

  test("with a fresh view", () => {
    expect(countedOf({ verdict: "unknown", reason: "haproxy-stale" })).toEqual(["host-b"]);
  });

  test("of a vantage that is neither blind nor paused", () => {
    expect(countedOf({ verdict: "unknown", reason: "prober-blind" })).toEqual(["host-b"]);
    expect(countedOf({ isPaused: true })).toEqual(["host-b"]);
  });

  test("with a probe that is at most 5 s old, or two intervals", () => {
    const aged = (ageMs: number, everyMs: number) => countedOf({ probe: { ...PASSES, ageMs, everyMs } });
    expect(aged(5_000, 1_000)).toEqual(["host-a", "host-b"]);
    expect(aged(5_001, 1_000)).toEqual(["host-b"]);
    expect(aged(20_000, 10_000)).toEqual(["host-a", "host-b"]);
    expect(aged(20_001, 10_000)).toEqual(["host-b"]);
  });

  test("about the address that HAProxy has now", () => {
    const moved = { network: "default", host: "10.0.0.12", port: 6443 };
    expect(countedOf({ address: moved })).toEqual(["host-b"]);
    expect(countedOf({ address: moved, saidAt: T0 - 1 })).toEqual(["host-a"]);
  });
});

describe("beside the table", () => {
  test("two that alone suspect their own path confirm each other", () => {
    const merged = merge([suspects("host-a"), suspects("host-b")]);
    expect(merged.says).toBe("false-up confirmed probe-refused");
    expect(merged.speaking).toEqual(["host-a", "host-b"]);
    expect(merge([suspects("host-a"), fails("host-b", REFUSED, { phase: "settling" })]).phase).toBe("settling");
  });

  test("but not where HAProxy's clients get through", () => {
    expect(merge([suspects("host-a", { traffic: "works" }), suspects("host-b")]).says).toBe("unknown path-differs");
  });

  test("a pass from before a failure to connect does not contradict it, and leaves it unconfirmed", () => {
    const failing = fails("host-a", REFUSED, { since: T0 - 2_000 });
    const merged = merge([failing, agrees("host-b", { heardAt: T0 - 3_000 })]);
    expect(merged.says).toBe("false-up settling probe-refused");
    expect(merge([failing, agrees("host-b", { heardAt: T0 - 1_000 })]).says).toBe("unknown path-differs");
  });

  test("what was taken out of service is, as soon as one has seen it", () => {
    const drained = agrees("host-b", {
      verdict: "out-of-service",
      reason: "drain",
      haproxyStatus: "DRAIN",
      saidAt: T0 - 10,
    });
    expect(merge([fails("host-a"), drained]).says).toBe("out-of-service drain");
  });

  test("a vantage whose probe says nothing of the server contradicts none", () => {
    const denied = agrees("host-b", {
      verdict: "unknown",
      reason: "probe-denied",
      probe: { ...PASSES, outcome: "denied", httpStatus: 401, fault: "probe-denied" },
    });
    expect(merge([fails("host-a"), denied]).says).toBe("false-up confirmed probe-answered-unhealthy");
    expect(merge([agrees("host-a"), denied]).says).toBe("agree-up");
  });

  test("where HAProxy has it DOWN, a failure at the answer says that it is right, and so does one beside HAProxy", () => {
    const down = { haproxyStatus: "DOWN", checkStatus: "L7STS" };
    const recovers = agrees("host-b", { ...down, verdict: "false-down", phase: "confirmed", reason: "haproxy-denied" });
    const sick = agrees("host-a", { ...down, verdict: "agree-down", reason: "probe-answered-unhealthy", probe: ETCD });
    expect(merge([sick, recovers]).says).toBe("agree-down probe-answered-unhealthy");
    expect(merge([sick, recovers]).speaking).toEqual([]);
    const cut = { ...sick, probe: REFUSED, reason: "probe-refused" } as const;
    expect(merge([{ ...cut, isHome: true }, recovers]).says).toBe("agree-down probe-refused");
    expect(merge([cut, { ...recovers, isHome: true }]).says).toBe("false-down confirmed haproxy-denied");
    expect(merge([cut, recovers]).says).toBe("unknown path-differs");
    expect(merge([recovers, { ...recovers, vantage: "host-c" }]).sentence).toMatch(/, seen from 2 vantages$/);
  });

  test("no vantage is heard: nothing is known", () => {
    const merged = merge([fails("host-a", ETCD, SILENT)]);
    expect(merged.says).toBe("unknown vantage-silent");
    expect(merged.sentence).toBe("No vantage reports; host-a silent since 10:01");
    expect(merged.counted).toEqual([]);
  });

  test("different paths are told one by one", () => {
    const words = [fails("host-a"), agrees("host-b", { probe: { ...PASSES, url: "https://10.0.0.11:6443/livez" } })];
    expect(merge(words).sentence).toBe("HAProxy lb-1 says UP (L4OK); host-a gets 500: etcd failed; host-b gets 200");
  });

  test("a sentence names a few vantages of many", () => {
    const words = Array.from({ length: 10 }, (_, i) => (i === 0 ? fails("host-0") : agrees(`host-${i}`)));
    expect(merge(words).sentence).toBe(
      "HAProxy lb-1 says UP (L4OK); /readyz answers host-0 500: etcd failed, host-1 200, host-2 200, host-3 200 and 6 more",
    );
  });
});

const wordOf = fc
  .record({
    base: fc.constantFrom<(vantage: string) => VantageWord>(agrees, fails, suspects, (name) => fails(name, REFUSED)),
    phase: fc.constantFrom("suspected", "settling", "confirmed" as const),
    isHome: fc.boolean(),
    heardAgoMs: fc.integer({ min: 0, max: 2 * SILENT_AFTER_MS }),
    ageMs: fc.integer({ min: 0, max: 8_000 }),
    saidAgoMs: fc.integer({ min: 0, max: 100_000 }),
    isPaused: fc.boolean(),
    isStale: fc.boolean(),
    port: fc.constantFrom(6443, 6443, 6443, 6444),
    traffic: fc.constantFrom(null, "fails", "works" as const),
  })
  .map(({ base, phase, heardAgoMs, ageMs, saidAgoMs, isStale, port, ...more }) => (vantage: string): VantageWord => {
    const word = base(vantage);
    return {
      ...word,
      ...more,
      ...(isStale ? { verdict: "unknown", phase: null, reason: "haproxy-stale" } : {}),
      ...(word.phase === null || isStale ? {} : { phase }),
      heardAt: T0 - heardAgoMs,
      saidAt: T0 - saidAgoMs,
      address: { network: "default", host: "10.0.0.11", port },
      probe: { ...word.probe, ageMs },
    };
  });
const someWords = fc
  .array(wordOf, { minLength: 1, maxLength: 6 })
  .map((makers) => makers.map((make, i) => make(`host-${i}`)));
const RUN_OPTIONS = { seed: 20_261_127, numRuns: 2_000 };

describe("whatever the vantages say", () => {
  test("their order does not matter", () => {
    fc.assert(
      fc.property(someWords, fc.infiniteStream(fc.nat()), (words, order) => {
        const shuffled = words
          .map((word) => ({ word, place: order.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ word }) => word);
        expect(mergeVantages(shuffled, T0)).toEqual(mergeVantages(words, T0));
      }),
      RUN_OPTIONS,
    );
  });

  test("a silent vantage never changes the verdict of the others, and alone makes none", () => {
    fc.assert(
      fc.property(someWords, wordOf, (words, make) => {
        const before = merge(words);
        const silent = { ...make("host-silent"), ...SILENT };
        const after = merge([...words, silent]);
        if (before.reason !== "vantage-silent") expect(after.says).toBe(before.says);
        expect(after.speaking).not.toContain("host-silent");
        expect(merge([silent]).says).toBe("unknown vantage-silent");
      }),
      RUN_OPTIONS,
    );
  });

  test("one vantage alone keeps its own verdict and sentence", () => {
    fc.assert(
      fc.property(wordOf, (make) => {
        const word = { ...make("host-a"), heardAt: T0 };
        const { verdict, phase, reason, sentence, since } = merge([word]);
        expect({ verdict, phase, reason, sentence, since }).toEqual({
          verdict: word.verdict,
          phase: word.phase,
          reason: word.reason,
          sentence: word.sentence,
          since: word.since,
        });
      }),
      RUN_OPTIONS,
    );
  });

  test("a mismatch is confirmed only where a vantage that may speak has made up its mind, and says so", () => {
    fc.assert(
      fc.property(someWords, (words) => {
        const merged = merge(words);
        if (merged.phase !== "confirmed" || merged.counted.length === 0) return;
        const speaking = words.filter(({ vantage }) => merged.speaking.includes(vantage));
        expect(speaking.length).toBeGreaterThan(0);
        expect(speaking.every(({ vantage }) => merged.counted.includes(vantage))).toBe(true);
        expect(speaking.some(({ phase, reason }) => phase === "confirmed" || reason === "path-differs")).toBe(true);
      }),
      RUN_OPTIONS,
    );
  });

  test("where the vantage beside HAProxy passes, a failure before the answer never makes a mismatch", () => {
    fc.assert(
      fc.property(someWords, (words) => {
        const reaching = words.map((word) =>
          word.probe.stage === "answer"
            ? { ...agrees(word.vantage), heardAt: word.heardAt }
            : { ...word, isHome: false },
        );
        const home = agrees("home", { ...HOME, saidAt: T0 });
        expect(merge([...reaching, home]).phase).toBeNull();
      }),
      RUN_OPTIONS,
    );
  });
});
