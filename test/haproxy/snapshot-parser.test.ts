import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import { createSnapshotParser, type SnapshotParser, type ParseResult } from "../../server/haproxy/snapshot-parser.ts";
import { runToEnd } from "./run-to-end.ts";
import {
  responseFromText,
  backendRow,
  serverRow,
  type RenderedState,
  renderResponse,
  renderResponseText,
} from "./rendered-response.ts";

const wallMs = 1_060_000;

function parse(parser: SnapshotParser, state: RenderedState, backend: string | null = null): ParseResult {
  const serversState = state.serverStates !== undefined;
  return runToEnd(parser.parse(renderResponse(state), { backend, serversState, wallMs }));
}

function snapshot(result: ParseResult): StatsSnapshot {
  if (result.kind !== "parsed") throw new Error(result.kind);
  return result.snapshot;
}

function only(result: ParseResult): ServerView {
  const [view, ...more] = snapshot(result).servers;
  if (!view || more.length > 0) throw new Error("expected one server");
  return view;
}

const s1 = { sid: 1, name: "s1", addr: "10.0.0.1", port: 80 };

describe("the location of a server", () => {
  test("at level user comes from the servers' state and is kept until the next one", () => {
    const parser = createSnapshotParser("lb");
    const address = { kind: "ip", host: "10.0.0.1", port: 80 };
    expect(
      only(
        parse(parser, { rows: [serverRow("s1", 1)], serverStates: [{ ...s1, fqdn: "web.example", checkPort: 81 }] }),
      ),
    ).toMatchObject({
      address,
      fqdn: "web.example",
      checkElsewhere: true,
    });
    expect(only(parse(parser, { rows: [serverRow("s1", 1)] }))).toMatchObject({
      address,
      fqdn: "web.example",
      checkElsewhere: true,
    });
  });

  test("at level operator comes from the table, where an empty column is a server without an address", () => {
    const parser = createSnapshotParser("lb");
    const locations = [s1, { sid: 2, name: "s2", fqdn: "web.example", port: 80 }];
    const views = snapshot(
      parse(parser, { rows: [serverRow("s1", 1, { addr: "[::1]:80" }), serverRow("s2", 2)], serverStates: locations }),
    ).servers;
    expect(views.map((view) => view.address)).toEqual([{ kind: "ip", host: "::1", port: 80 }, { kind: "unresolved" }]);
  });

  test.each<[string, RenderedState]>([
    ["a server is new", { rows: [serverRow("s1", 1), serverRow("s2", 2)] }],
    ["a server is removed", { rows: [] }],
    ["a server has another name", { rows: [serverRow("s9", 1)] }],
    ["a server has another id", { rows: [serverRow("s1", 5)] }],
    ["a server has another address", { rows: [serverRow("s1", 1, { addr: "10.0.0.9:80" })] }],
    ["the backend has another name", { rows: [serverRow("s1", 1, { pxname: "c" })] }],
    ["the backend has another id", { rows: [serverRow("s1", 1, { iid: 3 })] }],
    ["another process answers", { pid: 8, rows: [serverRow("s1", 1)] }],
  ])("is not guessed when %s: everything is requested", (_, now) => {
    const parser = createSnapshotParser("lb");
    parse(parser, { rows: [serverRow("s1", 1)], serverStates: [s1] });
    expect(parse(parser, now).kind).toBe("needs-servers-state");
    expect(parse(parser, { rows: [serverRow("s1", 1)] }).kind, "the discarded response left no state").toBe("parsed");
  });

  test("may change in maintenance", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, { rows: [serverRow("s1", 1)], serverStates: [s1] });
    expect(parse(parser, { rows: [serverRow("s1", 1, { status: "MAINT" })] }).kind).toBe("parsed");
    expect(parse(parser, { rows: [serverRow("s1", 1, { status: "DOWN" })] }).kind).toBe("needs-servers-state");
  });

  test("requires the servers' state in the first response", () => {
    expect(parse(createSnapshotParser("lb"), { rows: [serverRow("s1", 1)] }).kind).toBe("needs-servers-state");
  });
});

describe("an early poll", () => {
  const others = [serverRow("x", 1, { pxname: "c", iid: 3 }), backendRow(0, { pxname: "c", iid: 3 })];
  const all: RenderedState = { rows: [serverRow("s1", 1), backendRow(5), ...others], serverStates: [s1] };

  test("gives a snapshot of its backend, and the others are kept", () => {
    const parser = createSnapshotParser("lb");
    const { epoch } = snapshot(parse(parser, all));
    const early = snapshot(parse(parser, { rows: [serverRow("s1", 1, { status: "DOWN" }), backendRow(6)] }, "b"));
    expect(early).toMatchObject({ scope: { backend: "b" }, epoch, servers: [{ server: "s1", state: "down" }] });
    expect(
      parse(parser, {
        rows: all.rows.map((row) => (row.svname === "BACKEND" && row.pxname === "b" ? backendRow(6) : row)),
      }).kind,
    ).toBe("parsed");
  });

  test("whose id now belongs to another backend is discarded", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, all);
    expect(parse(parser, { rows: [serverRow("s1", 1, { pxname: "other" })] }, "b").kind).toBe("needs-servers-state");
  });

  test("of a removed backend is discarded", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, all);
    expect(parse(parser, { rows: [] }, "b").kind).toBe("needs-servers-state");
  });

  test("uses the id of the last response", () => {
    const parser = createSnapshotParser("lb");
    expect(parser.findProxyId("b")).toBeNull();
    parse(parser, all);
    expect([parser.findProxyId("b"), parser.findProxyId("c"), parser.findProxyId("nosuch")]).toEqual([2, 3, null]);
  });
});

describe("the last finished check", () => {
  const check = (more: object) =>
    serverRow("s1", 1, { check_rise: 2, check_fall: 3, check_health: 4, check_duration: 5, chkfail: 6, ...more });
  const finished = check({ check_status: "L7STS", check_code: 503, last_chk: "Service Unavailable" });
  const running = check({ check_status: "* L7STS", check_code: 0, last_chk: "" });

  test("keeps its code and text while the next one runs, although HAProxy has cleared both", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, { rows: [finished], serverStates: [s1] });
    for (const _ of [1, 2]) {
      expect(only(parse(parser, { rows: [running] })).check).toEqual({
        status: "L7STS",
        running: true,
        code: 503,
        text: "Service Unavailable",
        durationMs: 5,
        health: 4,
        rise: 2,
        fall: 3,
        failures: 6,
      });
    }
    expect(only(parse(parser, { rows: [finished] })).check).toMatchObject({ running: false, code: 503 });
  });

  test("has no code or text if it finished between two polls, or before the first", () => {
    const parser = createSnapshotParser("lb");
    const unknown = { status: "L7STS", running: true, code: null, text: "" };
    expect(only(parse(parser, { rows: [running], serverStates: [s1] })).check).toMatchObject(unknown);
    parse(parser, { rows: [check({ check_status: "L7OK", check_code: 200, last_chk: "OK" })] });
    expect(only(parse(parser, { rows: [running] })).check).toMatchObject(unknown);
  });

  test("is not that of another process's server with the same name", () => {
    const parser = createSnapshotParser("lb");
    parse(parser, { rows: [finished], serverStates: [s1] });
    expect(only(parse(parser, { pid: 8, rows: [running], serverStates: [s1] })).check.text).toBe("");
  });

  test("has the code -1, not 4294967295, for an external check that was killed", () => {
    const row = check({ check_status: "PROCERR", check_code: 4_294_967_295 });
    expect(only(parse(createSnapshotParser("lb"), { rows: [row], serverStates: [s1] })).check.code).toBe(-1);
  });
});

describe("values", () => {
  test("an empty column is null, never 0", () => {
    const row = { pxname: "b", svname: "s1", iid: 2, sid: 1, type: 2, status: "no check", weight: 1 };
    expect(only(parse(createSnapshotParser("lb"), { rows: [row], serverStates: [] }))).toEqual({
      backend: "b",
      server: "s1",
      proxyId: 2,
      serverId: 1,
      mode: "",
      status: "no check",
      state: "no-check",
      counting: null,
      byAgent: false,
      weight: 1,
      backup: false,
      check: {
        status: null,
        running: false,
        code: null,
        text: "",
        durationMs: null,
        health: null,
        rise: null,
        fall: null,
        failures: null,
      },
      agentStatus: null,
      agentText: "",
      tracked: null,
      address: { kind: "none" },
      fqdn: null,
      checkElsewhere: false,
      sessionsTotal: null,
      sessionsCurrent: null,
      bytesOut: null,
      connectErrors: null,
      responseErrors: null,
      retries: null,
      responses2xx: null,
      responses5xx: null,
      lastChangeSeconds: null,
    });
  });

  test("the type of a row is its column: a server may be named BACKEND, or like an object's member", () => {
    const rows = [
      serverRow("BACKEND", 1),
      serverRow("__proto__", 2),
      serverRow("-1", 3),
      serverRow("constructor", 4),
      backendRow(0),
    ];
    const parsed = snapshot(
      parse(createSnapshotParser("lb"), {
        rows: [{ ...serverRow("FRONTEND", 0), type: 0 }, ...rows, { ...serverRow("l", 9), type: 3 }],
        serverStates: [],
      }),
    );
    expect(parsed.servers.map((view) => view.server)).toEqual(["BACKEND", "__proto__", "-1", "constructor"]);
    expect(parsed.backends).toHaveLength(1);
  });

  test("a backend may be named __proto__", () => {
    const parser = createSnapshotParser("lb");
    const rows = [serverRow("s1", 1, { pxname: "__proto__" })];
    parse(parser, { rows, serverStates: [s1] });
    expect(parse(parser, { rows }).kind).toBe("parsed");
    expect(parser.findProxyId("__proto__")).toBe(2);
  });

  test("each field is UTF-8 where it is valid, else Latin-1", () => {
    const utf8 = Buffer.from("café").toString("latin1");
    const rows = [serverRow("s1", 1, { pxname: utf8 }), serverRow("s2", 1, { pxname: "caf\xe9", iid: 3 })];
    const views = snapshot(parse(createSnapshotParser("lb"), { rows, serverStates: [] })).servers;
    expect(views.map((view) => view.backend)).toEqual(["café", "café"]);
    const text = only(
      parse(createSnapshotParser("lb"), {
        rows: [serverRow("s1", 1, { check_status: "L7RSP", last_chk: 'Oh, "no",\n\n caf\xe9\ttab' })],
        serverStates: [],
      }),
    );
    expect(text.check.text).toBe('Oh, "no",\n\n café\ttab');
  });

  test("more servers than the limit are refused, not cut off", () => {
    const rows = Array.from({ length: BOUNDS.serversMax + 1 }, (_, n) => serverRow(`s${n}`, n));
    expect(() => parse(createSnapshotParser("lb"), { rows, serverStates: [] })).toThrow(
      expect.objectContaining({ code: "HAPROBE_STATS_TOO_MANY_SERVERS" }),
    );
  });

  test("unknown words are reported, at most ten", () => {
    const rows = Array.from({ length: 30 }, (_, n) =>
      serverRow(`s${n}`, n, { status: `NEW ${n}`, agent_status: "L9", check_status: "L8OK" }),
    );
    const result = parse(createSnapshotParser("lb"), { rows, serverStates: [] });
    const [hint] = snapshot(result).hints ?? [];
    expect(hint).toMatchObject({ code: "unknown-words", count: 90 });
    expect(hint?.examples).toEqual(expect.arrayContaining(["NEW 0", "L8OK", "L9"]));
    expect(hint?.examples).toHaveLength(10);
    expect(snapshot(result).servers[0]).toMatchObject({
      status: "NEW 0",
      state: "unknown",
      agentStatus: "UNK",
      check: { status: "UNK" },
    });
  });
});

describe("an epoch ends", () => {
  const rows = [serverRow("s1", 1), backendRow(5)];
  const first: RenderedState = { rows, serverStates: [s1] };
  test.each<[string, RenderedState, RenderedState]>([
    ["with the process", first, { ...first, pid: 8 }],
    ["with its start time, since in a container each HAProxy has the same pid", first, { ...first, startTime: 1_001 }],
    [
      "when the uptime goes back (2.2 has no start time)",
      { ...first, startTime: null },
      { ...first, startTime: null, uptime: 3 },
    ],
    ["when the counters go back: `clear counters all`", first, { ...first, rows: [serverRow("s1", 1), backendRow(4)] }],
  ])("%s", (_, before, after) => {
    const parser = createSnapshotParser("lb");
    const old = snapshot(parse(parser, before)).epoch;
    const next = snapshot(parse(parser, after)).epoch;
    expect(next).not.toBe(old);
    expect(snapshot(parse(parser, after)).epoch, "the next one stays").toBe(next);
    expect(snapshot(parse(parser, before)).epoch, "the old one never returns").not.toBe(old);
  });

  test("but not while its uptime and its counters grow", () => {
    const parser = createSnapshotParser("lb");
    const old = snapshot(parse(parser, { ...first, startTime: null })).epoch;
    const later = parse(parser, { startTime: null, uptime: 61, rows: [serverRow("s1", 1), backendRow(6)] });
    expect(snapshot(later).epoch).toBe(old);
  });

  test("but not when a server is removed and added again", () => {
    const parser = createSnapshotParser("lb");
    const old = snapshot(
      parse(parser, { rows: [serverRow("s1", 1, { stot: 9 }), backendRow(9)], serverStates: [s1] }),
    ).epoch;
    expect(
      snapshot(parse(parser, { rows: [serverRow("s1", 4, { stot: 0 }), backendRow(9)], serverStates: [s1] })).epoch,
    ).toBe(old);
  });
});

describe("over the stats page, which has no process, an epoch ends", () => {
  const page = { pxname: "stats", svname: "FRONTEND", iid: 9, sid: 0, type: 0 };
  const checked = (status: string, more: object = {}) => serverRow("s1", 1, { check_status: status, ...more });
  const rest = [serverRow("s2", 2, { check_status: "L4OK" }), serverRow("s3", 3, { check_status: "L4OK" })];
  const asPage = (parser: SnapshotParser, rows: RenderedState["rows"]): StatsSnapshot => {
    const text = renderResponseText({ rows });
    const table = responseFromText(text.slice(text.indexOf("# pxname")), 100);
    return snapshot(runToEnd(parser.parse(table, { backend: null, serversState: true, wallMs })));
  };

  test.each<[string, RenderedState["rows"], RenderedState["rows"], boolean]>([
    [
      "when the requests to the page go back",
      [{ ...page, stot: 7 }, backendRow(0)],
      [{ ...page, stot: 1 }, backendRow(0)],
      true,
    ],
    ["when a backend's sessions go back", [backendRow(5)], [backendRow(4)], true],
    [
      "when all checks lose their result",
      [checked("L7OK"), ...rest],
      [checked("INI"), ...rest.map((row) => ({ ...row, check_status: "INI" }))],
      true,
    ],
    [
      "when half of them do",
      [checked("L7OK"), serverRow("s2", 2, { check_status: "L4OK" })],
      [checked("INI"), serverRow("s2", 2, { check_status: "L4OK" })],
      true,
    ],
    [
      "but not when one of many does: a server that was removed and added again",
      [checked("L7OK"), ...rest],
      [checked("INI"), ...rest],
      false,
    ],
    ["but not when one goes into maintenance", [checked("L7OK")], [checked("", { status: "MAINT" })], false],
    ["but not when a check still waits for its first result", [checked("INI")], [checked("INI")], false],
    [
      "but not while all counters grow",
      [{ ...page, stot: 7 }, backendRow(5)],
      [{ ...page, stot: 8 }, backendRow(5)],
      false,
    ],
  ])("%s", (_, before, after, ends) => {
    const parser = createSnapshotParser("lb");
    const first = asPage(parser, before);
    const second = asPage(parser, after);
    expect(second.epoch !== first.epoch).toBe(ends);
    expect(asPage(parser, after).epoch, "the next one stays").toBe(second.epoch);
    expect(first.info).toBeNull();
  });

  test("but not by the checks where `show info` has the process", () => {
    const parser = createSnapshotParser("lb");
    const first = snapshot(parse(parser, { rows: [checked("L7OK")], serverStates: [s1] }));
    expect(snapshot(parse(parser, { rows: [checked("INI")], serverStates: [s1] })).epoch).toBe(first.epoch);
  });
});

describe("hints", () => {
  const table = (rows: RenderedState["rows"]): string => {
    const text = renderResponseText({ rows });
    return text.slice(text.indexOf("# pxname"));
  };
  const codes = (rows: RenderedState["rows"]): unknown => {
    const response = responseFromText(table(rows));
    const { hints } = snapshot(
      runToEnd(createSnapshotParser("lb").parse(response, { backend: null, serversState: true, wallMs })),
    );
    return hints?.filter(({ code }) => code !== "no-process").map(({ code, count }) => [code, count]);
  };

  test("a page has no process; the hint names the stats socket", () => {
    const response = responseFromText(table([serverRow("s1", 1, { addr: "unix" })]));
    const { hints } = snapshot(
      runToEnd(createSnapshotParser("lb").parse(response, { backend: null, serversState: true, wallMs })),
    );
    expect(hints?.map(({ code }) => code)).toEqual(["no-process"]);
    expect(hints?.[0]?.remedy).toContain("stats socket /run/haproxy/admin.sock");
  });

  test("a page without addresses needs `stats show-legends`", () => {
    expect(codes([serverRow("s1", 1), serverRow("s2", 2), backendRow(0)])).toEqual([["no-addresses", 2]]);
    expect(codes([serverRow("s1", 1), serverRow("s2", 2, { addr: "10.0.0.1:80" })]), "one is not resolved").toEqual([]);
    expect(codes([serverRow("s1", 1, { addr: "unix" })])).toEqual([]);
    expect(codes([backendRow(0)]), "no server").toEqual([]);
  });

  test("a stats socket at level user has the addresses in the servers' state", () => {
    expect(
      snapshot(parse(createSnapshotParser("lb"), { rows: [serverRow("s1", 1)], serverStates: [s1] })).hints,
    ).toEqual([]);
  });

  test("a port relative to the client's cannot be probed", () => {
    const rows = [
      serverRow("below", 1, { addr: "10.0.0.1:-10" }),
      serverRow("none", 2, { addr: "10.0.0.1:0" }),
      serverRow("usual", 3, { addr: "10.0.0.1:80" }),
    ];
    expect(codes(rows)).toEqual([["no-port", 2]]);
    const locations = [{ ...s1, port: 4_294_967_286 }];
    const user = snapshot(parse(createSnapshotParser("lb"), { rows: [serverRow("s1", 1)], serverStates: locations }));
    expect(user.hints).toMatchObject([{ code: "no-port", examples: ["b/s1"], count: 1 }]);
    expect(user.servers[0]?.address).toEqual({ kind: "ip", host: "10.0.0.1", port: 0 });
  });
});

describe("captures", () => {
  const fixture = (name: string): string =>
    readFileSync(join(import.meta.dirname, "../fixtures/haproxy", name), "latin1");
  const section = (name: string): string => fixture(name).replace(/\n+$/, "\n\n");
  const capture = (info: string, state: string, table: string): StatsSnapshot => {
    const text = section(info) + section(state) + section(table);
    return snapshot(
      runToEnd(createSnapshotParser("lb").parse(responseFromText(text), { backend: null, serversState: true, wallMs })),
    );
  };

  test.each(["2.2", "3.2"])("%s: level user and level operator give the same servers", (version) => {
    const info = `${version}-user-show_info.txt`;
    const state = `${version}-user-show_servers_state.txt`;
    const [user, operator] = ["user", "oper"].map((level) => capture(info, state, `${version}-showstat-${level}.csv`));
    const locations = (snap: StatsSnapshot | undefined) =>
      snap?.servers.map((view) => [view.backend, view.server, view.address]);
    expect(locations(user)).toEqual(locations(operator));
    expect(user?.servers.length).toBeGreaterThan(30);
    expect(user?.servers.filter((view) => view.address.kind === "ip").length).toBeGreaterThan(30);
  });

  test("2.2 has no start time: it is computed to the second", () => {
    const { info } = capture("2.2-user-show_info.txt", "2.2-user-show_servers_state.txt", "2.2-showstat-oper.csv");
    expect(info).toEqual({
      version: "2.2.0",
      pid: 20918,
      startTimeSeconds: 1_060 - 13,
      uptimeSeconds: 13,
      node: "node-1",
      stopping: false,
    });
  });

  test("3.5 starts servers as UP -1/3, and has backends with commas and quotes in their names", () => {
    const state = "3.5-servers-state-user.txt";
    const starting = capture("3.5-user-show_info.txt", state, "3.5-init-default-risefall.csv");
    expect(starting.servers.find((view) => view.server === "bad")).toMatchObject({
      state: "up",
      counting: { n: -1, of: 3 },
      check: { status: "INI" },
    });
    const weird = capture("3.5-user-show_info.txt", state, "3.5-weird-proxy-name.csv");
    expect(weird.backends.map((row) => row.backend)).toContain('a, b"q');
  });

  test("a table alone, as of the stats page, is parsed with its addresses", () => {
    const text = `${fixture("2.6-http-noleg.csv")}\n`;
    const context = { backend: null, serversState: true, wallMs };
    const table = snapshot(runToEnd(createSnapshotParser("lb").parse(responseFromText(text), context)));
    expect(table).toMatchObject({
      info: null,
      servers: expect.arrayContaining([expect.objectContaining({ server: "api1" })]),
    });
  });
});
