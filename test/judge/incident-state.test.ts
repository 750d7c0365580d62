import { describe, expect, test } from "vitest";
import {
  type MemberState,
  healingDurationMs,
  type IncidentState,
  stepIncident,
} from "../../server/judge/incident-state.ts";

const LYING: MemberState = { verdict: "false-up", phase: "confirmed", frozen: false };
const SUSPECT: MemberState = { verdict: "false-up", phase: "suspected", frozen: false };
const WELL: MemberState = { verdict: "agree-up", phase: null, frozen: false };
const DOWN: MemberState = { verdict: "agree-down", phase: null, frozen: false };
const DRAINED: MemberState = { verdict: "out-of-service", phase: null, frozen: false };
const DENIED: MemberState = { verdict: "unknown", phase: null, frozen: false };
const STALE: MemberState = { verdict: "unknown", phase: null, frozen: true };
const OPEN: IncidentState = { kind: "open", flaps: 0 };

/** What becomes of it when its members say this at each of these seconds. */
function follow(
  state: IncidentState,
  steps: readonly [seconds: number, members: readonly MemberState[]][],
): IncidentState {
  return steps.reduce((at, [seconds, members]) => stepIncident(at, "false-up", members, seconds * 1_000), state);
}

describe("an open incident", () => {
  test("stays open while any member lies, or could", () => {
    expect(follow(OPEN, [[1, [LYING, WELL]]])).toBe(OPEN);
    expect(follow(OPEN, [[1, [SUSPECT, WELL]]])).toBe(OPEN);
  });

  test("is frozen while nothing is known", () => {
    expect(
      follow(OPEN, [
        [1, [STALE]],
        [600, [STALE]],
      ]),
    ).toBe(OPEN);
  });

  const ends: readonly [string, MemberState, number, string][] = [
    ["both agree that it is up", WELL, 10, "agreed"],
    ["HAProxy noticed", DOWN, 10, "agreed"],
    ["somebody took it out", DRAINED, 10, "out-of-service"],
    ["it denies our probe", DENIED, 30, "no-longer-judged"],
  ];
  test.each(ends)("ends where %s: %o for %i s", (_why, bearing, seconds, end) => {
    expect(
      follow(OPEN, [
        [0, [bearing]],
        [seconds - 0.1, [bearing]],
      ]).kind,
    ).toBe("healing");
    expect(
      follow(OPEN, [
        [0, [bearing]],
        [seconds, [bearing]],
      ]),
    ).toMatchObject({ kind: "ended", end });
  });

  test("goes on when it relapses while it heals, and then heals for longer", () => {
    const relapsed = follow(OPEN, [
      [0, [WELL]],
      [5, [LYING]],
    ]);
    expect(relapsed).toEqual({ kind: "open", flaps: 1 });
    expect(
      follow(relapsed, [
        [10, [WELL]],
        [20, [WELL]],
      ]).kind,
    ).toBe("healing");
    expect(
      follow(relapsed, [
        [10, [WELL]],
        [30, [WELL]],
      ]).kind,
    ).toBe("ended");
  });

  test("heals for five minutes at the most, however often it flaps", () => {
    expect([0, 1, 2, 3, 4, 5, 30].map((flaps) => healingDurationMs(flaps, "agreed") / 1_000)).toEqual([
      10, 20, 40, 80, 160, 300, 300,
    ]);
  });

  test("that comes back within ten minutes is the same one", () => {
    const ended = follow(OPEN, [
      [0, [WELL]],
      [10, [WELL]],
    ]);
    expect(follow(ended, [[600, [LYING]]])).toEqual({ kind: "open", flaps: 1 });
    expect(follow(ended, [[611, [LYING]]])).toBe(ended);
  });
});
