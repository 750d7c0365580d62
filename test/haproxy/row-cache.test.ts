import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import { createSnapshotParser, type SnapshotParser } from "../../server/haproxy/snapshot-parser.ts";
import { STAT_COLUMNS } from "../../server/haproxy/stat-columns.ts";
import { backendRow, type StatRow, serverRow, renderResponse } from "./rendered-response.ts";

const PLACES = [1, 2, 3, 4].map((sid) => ({ sid, name: `s${sid}`, addr: `10.0.0.${sid}`, port: 80 }));
const CHECKED: StatRow = {
  check_status: "L7OK",
  check_code: 200,
  check_duration: 1,
  check_health: 4,
  check_rise: 2,
  check_fall: 3,
  last_chk: "OK",
  lastchg: 10,
  downtime: 0,
  lastsess: -1,
};

/** Reads an answer that was asked for `s` seconds after the first. */
function read(
  reader: SnapshotParser,
  rows: readonly StatRow[],
  s: number,
  how: { kick?: string; places?: boolean } = {},
): StatsSnapshot {
  const places = how.places ?? s === 0;
  const answer = {
    ...renderResponse({ uptime: 60 + s, rows, ...(places ? { serverStates: PLACES } : {}) }),
    sentAt: s * 1_000,
  };
  const reading = reader.parse(answer, { backend: how.kick ?? null, serversState: places, wallMs: 0 });
  if (reading.kind !== "read") throw new Error(reading.kind);
  return reading.snapshot;
}

function only({ servers }: StatsSnapshot): ServerView {
  const [view, ...more] = servers;
  if (view === undefined || more.length > 0) throw new Error("expected one server");
  return view;
}

describe("a server that says what it said before", () => {
  const row = serverRow("s1", 1, CHECKED);

  test("is the very same view, while its seconds tick", () => {
    const reader = createSnapshotParser("lb");
    const first = only(read(reader, [row], 0));
    for (const s of [1, 2, 9, 10, 100]) {
      const later = only(read(reader, [{ ...row, lastchg: 10 + s, downtime: s, lastsess: s }], s));
      expect(later, `after ${s} s`).toBe(first);
    }
  });

  test("is that with the servers' state beside it, too", () => {
    const reader = createSnapshotParser("lb");
    const first = only(read(reader, [row], 0));
    expect(only(read(reader, [{ ...row, lastchg: 11 }], 1, { places: true }))).toBe(first);
  });

  test("is another view once its seconds do not fit: `clear counters all` of 3.2 lets them stand still at 0", () => {
    const reader = createSnapshotParser("lb");
    read(reader, [row], 0);
    expect(only(read(reader, [{ ...row, lastchg: 0 }], 1)).lastChangeSeconds).toBe(0);
    expect(only(read(reader, [{ ...row, lastchg: 0 }], 60)).lastChangeSeconds).toBe(0);
    expect(only(read(reader, [{ ...row, lastchg: 60 }], 61)).lastChangeSeconds).toBe(60);
  });

  test("is another view once its place is another, which its row does not show", () => {
    const reader = createSnapshotParser("lb");
    read(reader, [row], 0);
    const moved = {
      ...renderResponse({ rows: [row], serverStates: [{ sid: 1, name: "s1", addr: "10.9.9.9", port: 80 }] }),
      sentAt: 500,
    };
    const reading = reader.parse(moved, { backend: null, serversState: true, wallMs: 0 });
    expect(reading).toMatchObject({ snapshot: { servers: [{ address: { host: "10.9.9.9" } }] } });
  });

  test("says what a kick poll has learnt in between", () => {
    const reader = createSnapshotParser("lb");
    const at = (s: number, more: StatRow): StatRow => ({ ...row, status: "DOWN", lastchg: 10 + s, ...more });
    const running = { check_status: "* L7STS", check_code: 0, last_chk: "" };
    read(reader, [at(0, { check_status: "L7STS", check_code: 503, last_chk: "Unavailable" })], 0);
    expect(only(read(reader, [at(1, running)], 1)).check.code).toBe(503);
    read(reader, [at(2, { check_status: "L7STS", check_code: 500, last_chk: "Broken" })], 2, { kick: "b" });
    expect(only(read(reader, [at(3, running)], 3)).check).toMatchObject({ code: 500, text: "Broken" });
  });

  test("is still a server whose words nobody knows", () => {
    const reader = createSnapshotParser("lb");
    const strange = serverRow("s1", 1, { ...CHECKED, status: "NEW" });
    for (const s of [0, 1, 2]) {
      expect(read(reader, [{ ...strange, lastchg: 10 + s }], s).hints).toMatchObject([
        { code: "unknown-words", count: 1 },
      ]);
    }
  });

  test("is read when another one came before it", () => {
    const reader = createSnapshotParser("lb");
    const rows = [serverRow("s1", 1, CHECKED), serverRow("s2", 2, CHECKED), serverRow("s3", 3, CHECKED)];
    read(reader, rows, 0);
    const names = (snapshot: StatsSnapshot): string[] => snapshot.servers.map((view) => view.server);
    expect(names(read(reader, rows.slice(1), 1, { places: true }))).toEqual(["s2", "s3"]);
    expect(names(read(reader, rows.toReversed(), 2, { places: true }))).toEqual(["s3", "s2", "s1"]);
    expect(names(read(reader, rows.toReversed(), 3))).toEqual(["s3", "s2", "s1"]);
  });
});

test("whatever changes from poll to poll is read as a reader reads it that never saw a poll before", () => {
  const value = fc.constantFrom(
    "",
    "0",
    "1",
    "27",
    "UP",
    "DOWN 1/2",
    "L4OK",
    "Layer4 check passed",
    'a "b", c',
    "x\n\ny",
  );
  const change = fc.record({
    row: fc.nat(3),
    // The others make the row another server's.
    column: fc.constantFrom(
      ...STAT_COLUMNS.filter((name) => !["pxname", "svname", "iid", "sid", "type"].includes(name)),
    ),
    value,
  });
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("change" as const), changes: fc.array(change, { maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("turn" as const), by: fc.nat(3) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const reader = createSnapshotParser("lb");
      let rows = [1, 2, 3, 4].map((sid) => serverRow(`s${sid}`, sid, CHECKED));
      read(reader, [backendRow(0), ...rows], 0);
      steps.forEach((taken, index) => {
        const s = index + 1;
        rows = rows.map((row) => ({ ...row, lastchg: Number(row.lastchg) + 1 }));
        if (taken.kind === "turn") rows = [...rows.slice(taken.by), ...rows.slice(0, taken.by)];
        else for (const { row, column, value: now } of taken.changes) rows[row] = { ...rows[row], [column]: now };
        const known = read(reader, [backendRow(s), ...rows], s, { places: true });
        const fresh = read(createSnapshotParser("lb"), [backendRow(s), ...rows], s, { places: true });
        expect(known.backends).toEqual(fresh.backends);
        expect(known.servers.map((view) => ({ ...view, lastChangeSeconds: 0 }))).toEqual(
          fresh.servers.map((view) => ({ ...view, lastChangeSeconds: 0 })),
        );
      });
    }),
    { seed: 20261122, numRuns: 300 },
  );
});
