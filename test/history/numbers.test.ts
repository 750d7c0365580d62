import { describe, expect, test } from "vitest";
import type { NumbersBy, NumbersRow } from "../../server/contract/history.ts";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { ServerTimes, StoredServerName, StripEntry, VerdictTimes } from "../../server/contract/store.ts";
import { NumbersSums } from "../../server/history/numbers.ts";
import { VerdictTally } from "../../server/history/verdict-tally.ts";
import { CP_1, entryAt, falseUpAt } from "./sample-entries.ts";

const MINUTE = 60_000;
const RANGE = { from: 10 * MINUTE, to: 20 * MINUTE };

function tally(entries: readonly StripEntry[], spans = [{ from: 0, to: 60 * MINUTE }]): VerdictTimes {
  const sums = new VerdictTally(RANGE, spans);
  for (const entry of entries) sums.add(entry.at, entry);
  return sums.finish();
}

describe("the times of a server", () => {
  test("are those within the range, by verdict", () => {
    const entries = [
      entryAt(0),
      entryAt(12 * MINUTE, { verdict: "agree-down" }),
      entryAt(15 * MINUTE),
      entryAt(30 * MINUTE),
    ];
    expect(tally(entries)).toEqual({
      verdictMs: { "agree-up": 7 * MINUTE, "agree-down": 3 * MINUTE },
      notRecordedMs: 0,
      falselyUpMs: 0,
    });
  });

  test("have what was not recorded apart, and no time of a server that HAProxy did not have", () => {
    const sums = new VerdictTally(RANGE, [
      { from: 0, to: 11 * MINUTE },
      { from: 13 * MINUTE, to: 60 * MINUTE },
    ]);
    sums.add(0, entryAt(0));
    sums.add(16 * MINUTE, null);
    sums.add(19 * MINUTE, entryAt(19 * MINUTE));
    expect(sums.finish()).toEqual({ verdictMs: { "agree-up": 5 * MINUTE }, notRecordedMs: 2 * MINUTE, falselyUpMs: 0 });
  });

  test("count a false-up from its first failed probe, and only if it was confirmed", () => {
    const confirmed = [falseUpAt(11 * MINUTE, "suspected"), falseUpAt(12 * MINUTE, "confirmed"), entryAt(14 * MINUTE)];
    expect(tally(confirmed).falselyUpMs).toBe(3 * MINUTE);
    const settled = [falseUpAt(11 * MINUTE, "suspected"), entryAt(12 * MINUTE, { verdict: "agree-down" })];
    expect(tally(settled)).toMatchObject({ verdictMs: { "false-up": MINUTE }, falselyUpMs: 0 });
  });

  test("count no expected false-up, and one that lasts up to the end of the range", () => {
    expect(tally([falseUpAt(0, "confirmed", { expected: true })]).falselyUpMs).toBe(0);
    expect(tally([falseUpAt(18 * MINUTE, "confirmed")]).falselyUpMs).toBe(2 * MINUTE);
  });
});

describe("sums", () => {
  function sumNumbers(
    times: readonly ServerTimes[],
    incidents: readonly IncidentRecord[],
    by: NumbersBy,
  ): readonly NumbersRow[] {
    const sums = new NumbersSums(by);
    for (const each of times) sums.addTimes(each);
    for (const each of incidents) sums.addIncident(each);
    return sums.rows();
  }
  const server = (backend: string, name: string): StoredServerName => ({ ...CP_1, backend, server: name });
  const times = (name: StoredServerName, falselyUpMs = 0) => ({
    server: name,
    verdictMs: { "agree-up": MINUTE, "false-up": falselyUpMs },
    notRecordedMs: 1,
    falselyUpMs,
  });
  const incident = (id: string, members: readonly [StoredServerName, number][], more: Partial<IncidentRecord> = {}) =>
    ({
      id,
      verdict: "false-up",
      detectionLagMs: null,
      members: members.map(([name, sessions]) => ({
        ...name,
        key: "",
        since: 0,
        standing: "failing",
        traffic: { counts: { sessions } },
      })),
      ...more,
    }) as unknown as IncidentRecord;

  const [a, b, c] = [server("api", "a"), server("api", "b"), server("web", "c")];
  const all = [times(c), times(b), times(a, 90_500)];

  test("are by server in the order of names, with the incidents of each", () => {
    const rows = sumNumbers(all, [incident("1", [[a, 12]])], "server");
    expect(rows.map(({ backend, server: name }) => `${backend}/${name}`)).toEqual(["api/a", "api/b", "web/c"]);
    expect(rows[0]).toMatchObject({ falselyUpMinutes: 1.51, misrouted: 12, incidents: 1, unnoticed: 1 });
    expect(rows[1]).toMatchObject({ falselyUpMinutes: 0, misrouted: 0, incidents: 0, meanDetectionLagMs: null });
  });

  test("count an incident of two servers once for their backend, and its sessions of both", () => {
    const rows = sumNumbers(
      all,
      [
        incident("1", [
          [a, 12],
          [b, 30],
        ]),
      ],
      "backend",
    );
    expect(rows).toMatchObject([
      { backend: "api", server: null, servers: 2, incidents: 1, misrouted: 42, notRecordedMs: 2 },
      { backend: "web", servers: 1, incidents: 0 },
    ]);
  });

  test("have mean and worst detection lag of the false-ups that HAProxy noticed", () => {
    const incidents = [
      incident("1", [[a, 1]], { detectionLagMs: 1_000 }),
      incident("2", [[b, 1]], { detectionLagMs: 4_001 }),
      incident("3", [[c, 1]]),
      incident("4", [[c, 9]], { verdict: "false-down", detectionLagMs: 99_999 }),
    ];
    expect(sumNumbers(all, incidents, "instance")).toMatchObject([
      {
        backend: null,
        incidents: 4,
        misrouted: 3,
        meanDetectionLagMs: 2_501,
        worstDetectionLagMs: 4_001,
        unnoticed: 1,
      },
    ]);
  });

  test("leave out members whose servers are not in the sum", () => {
    expect(sumNumbers([times(c)], [incident("1", [[a, 12]])], "server")).toMatchObject([{ server: "c", incidents: 0 }]);
  });
});
