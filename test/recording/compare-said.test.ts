import { describe, expect, test } from "vitest";
import { compareSaid } from "../../server/recording/compare-said.ts";
import type { Said, SaidIncident, SaidVerdict } from "../../server/recording/recording-lines.ts";

const CONFIRMED: SaidVerdict = {
  kind: "verdict",
  at: 1_000,
  key: "lb-1/be/s1",
  verdict: "false-up",
  phase: "confirmed",
  reason: "probe-refused",
};

/** An incident about `subject` that is confirmed at `openedAt` and ends at `endedAt`. */
function incident(subject: string, openedAt: number, endedAt: number, id = subject): Said[] {
  const opened: SaidIncident = {
    kind: "incident",
    at: openedAt,
    what: "incident-opened",
    id,
    verdict: "false-up",
    subject,
    reason: "probe-refused",
    sentence: "fails",
    suspectedAt: openedAt - 500,
    confirmedAt: openedAt,
    members: ["lb-1/be/s1"],
  };
  return [opened, { ...opened, at: endedAt, what: "incident-ended" }];
}

describe("what a replay says beside what was said live", () => {
  test("is the same where all verdicts and incidents are", () => {
    const said = [CONFIRMED, ...incident("10.0.0.1:80", 1_000, 9_000)];
    const { same, ...differences } = compareSaid(said, structuredClone(said));
    expect(same).toMatchObject([{ subject: "10.0.0.1:80", openedAt: 1_000, endedAt: 9_000 }]);
    expect(differences).toEqual({ changed: [], missing: [], added: [], liveOnly: [], replayedOnly: [] });
  });

  test("differs in an incident that is confirmed later, whatever its id", () => {
    const live = incident("10.0.0.1:80", 1_000, 9_000);
    const { changed, missing, added } = compareSaid(live, incident("10.0.0.1:80", 6_000, 9_000, "another"));
    expect(changed).toMatchObject([{ live: { openedAt: 1_000 }, replayed: { openedAt: 6_000 } }]);
    expect([missing, added]).toEqual([[], []]);
  });

  test("has an incident that live was none, and lacks one", () => {
    const { missing, added } = compareSaid(
      incident("10.0.0.1:80", 1_000, 9_000),
      incident("10.0.0.2:80", 2_000, 3_000),
    );
    expect(missing).toMatchObject([{ subject: "10.0.0.1:80" }]);
    expect(added).toMatchObject([{ subject: "10.0.0.2:80" }]);
  });

  test("does not take an incident of another hour for the same", () => {
    const { missing, added } = compareSaid(incident("a", 1_000, 9_000), incident("a", 3_600_000, 3_700_000));
    expect([missing.length, added.length]).toEqual([1, 1]);
  });

  test("pairs an incident that is opened again with itself only", () => {
    const twice = [...incident("a", 1_000, 9_000), ...incident("a", 20_000, 30_000)];
    expect(compareSaid(twice, incident("a", 20_000, 30_000)).missing).toMatchObject([{ openedAt: 1_000 }]);
  });

  test("lacks a verdict as often as it is missing", () => {
    const { liveOnly, replayedOnly } = compareSaid([CONFIRMED, CONFIRMED], [CONFIRMED, { ...CONFIRMED, at: 1_001 }]);
    expect(liveOnly).toEqual([CONFIRMED]);
    expect(replayedOnly).toEqual([{ ...CONFIRMED, at: 1_001 }]);
  });
});
