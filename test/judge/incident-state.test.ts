import { describe, expect, test } from "vitest";
import type { IncidentState } from "../../server/contract/incident.ts";
import {
  assessMember,
  healingDurationMs,
  type MemberDecision,
  stepIncident,
} from "../../server/judge/incident-state.ts";

const FALSE_UP_CONFIRMED: MemberDecision = { verdict: "false-up", phase: "confirmed", reason: "probe-refused" };
const FALSE_UP_SUSPECTED: MemberDecision = { verdict: "false-up", phase: "suspected", reason: "probe-refused" };
const AGREE_UP: MemberDecision = { verdict: "agree-up", phase: null, reason: null };
const AGREE_DOWN: MemberDecision = { verdict: "agree-down", phase: null, reason: "probe-refused" };
const OUT_OF_SERVICE: MemberDecision = { verdict: "out-of-service", phase: null, reason: "drain" };
const UNKNOWN: MemberDecision = { verdict: "unknown", phase: null, reason: "probe-denied" };
const UNKNOWN_FROZEN: MemberDecision = { verdict: "unknown", phase: null, reason: "haproxy-stale" };
const OPEN: IncidentState = { kind: "open", flaps: 0 };

/** The state after these standings of its members, each at its second. */
function runSteps(
  state: IncidentState,
  steps: readonly [seconds: number, members: readonly MemberDecision[]][],
): IncidentState {
  return steps.reduce((at, [seconds, members]) => {
    const standings = members.map((member) => assessMember(member, "false-up"));
    return stepIncident(at, standings, seconds * 1_000);
  }, state);
}

describe("an open incident", () => {
  test("stays open while any member fails or is undecided", () => {
    expect(runSteps(OPEN, [[1, [FALSE_UP_CONFIRMED, AGREE_UP]]])).toBe(OPEN);
    expect(runSteps(OPEN, [[1, [FALSE_UP_SUSPECTED, AGREE_UP]]])).toBe(OPEN);
  });

  test("stays as it is while nothing is known", () => {
    expect(
      runSteps(OPEN, [
        [1, [UNKNOWN_FROZEN]],
        [600, [UNKNOWN_FROZEN]],
      ]),
    ).toBe(OPEN);
  });

  const ends: readonly [string, MemberDecision, number, string][] = [
    ["both agree that it is up", AGREE_UP, 10, "agreed"],
    ["HAProxy took it out", AGREE_DOWN, 10, "agreed"],
    ["it was taken out of service", OUT_OF_SERVICE, 10, "out-of-service"],
    ["it denies our probe", UNKNOWN, 30, "no-longer-judged"],
  ];
  test.each(ends)("ends where %s: %o for %i s", (_why, member, seconds, end) => {
    expect(
      runSteps(OPEN, [
        [0, [member]],
        [seconds - 0.1, [member]],
      ]).kind,
    ).toBe("healing");
    expect(
      runSteps(OPEN, [
        [0, [member]],
        [seconds, [member]],
      ]),
    ).toMatchObject({ kind: "ended", end });
  });

  test("is open again when it relapses while healing, and then heals for longer", () => {
    const relapsed = runSteps(OPEN, [
      [0, [AGREE_UP]],
      [5, [FALSE_UP_CONFIRMED]],
    ]);
    expect(relapsed).toEqual({ kind: "open", flaps: 1 });
    expect(
      runSteps(relapsed, [
        [10, [AGREE_UP]],
        [20, [AGREE_UP]],
      ]).kind,
    ).toBe("healing");
    expect(
      runSteps(relapsed, [
        [10, [AGREE_UP]],
        [30, [AGREE_UP]],
      ]).kind,
    ).toBe("ended");
  });

  test("heals for five minutes at the most, however often it flaps", () => {
    expect([0, 1, 2, 3, 4, 5, 30].map((flaps) => healingDurationMs(flaps, "agreed") / 1_000)).toEqual([
      10, 20, 40, 80, 160, 300, 300,
    ]);
  });

  test("that comes back within ten minutes is the same one", () => {
    const ended = runSteps(OPEN, [
      [0, [AGREE_UP]],
      [10, [AGREE_UP]],
    ]);
    expect(runSteps(ended, [[600, [FALSE_UP_CONFIRMED]]])).toEqual({ kind: "open", flaps: 1 });
    expect(runSteps(ended, [[611, [FALSE_UP_CONFIRMED]]])).toBe(ended);
  });
});
