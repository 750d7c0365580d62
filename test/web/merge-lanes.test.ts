import { expect, test } from "vitest";
import type { HistoryInterval } from "../../server/contract/history.ts";
import { mergeLanes, splitLanes } from "../../web/lib/merge-lanes.ts";

function at(second: number): string {
  return new Date(Date.UTC(2026, 10, 22, 10, 0, second)).toISOString();
}

function interval(vantage: string | null, from: number, to: number, verdict: HistoryInterval["verdict"] = "agree-up") {
  const phase = verdict === "false-up" ? ("confirmed" as const) : null;
  const isRecorded = vantage !== null;
  return {
    from: at(from),
    to: at(to),
    verdict,
    phase,
    reason: null,
    probeReason: null,
    sentence: "",
    tone: "ok",
    expected: false,
    haproxy: isRecorded ? { status: "UP", checkStatus: null, checkCode: null } : null,
    probe: isRecorded ? { outcome: "passed", httpStatus: 200 } : null,
    vantage,
    address: null,
  } satisfies HistoryInterval;
}

const A = [interval("host-a", 0, 10), interval("host-a", 10, 30, "false-up"), interval("host-a", 30, 60)];
const B = [interval(null, 0, 20, "unknown"), interval("host-b", 20, 60)];

test("each vantage is a lane of its own, with what it did not record", () => {
  expect([...splitLanes([...B, ...A])]).toEqual([
    ["host-a", A],
    ["host-b", B],
  ]);
});

test("together they show the worst at each time, without gaps or overlaps", () => {
  const merged = mergeLanes([...A, ...B]);
  expect(merged.map(({ from, to, verdict }) => [from, to, verdict])).toEqual([
    [at(0), at(10), "agree-up"],
    [at(10), at(20), "false-up"],
    [at(20), at(30), "false-up"],
    [at(30), at(60), "agree-up"],
  ]);
});

test("one lane alone stays as it is", () => {
  expect(mergeLanes(A)).toBe(A);
});
