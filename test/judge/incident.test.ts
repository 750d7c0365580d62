import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type {
  IncidentEvidence,
  IncidentRecord,
  MemberStanding,
  MemberTraffic,
} from "../../server/contract/incident.ts";
import type { IncidentFact, MemberJudged } from "../../server/judge/incident-fact.ts";
import { toServerMembers } from "../../server/contract/server-members.ts";
import { groupByBackend } from "../../server/judge/backend-traffic.ts";
import { reduceIncident, restoreIncident } from "../../server/judge/incident.ts";
import { shiftIncident } from "../../server/judge/shift-incident.ts";
import { countsOf, trafficOf } from "../support/sample-incident.ts";

const EVIDENCE: IncidentEvidence = { key: "lb/be/a", row: [], probe: null, curl: null, socat: null };

function judged(server: string, standing: MemberStanding, fields: Partial<MemberJudged> = {}): MemberJudged {
  return {
    kind: "judged",
    opening: { id: "id-1", evidence: EVIDENCE },
    verdict: "false-up",
    network: "default",
    subject: "10.0.0.1:6443",
    server: { key: `lb/be/${server}`, site: "default", instance: "lb", backend: "be", server },
    standing,
    reason: "probe-refused",
    sentence: "HAProxy says UP; connection refused",
    since: 0,
    suspectedAt: 0,
    traffic: trafficOf(),
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
    const again = play([...ended, [600, judged("a", "failing", { opening: { id: "id-2", evidence: EVIDENCE } })]]);
    expect(again.events.at(-1)).toBe("600 incident-opened");
    expect(again.record).toMatchObject({ id: "id-1", state: { kind: "open", flaps: 1 } });
    const later = play([...ended, [700, judged("a", "failing", { opening: { id: "id-2", evidence: EVIDENCE } })]]);
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

/** A poll that counted so much traffic of server `a`, whose counters HAProxy's process 7 holds. */
function counted(counts: Partial<MemberTraffic["counts"]>, part: Partial<MemberTraffic> = {}): IncidentFact {
  const totals = countsOf(counts);
  const baseline = { haproxyProcess: { pid: 7, startTimeSeconds: 1 }, totals };
  return { kind: "traffic-counted", key: "lb/be/a", traffic: trafficOf({ counts: totals, baseline, ...part }) };
}

describe("an incident that several vantages see", () => {
  const seen = (vantage: string, standing: MemberStanding, fields: Partial<MemberJudged> = {}) =>
    judged("a", standing, { vantage, ...fields });

  test("has a member for each of them, and heals when none of them has the fault", () => {
    const { record, events } = play([
      [1, seen("host-a", "failing")],
      [2, seen("host-b", "failing")],
      [3, seen("host-a", "agreed")],
      [20, { kind: "time-passed" }],
      [21, seen("host-b", "agreed")],
      [40, { kind: "time-passed" }],
    ]);
    expect(record?.members.map(({ key, vantage, standing }) => [key, vantage, standing])).toEqual([
      ["lb/be/a", "host-a", "agreed"],
      ["lb/be/a", "host-b", "agreed"],
    ]);
    expect(record?.changes.map(({ what, text }) => `${what} ${text}`)).toContain("member-joined lb/be/a from host-b");
    expect(events.at(-1)).toBe("40 incident-ended");
    expect(record?.state).toMatchObject({ kind: "ended" });
  });

  test("counts the traffic of a server once, as the vantage has it that counted most", () => {
    const { record } = play([
      [1, seen("host-a", "failing", { traffic: trafficOf({ counts: countsOf({ sessions: 7 }) }) })],
      [2, seen("host-b", "failing", { traffic: trafficOf({ counts: countsOf({ sessions: 9 }) }) })],
    ]);
    const members = record?.members ?? [];
    expect(toServerMembers(members).map(({ traffic }) => traffic.counts.sessions)).toEqual([9]);
    expect(groupByBackend(members).map(({ counts }) => counts.sessions)).toEqual([9]);
  });
});

describe("the traffic of an incident", () => {
  test("is counted, never back, and reported every five seconds only", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, counted({ sessions: 7 }, { baseline: null })],
      [3, counted({ sessions: 3 }, { baseline: null })],
      [6, counted({ sessions: 8 }, { baseline: null })],
      [7, counted({ sessions: 9 }, { baseline: null })],
    ]);
    expect(events).toEqual(["1 incident-opened", "6 incident-counted"]);
    expect(record?.members[0]?.traffic.counts.sessions).toBe(9);
    expect(record).toMatchObject({ version: 2, changedAt: 6_000 });
  });

  test("is reported at once where HAProxy's counters began anew, since a later process could not detect", () => {
    const haproxyProcess = { pid: 8, startTimeSeconds: 99 };
    const { events } = play([
      [1, judged("a", "failing")],
      [1.1, counted({ sessions: 5 })],
      [1.2, counted({ sessions: 6 })],
      [1.3, counted({ sessions: 7 }, { baseline: { haproxyProcess, totals: countsOf({ sessions: 1 }) } })],
      [1.4, counted({ sessions: 8 }, { baseline: { haproxyProcess, totals: countsOf({ sessions: 2 }) } })],
      [1.5, counted({ sessions: 9 }, { baseline: { haproxyProcess, totals: countsOf({ sessions: 0 }) } })],
    ]);
    expect(events).toEqual([
      "1 incident-opened",
      "1.1 incident-counted",
      "1.3 incident-counted",
      "1.5 incident-counted",
    ]);
  });

  test("stays while nothing is counted, and what is held then is still shown", () => {
    const { record } = play([
      [1, judged("a", "failing")],
      [2, counted({ sessions: 7 })],
      [3, judged("a", "agreed", { traffic: { ...trafficOf({ held: 3 }), counts: null } })],
    ]);
    expect(record?.members[0]?.traffic).toMatchObject({ counts: { sessions: 7 }, held: 3, baseline: null });
  });
});

describe("the urgency of an incident", () => {
  test("is critical without a healthy server left, and each change of it is recorded", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, counted({}, { healthyLeft: 0 })],
      [3, counted({}, { healthyLeft: 1 })],
    ]);
    expect(events).toEqual(["1 incident-opened", "2 incident-changed", "3 incident-changed"]);
    expect(record?.changes.map(({ what, text }) => `${what}: ${text}`).slice(1)).toEqual([
      "urgency: critical: no healthy server left in lb/be",
      "urgency: warning: healthy servers take most of the traffic",
    ]);
  });

  test("is critical from half of a backend's traffic on, and stays so while the share moves around it", () => {
    const polls = [
      [9, 19],
      [10, 20],
      [41, 100],
      [42, 120],
      [60, 130],
    ];
    const steps = polls.map(([sessions = 0, backendSessions = 0], index): [number, IncidentFact] => [
      index + 2,
      counted({ sessions, backendSessions }),
    ]);
    const { record } = play([[1, judged("a", "failing")], ...steps]);
    expect(record?.changes.slice(1)).toMatchObject([
      { at: 3_000, text: "critical: 50 % of the sessions of lb/be" },
      { at: 5_000, text: "warning: healthy servers take most of the traffic" },
    ]);
  });

  test("is a warning for a backup that receives no traffic", () => {
    const traffic = trafficOf({ healthyLeft: 0, standby: true });
    expect(play([[1, judged("a", "failing", { traffic })]]).record?.urgency).toBe("warning");
  });

  test("stays as it is while no member is known to fail, as after a restart", () => {
    const { record } = play([[1, judged("a", "failing")]]);
    const restored = restoreIncident(record!);
    expect(play([[2, counted({}, { healthyLeft: 0 })]], restored).record?.urgency).toBe("warning");
  });

  test("does not fall while a member is not judged again, as after a restart", () => {
    const critical = judged("b", "failing", { traffic: trafficOf({ healthyLeft: 0 }) });
    const { record } = play([
      [1, judged("a", "failing")],
      [2, critical],
    ]);
    expect(record?.urgency).toBe("critical");
    const restored = restoreIncident(record!);
    expect(play([[3, judged("a", "failing")]], restored).record?.urgency).toBe("critical");
    const decided: [number, IncidentFact][] = [
      [3, judged("a", "failing")],
      [4, judged("b", "agreed")],
    ];
    expect(play(decided, restored).record?.urgency).toBe("warning");
  });
});

describe("what a person says", () => {
  const acknowledged: IncidentFact = { kind: "acknowledged", name: "Ada", text: "on it" };

  test("is part of the record and of its history, with an event each, and twice it is once", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, acknowledged],
      [3, acknowledged],
      [4, { kind: "noted", name: "Bob", text: "etcd's disk is full" }],
      [5, { kind: "marked-expected", name: "Ada", why: "cp-2 is being rebuilt" }],
      [6, { kind: "marked-expected", name: "Bob", why: null }],
    ]);
    expect(events.slice(1)).toEqual([2, 4, 5, 6].map((second) => `${second} incident-changed`));
    expect(record).toMatchObject({
      version: 5,
      acknowledgement: { at: 2_000, name: "Ada", text: "on it" },
      notes: [{ at: 4_000, name: "Bob", text: "etcd's disk is full" }],
      expected: null,
    });
    expect(record?.changes.slice(1)).toEqual([
      { n: 2, at: 2_000, what: "acknowledged", who: "Ada", text: "on it" },
      { n: 3, at: 5_000, what: "expected", who: "Ada", text: "cp-2 is being rebuilt" },
      { n: 4, at: 6_000, what: "not-expected", who: "Bob", text: "" },
    ]);
  });

  test("holds through a flap, and can be said of an ended incident", () => {
    const { record, events } = play([
      [1, judged("a", "failing")],
      [2, acknowledged],
      [3, judged("a", "agreed")],
      [13, { kind: "time-passed" }],
      [14, { kind: "noted", name: "Bob", text: "was the disk" }],
      [15, judged("a", "failing")],
    ]);
    expect(events.slice(2)).toEqual([
      "3 incident-changed",
      "13 incident-ended",
      "14 incident-changed",
      "15 incident-opened",
    ]);
    expect(record).toMatchObject({ acknowledgement: { name: "Ada" }, notes: [{ name: "Bob" }] });
  });

  test("is kept up to incidentNotesMax notes; a further one changes nothing", () => {
    const notes = Array.from({ length: BOUNDS.incidentNotesMax + 1 }, (_, index): [number, IncidentFact] => [
      2,
      { kind: "noted", name: "Ada", text: `${index}` },
    ]);
    const { record, events } = play([[1, judged("a", "failing")], ...notes]);
    expect(record?.notes.map(({ text }) => text).at(-1)).toBe(`${BOUNDS.incidentNotesMax - 1}`);
    expect(events).toHaveLength(BOUNDS.incidentNotesMax + 1);
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

  test("reports its traffic as soon as a member is judged again, since much may have come meanwhile", () => {
    const { record } = play([
      [1, judged("a", "failing")],
      [2, counted({ sessions: 5 })],
    ]);
    const again = judged("a", "failing", { traffic: trafficOf({ counts: countsOf({ sessions: 90 }) }) });
    expect(play([[3, again]], restoreIncident(record!)).events).toEqual(["3 incident-counted"]);
  });

  test("says how long it was not observed", () => {
    const { record } = play([[1, judged("a", "failing")]]);
    const { record: resumed, events } = play(
      [[43, { kind: "resumed", unobservedMs: 41_600 }]],
      restoreIncident(record!),
    );
    expect(events).toEqual(["43 incident-changed"]);
    expect(resumed?.changes.at(-1)).toEqual({
      n: 2,
      at: 43_000,
      what: "resumed",
      who: null,
      text: "not observed for 42 s",
    });
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
          opening: { id: `id-${id}`, evidence: EVIDENCE },
          haproxyDownAt: downAt,
          reason: other ? "probe-timed-out" : "probe-refused",
        }),
      ),
    fc.record({
      kind: fc.constant("traffic-counted"),
      key: server.map((name) => `lb/be/${name}`),
      traffic: fc
        .record({ sessions: fc.nat(50), backendSessions: fc.nat(80), healthyLeft: fc.nat(2) })
        .map(({ sessions, backendSessions, healthyLeft }) =>
          trafficOf({ counts: countsOf({ sessions, backendSessions }), healthyLeft }),
        ),
    }),
    fc.string().map((text): IncidentFact => ({ kind: "acknowledged", name: "Ada", text })),
    fc.string().map((text): IncidentFact => ({ kind: "noted", name: "Ada", text })),
    fc.option(fc.string()).map((why): IncidentFact => ({ kind: "marked-expected", name: "Ada", why })),
    fc.nat(100_000).map((unobservedMs): IncidentFact => ({ kind: "resumed", unobservedMs })),
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
