import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import { createSnapshotParser, type SnapshotParser } from "../../server/haproxy/snapshot-parser.ts";
import { STAT_COLUMNS } from "../../server/haproxy/stat-columns.ts";
import { runToEnd } from "./run-to-end.ts";
import { backendRow, type StatRow, serverRow, renderResponse } from "./rendered-response.ts";

const SERVER_STATES = [1, 2, 3, 4].map((sid) => ({ sid, name: `s${sid}`, addr: `10.0.0.${sid}`, port: 80 }));
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

/** Parses a response that was requested `s` seconds after the first. */
function parse(
  parser: SnapshotParser,
  rows: readonly StatRow[],
  s: number,
  options: { backend?: string; serversState?: boolean } = {},
): StatsSnapshot {
  const serversState = options.serversState ?? s === 0;
  const response = {
    ...renderResponse({ uptime: 60 + s, rows, ...(serversState ? { serverStates: SERVER_STATES } : {}) }),
    sentAt: s * 1_000,
  };
  const result = runToEnd(parser.parse(response, { backend: options.backend ?? null, serversState, wallMs: 0 }));
  if (result.kind !== "parsed") throw new Error(result.kind);
  return result.snapshot;
}

function only({ servers }: StatsSnapshot): ServerView {
  const [view, ...more] = servers;
  if (view === undefined || more.length > 0) throw new Error("expected one server");
  return view;
}

describe("a server whose row is unchanged", () => {
  const row = serverRow("s1", 1, CHECKED);

  test("keeps its view while only its seconds increment", () => {
    const parser = createSnapshotParser("lb");
    const first = only(parse(parser, [row], 0));
    for (const s of [1, 2, 9, 10, 100]) {
      const later = only(parse(parser, [{ ...row, lastchg: 10 + s, downtime: s, lastsess: s }], s));
      expect(later, `after ${s} s`).toBe(first);
    }
  });

  test("keeps its view with an unchanged servers' state", () => {
    const parser = createSnapshotParser("lb");
    const first = only(parse(parser, [row], 0));
    expect(only(parse(parser, [{ ...row, lastchg: 11 }], 1, { serversState: true }))).toBe(first);
  });

  test("gets another view where its seconds do not match: `clear counters all` of 3.2 keeps them at 0", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, [row], 0);
    expect(only(parse(parser, [{ ...row, lastchg: 0 }], 1)).lastChangeSeconds).toBe(0);
    expect(only(parse(parser, [{ ...row, lastchg: 0 }], 60)).lastChangeSeconds).toBe(0);
    expect(only(parse(parser, [{ ...row, lastchg: 60 }], 61)).lastChangeSeconds).toBe(60);
  });

  test("gets another view for a changed location, which its row does not show", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, [row], 0);
    const moved = {
      ...renderResponse({ rows: [row], serverStates: [{ sid: 1, name: "s1", addr: "10.9.9.9", port: 80 }] }),
      sentAt: 500,
    };
    const result = runToEnd(parser.parse(moved, { backend: null, serversState: true, wallMs: 0 }));
    expect(result).toMatchObject({ snapshot: { servers: [{ address: { host: "10.9.9.9" } }] } });
  });

  test("has the check result of an early poll in between", () => {
    const parser = createSnapshotParser("lb");
    const at = (s: number, more: StatRow): StatRow => ({ ...row, status: "DOWN", lastchg: 10 + s, ...more });
    const running = { check_status: "* L7STS", check_code: 0, last_chk: "" };
    parse(parser, [at(0, { check_status: "L7STS", check_code: 503, last_chk: "Unavailable" })], 0);
    expect(only(parse(parser, [at(1, running)], 1)).check.code).toBe(503);
    parse(parser, [at(2, { check_status: "L7STS", check_code: 500, last_chk: "Broken" })], 2, { backend: "b" });
    expect(only(parse(parser, [at(3, running)], 3)).check).toMatchObject({ code: 500, text: "Broken" });
  });

  test("is reported again for its unknown words", () => {
    const parser = createSnapshotParser("lb");
    const unknown = serverRow("s1", 1, { ...CHECKED, status: "NEW" });
    for (const s of [0, 1, 2]) {
      expect(parse(parser, [{ ...unknown, lastchg: 10 + s }], s).hints).toMatchObject([
        { code: "unknown-words", count: 1 },
      ]);
    }
  });

  test("is parsed again after a row was removed or moved", () => {
    const parser = createSnapshotParser("lb");
    const rows = [serverRow("s1", 1, CHECKED), serverRow("s2", 2, CHECKED), serverRow("s3", 3, CHECKED)];
    parse(parser, rows, 0);
    const names = (snapshot: StatsSnapshot): string[] => snapshot.servers.map((view) => view.server);
    expect(names(parse(parser, rows.slice(1), 1, { serversState: true }))).toEqual(["s2", "s3"]);
    expect(names(parse(parser, rows.toReversed(), 2, { serversState: true }))).toEqual(["s3", "s2", "s1"]);
    expect(names(parse(parser, rows.toReversed(), 3))).toEqual(["s3", "s2", "s1"]);
  });
});

test("any change from poll to poll is parsed as by a parser without state", () => {
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
    // The other columns identify the server.
    column: fc.constantFrom(
      ...STAT_COLUMNS.filter((name) => !["pxname", "svname", "iid", "sid", "type"].includes(name)),
    ),
    value,
  });
  const anyStep = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("change" as const), changes: fc.array(change, { maxLength: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("rotate" as const), by: fc.nat(3) }) },
  );
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
      const parser = createSnapshotParser("lb");
      let rows = [1, 2, 3, 4].map((sid) => serverRow(`s${sid}`, sid, CHECKED));
      parse(parser, [backendRow(0), ...rows], 0);
      steps.forEach((step, index) => {
        const s = index + 1;
        rows = rows.map((row) => ({ ...row, lastchg: Number(row.lastchg) + 1 }));
        if (step.kind === "rotate") rows = [...rows.slice(step.by), ...rows.slice(0, step.by)];
        else for (const { row, column, value: next } of step.changes) rows[row] = { ...rows[row], [column]: next };
        const known = parse(parser, [backendRow(s), ...rows], s, { serversState: true });
        const fresh = parse(createSnapshotParser("lb"), [backendRow(s), ...rows], s, { serversState: true });
        expect(known.backends).toEqual(fresh.backends);
        expect(known.servers.map((view) => ({ ...view, lastChangeSeconds: 0 }))).toEqual(
          fresh.servers.map((view) => ({ ...view, lastChangeSeconds: 0 })),
        );
      });
    }),
    { seed: 20261122, numRuns: 300 },
  );
});
