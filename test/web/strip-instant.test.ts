import { expect, test } from "vitest";
import { stripWords, type StripRun } from "../../web/lib/strip-history.ts";
import { stripInstant } from "../../web/lib/strip-instant.ts";
import { falseUpApiserver, sampleServer } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const run = (secondsAgo: number, verdict: StripRun["verdict"], words: string): StripRun => ({
  at: NOW - secondsAgo * 1_000,
  haproxy: "up",
  probe: verdict === "agree-up" ? "up" : "down",
  verdict,
  expected: false,
  words,
});
const runs = [run(60, "agree-up", "HAProxy UP, haprobe 200"), run(10, "false-up", "HAProxy UP, haprobe 500")];

test("the pointer on a strip reads both sides' words, the verdict and how long it lasted", () => {
  const strip = { key: "lb-1/k8s-api/cp-2", runs: [...runs, run(5, "agree-up", "HAProxy UP, haprobe 200")], gaps: [] };
  expect(stripInstant([strip], NOW - 7_000, NOW)).toMatchObject({
    words: "HAProxy UP, haprobe 500",
    verdict: "False UP, 5 s",
  });
  expect(stripInstant([strip], NOW - 1_000, NOW).verdict).toBe("Up, 5 s");
  // The first run may have begun earlier.
  expect(stripInstant([strip], NOW - 50_000, NOW).verdict).toBe("Up, ≥ 50 s");
});

test("of several servers it names the worst", () => {
  const strips = [
    { key: "lb-1/k8s-api/cp-1", runs: [run(60, "agree-up", "fine")], gaps: [] },
    { key: "lb-1/k8s-api/cp-2", runs, gaps: [] },
  ];
  expect(stripInstant(strips, NOW - 1_000, NOW).words).toBe("cp-2: HAProxy UP, haprobe 500");
});

test("in a gap, and before anything was recorded, it says so", () => {
  const strip = { key: "a/b/c", runs, gaps: [{ from: NOW - 9_000, to: NOW - 8_000 }] };
  for (const at of [NOW - 8_500, NOW - 90_000]) {
    expect(stripInstant([strip], at, NOW)).toMatchObject({ words: "nothing was recorded", verdict: "" });
  }
});

test("the words are HAProxy's own and the probe's answer or fault", () => {
  expect(stripWords(falseUpApiserver(NOW))).toBe("HAProxy UP L4OK, haprobe 500");
  const silent = sampleServer(NOW, { probeReason: "probe-timed-out" });
  expect(stripWords({ ...silent, probe: { ...silent.probe, outcome: "failed", httpStatus: null } })).toMatch(
    /, haprobe timed out$/,
  );
});
