import { expect, test } from "vitest";
import type { FleetEntry, StripEntry } from "../../server/contract/store.ts";
import { toPastFleet } from "../../server/history/past-fleet.ts";
import { CP_1, entryAt, falseUpAt } from "./sample-entries.ts";

const AT = Date.parse("2026-11-27T03:12:00Z");
const RECORDED = new Map([["here", [{ from: 0, to: AT + 1 }]]]);

function of(entry: StripEntry, server = "cp-1", instance = "lb-1"): FleetEntry {
  return { ...entry, server: { ...CP_1, instance, server } };
}

test("has each server in the form of today with what was recorded, and null for the rest", () => {
  const fleet = toPastFleet([of(falseUpAt(AT - 500, "confirmed", { beganAt: AT - 900 }))], RECORDED, AT);
  expect(fleet.servers).toMatchObject([
    {
      key: "lb-1/k8s-api/cp-1",
      address: "10.0.0.11:6443",
      verdict: "false-up",
      phase: "confirmed",
      since: "2026-11-27T03:11:59.100Z",
      tone: "critical",
      subject: "10.0.0.11:6443",
      haproxy: { status: "UP", checkStatus: "L4OK", weight: null, sessionsTotal: null, at: null },
      probe: { outcome: "failed", durationMs: null },
      misrouted: { sessions: null },
    },
  ]);
  expect(fleet).toMatchObject({
    epoch: "2026-11-27T03:12:00.000Z",
    instances: [{ name: "lb-1", state: "ok", servers: 1 }],
  });
});

test("has a summary of the same servers: an expected mismatch is no confirmed one", () => {
  const entries = [
    of(falseUpAt(0, "confirmed")),
    of(falseUpAt(0, "confirmed", { expected: true }), "cp-2"),
    of(entryAt(0), "cp-3"),
  ];
  expect(toPastFleet(entries, RECORDED, AT).summary).toMatchObject({
    servers: 3,
    verdicts: { "false-up": 2, "agree-up": 1 },
    confirmed: 1,
    canBeFalselyUp: null,
    sentence: "cp-1 is UP in HAProxy and failing its probe",
  });
});

test("says that nothing was recorded while haprobe did not run, since the end of its run", () => {
  const spans = new Map([
    [
      "here",
      [
        { from: 0, to: AT - 60_000 },
        { from: AT + 5, to: AT + 9 },
      ],
    ],
  ]);
  const fleet = toPastFleet([of(falseUpAt(AT - 90_000, "confirmed"))], spans, AT);
  expect(fleet.servers).toMatchObject([
    {
      verdict: "unknown",
      phase: null,
      reason: "not-recorded",
      since: "2026-11-27T03:11:00.000Z",
      haproxy: { status: "" },
    },
  ]);
  expect(fleet.summary.verdicts.unknown).toBe(1);
  expect(fleet.instances).toMatchObject([{ state: "pending" }]);
});

test("takes the vantage that judged last, of those that recorded then", () => {
  const spans = new Map([...RECORDED, ["gone", [{ from: 0, to: AT - 10 }]], ["old", [{ from: 0, to: AT + 1 }]]]);
  const entries = [
    of(falseUpAt(AT - 5, "confirmed", { vantage: "gone" })),
    of(entryAt(AT - 20)),
    of(falseUpAt(AT - 30, "suspected", { vantage: "old" })),
  ];
  expect(toPastFleet(entries, spans, AT).servers).toMatchObject([{ verdict: "agree-up", probe: { vantage: "here" } }]);
});

test("shows an instance as stale whose servers were judged without its answer", () => {
  const stale = entryAt(0, { verdict: "unknown", reason: "haproxy-stale" });
  const fleet = toPastFleet([of(stale), of(entryAt(0), "cp-1", "lb-2")], RECORDED, AT);
  expect(fleet.instances.map(({ name, state }) => [name, state])).toEqual([
    ["lb-1", "stale"],
    ["lb-2", "ok"],
  ]);
  expect(fleet.summary.instancesFailing).toBe(1);
});
