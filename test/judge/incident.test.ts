import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { IncidentRecord, MemberStanding } from "../../server/contract/incident.ts";
import { type IncidentFact, type MemberJudged, reduceIncident, restoreIncident } from "../../server/judge/incident.ts";
import { shiftIncident } from "../../server/judge/shift-incident.ts";

function judged(server: string, standing: MemberStanding, fields: Partial<MemberJudged> = {}): MemberJudged {
  return {
    kind: "judged",
    newId: "id-1",
    verdict: "false-up",
    network: "default",
    subject: "10.0.0.1:6443",
    server: { key: `lb/be/${server}`, site: "default", instance: "lb", backend: "be", server },
    standing,
    reason: "probe-refused",
    sentence: "HAProxy says UP; connection refused",
    since: 0,
    suspectedAt: 0,
    sessions: 0,
    haproxyDownAt: null,
    ...fields,
  };
}

/** Applies facts, each at its second; returns the record and the events with the second of each. */
function play(
  steps: readonly [second: number, fact: IncidentFact][],
  start: IncidentRecord | null = null,
  between: (record: IncidentRecord | null) => IncidentRecord | null = (record) => record,
): { record: IncidentRecord | null; events: string[] } {
  let record = start;
  const events: string[] = [];
  for (const [second, fact] of steps) {
    const step = reduceIncident(between(record), fact, second * 1_000);
    record = step.record;
    if (step.event !== null) events.push(`${second} ${step.event}`);
  }
  return { record, events };
}

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("an incident", () => {
  test("is opened by a failing member only", () => {
    expect(play([[1, judged("a", "undecided")]]).record).toBeNull();
    expect(play([[1, judged("a", "failing")]]).events).toEqual(["1 incident-opened"]);
  });

  test("has one event for each change, each with the next version, and none for a repeated fact", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, judged("a", "failing")],
      [3, judged("b", "failing")],
      [4, judged("b", "failing", { reason: "probe-timed-out", sentence: "timed out" })],
      [5, judged("a", "agreed")],
      [6, judged("b", "agreed")],
      [7, { kind: "time-passed" }],
      [16, { kind: "time-passed" }],
    ]);
    expect(events).toEqual([
      "1 incident-opened",
      "3 incident-changed",
      "4 incident-changed",
      "5 incident-changed",
      "6 incident-changed",
      "16 incident-ended",
    ]);
    expect(record).toMatchObject({ version: 6, state: { kind: "ended", end: "agreed" }, reason: "probe-timed-out" });
  });

  test("counts sessions without an event, and never back", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, { kind: "sessions-counted", key: "lb/be/a", sessions: 7 }],
      [3, { kind: "sessions-counted", key: "lb/be/a", sessions: 3 }],
    ]);
    expect(events).toEqual(["1 incident-opened"]);
    expect(record?.members[0]?.sessions).toBe(7);
  });

  test("knows how long HAProxy took to take the server out", () => {
    const { record } = play([
      [4, judged("a", "failing", { suspectedAt: 3_000 })],
      [9, judged("a", "agreed", { haproxyDownAt: 8_500 })],
    ]);
    expect(record?.detectionLagMs).toBe(5_500);
  });

  test("ends with its last member, and still names it", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, judged("b", "failing")],
      [3, { kind: "member-left", key: "lb/be/a", end: "removed" }],
      [4, { kind: "member-left", key: "lb/be/b", end: "address-changed" }],
    ]);
    expect(events.at(-1)).toBe("4 incident-ended");
    expect(record?.members.map(({ key, standing }) => [key, standing])).toEqual([["lb/be/b", "address-changed"]]);
  });

  test("heals where the last failing member leaves and the others agree", () => {
    const { record } = play([
      [1, judged("a", "failing")],
      [2, judged("b", "failing")],
      [3, judged("b", "agreed")],
      [4, { kind: "member-left", key: "lb/be/a", end: "removed" }],
    ]);
    expect(record?.state).toEqual({ kind: "healing", flaps: 0, since: 4_000, end: "agreed" });
  });

  test("is opened again with its id within ten minutes, and is another one afterwards", () => {
    const ended: [number, IncidentFact][] = [
      [1, judged("a", "failing")],
      [2, judged("a", "agreed")],
      [12, { kind: "time-passed" }],
    ];
    const again = play([...ended, [600, judged("a", "failing", { newId: "id-2" })]]);
    expect(again.events.at(-1)).toBe("600 incident-opened");
    expect(again.record).toMatchObject({ id: "id-1", state: { kind: "open", flaps: 1 } });
    const later = play([...ended, [700, judged("a", "failing", { newId: "id-2" })]]);
    expect(later.record).toMatchObject({ id: "id-2", version: 1, state: { kind: "open", flaps: 0 } });
  });

  test("has at most incidentMembersMax members and incidentChangesKept changes, the opening among them", () => {
    const steps = Array.from({ length: BOUNDS.incidentMembersMax + 5 }, (_, index): [number, IncidentFact] => [
      index,
      judged(`s-${index}`, "failing"),
    ]);
    const { record } = play(steps);
    expect(record?.members).toHaveLength(BOUNDS.incidentMembersMax);
    expect(record?.changes).toHaveLength(BOUNDS.incidentChangesKept);
    expect(record?.changes[0]?.what).toBe("confirmed");
  });
});

describe("an incident that is restored", () => {
  const HEALING: [number, IncidentFact][] = [
    [1, judged("a", "failing")],
    [2, judged("a", "agreed")],
    [4, judged("a", "failing")],
    [5, judged("a", "agreed")],
  ];

  test("goes on to heal, and ends when it would have", () => {
    const { record } = play(HEALING);
    if (record === null) throw new Error("no incident");
    const restored = restoreIncident(throughJson(record));
    const rest: [number, IncidentFact][] = [
      [8, judged("a", "agreed")],
      [24.9, { kind: "time-passed" }],
      [25, { kind: "time-passed" }],
    ];
    expect(play(rest, restored).events).toEqual(["8 incident-changed", "25 incident-ended"]);
    expect(play(rest, record).events).toEqual(["25 incident-ended"]);
  });

  test("does not end before a member was judged again", () => {
    const { record } = play(HEALING);
    if (record === null) throw new Error("no incident");
    const { record: later } = play([[100, { kind: "time-passed" }]], restoreIncident(record));
    expect(later?.state.kind).toBe("healing");
    expect(play([[101, judged("a", "agreed")]], later).events).toEqual(["101 incident-ended"]);
  });

  test("has every time moved into the clock of the new process", () => {
    const { record } = play(HEALING);
    if (record === null) throw new Error("no incident");
    expect(shiftIncident(shiftIncident(record, 1_700_000_000_000), -1_700_000_000_000)).toEqual(record);
    expect(shiftIncident(record, 500)).toMatchObject({
      confirmedAt: 1_500,
      state: { since: 5_500 },
      members: [{ since: 500 }],
      changes: [{ at: 1_500 }, { at: 2_500 }, { at: 4_500 }, { at: 5_500 }],
    });
  });
});

test("reducing any facts through JSON at every step gives the same", () => {
  const server = fc.constantFrom("a", "b", "c");
  const standing = fc.constantFrom<MemberStanding>(
    "failing",
    "failing",
    "undecided",
    "agreed",
    "out-of-service",
    "no-longer-judged",
  );
  const fact = fc.oneof<fc.Arbitrary<IncidentFact>[]>(
    fc
      .record({ server, standing, id: fc.nat(99), downAt: fc.option(fc.nat(5_000)), other: fc.boolean() })
      .map(({ server: name, standing: now, id, downAt, other }) =>
        judged(name, now, {
          newId: `id-${id}`,
          haproxyDownAt: downAt,
          reason: other ? "probe-timed-out" : "probe-refused",
        }),
      ),
    fc.record({
      kind: fc.constant("sessions-counted"),
      key: server.map((name) => `lb/be/${name}`),
      sessions: fc.nat(50),
    }),
    fc.record({
      kind: fc.constant("member-left"),
      key: server.map((name) => `lb/be/${name}`),
      end: fc.constantFrom("removed", "address-changed"),
    }),
    fc.record({ kind: fc.constant("time-passed") }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fact), { maxLength: 60 }), (gaps) => {
      let second = 0;
      const steps = gaps.map(([gap, each]): [number, IncidentFact] => [(second += gap), each]);
      const plain = play(steps);
      const parsed = play(steps, null, throughJson);
      expect(parsed).toEqual(plain);
      expect(throughJson(plain.record)).toEqual(plain.record);
    }),
  );
});
