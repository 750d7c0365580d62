import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { ServerView, StatsSnapshot } from "../../server/contract/view.ts";
import { createSnapshotParser, type SnapshotParser, type ParseResult } from "../../server/haproxy/snapshot-parser.ts";
import {
  responseFromText,
  backendRow,
  serverRow,
  type RenderedState,
  renderResponse,
  renderResponseText,
} from "./rendered-response.ts";

const wallMs = 1_060_000;

function read(reader: SnapshotParser, what: RenderedState, kicked: string | null = null): ParseResult {
  return reader.parse(renderResponse(what), { backend: kicked, serversState: what.serverStates !== undefined, wallMs });
}

function snapshot(reading: ParseResult): StatsSnapshot {
  if (reading.kind !== "read") throw new Error(reading.kind);
  return reading.snapshot;
}

function only(reading: ParseResult): ServerView {
  const [view, ...more] = snapshot(reading).servers;
  if (!view || more.length > 0) throw new Error("expected one server");
  return view;
}

const s1 = { sid: 1, name: "s1", addr: "10.0.0.1", port: 80 };

describe("where a server is", () => {
  test("at level user its address comes from the servers' state and is carried over in between", () => {
    const reader = createSnapshotParser("lb");
    const address = { kind: "ip", host: "10.0.0.1", port: 80 };
    expect(
      only(read(reader, { rows: [serverRow("s1", 1)], serverStates: [{ ...s1, fqdn: "web.example", checkPort: 81 }] })),
    ).toMatchObject({
      address,
      fqdn: "web.example",
      checkElsewhere: true,
    });
    expect(only(read(reader, { rows: [serverRow("s1", 1)] }))).toMatchObject({
      address,
      fqdn: "web.example",
      checkElsewhere: true,
    });
  });

  test("from level operator on the table itself shows it, and an empty column is a server without one", () => {
    const reader = createSnapshotParser("lb");
    const places = [s1, { sid: 2, name: "s2", fqdn: "web.example", port: 80 }];
    const views = snapshot(
      read(reader, { rows: [serverRow("s1", 1, { addr: "[::1]:80" }), serverRow("s2", 2)], serverStates: places }),
    ).servers;
    expect(views.map((view) => view.address)).toEqual([{ kind: "ip", host: "::1", port: 80 }, { kind: "none" }]);
  });

  test.each<[string, RenderedState]>([
    ["a server is new", { rows: [serverRow("s1", 1), serverRow("s2", 2)] }],
    ["a server is gone", { rows: [] }],
    ["a server took another's name", { rows: [serverRow("s9", 1)] }],
    ["a server has another id", { rows: [serverRow("s1", 5)] }],
    ["a server has another address", { rows: [serverRow("s1", 1, { addr: "10.0.0.9:80" })] }],
    ["the backend has another name", { rows: [serverRow("s1", 1, { pxname: "c" })] }],
    ["the backend has another id", { rows: [serverRow("s1", 1, { iid: 3 })] }],
    ["another process answers", { pid: 8, rows: [serverRow("s1", 1)] }],
  ])("nothing is guessed when %s: everything is asked for", (_, now) => {
    const reader = createSnapshotParser("lb");
    read(reader, { rows: [serverRow("s1", 1)], serverStates: [s1] });
    expect(read(reader, now).kind).toBe("ask-for-everything");
    expect(read(reader, { rows: [serverRow("s1", 1)] }).kind, "what was not read is not remembered").toBe("read");
  });

  test("a server that comes back from maintenance may have moved", () => {
    const reader = createSnapshotParser("lb");
    read(reader, { rows: [serverRow("s1", 1)], serverStates: [s1] });
    expect(read(reader, { rows: [serverRow("s1", 1, { status: "MAINT" })] }).kind).toBe("read");
    expect(read(reader, { rows: [serverRow("s1", 1, { status: "DOWN" })] }).kind).toBe("ask-for-everything");
  });

  test("the first answer is never read without the servers' state", () => {
    expect(read(createSnapshotParser("lb"), { rows: [serverRow("s1", 1)] }).kind).toBe("ask-for-everything");
  });
});

describe("a kick poll", () => {
  const others = [serverRow("x", 1, { pxname: "c", iid: 3 }), backendRow(0, { pxname: "c", iid: 3 })];
  const all: RenderedState = { rows: [serverRow("s1", 1), backendRow(5), ...others], serverStates: [s1] };

  test("is a snapshot of that backend alone, and the others stay remembered", () => {
    const reader = createSnapshotParser("lb");
    const { epoch } = snapshot(read(reader, all));
    const kicked = snapshot(read(reader, { rows: [serverRow("s1", 1, { status: "DOWN" }), backendRow(6)] }, "b"));
    expect(kicked).toMatchObject({ scope: { backend: "b" }, epoch, servers: [{ server: "s1", state: "down" }] });
    expect(
      read(reader, {
        rows: all.rows.map((row) => (row.svname === "BACKEND" && row.pxname === "b" ? backendRow(6) : row)),
      }).kind,
    ).toBe("read");
  });

  test("whose id now belongs to another backend is not read", () => {
    const reader = createSnapshotParser("lb");
    read(reader, all);
    expect(read(reader, { rows: [serverRow("s1", 1, { pxname: "other" })] }, "b").kind).toBe("ask-for-everything");
  });

  test("of a backend that is gone is not read", () => {
    const reader = createSnapshotParser("lb");
    read(reader, all);
    expect(read(reader, { rows: [] }, "b").kind).toBe("ask-for-everything");
  });

  test("is asked by the id that HAProxy gave", () => {
    const reader = createSnapshotParser("lb");
    expect(reader.findProxyId("b")).toBeNull();
    read(reader, all);
    expect([reader.findProxyId("b"), reader.findProxyId("c"), reader.findProxyId("nosuch")]).toEqual([2, 3, null]);
  });
});

describe("the last finished check", () => {
  const check = (more: object) =>
    serverRow("s1", 1, { check_rise: 2, check_fall: 3, check_health: 4, check_duration: 5, ...more });
  const finished = check({ check_status: "L7STS", check_code: 503, last_chk: "Service Unavailable" });
  const running = check({ check_status: "* L7STS", check_code: 0, last_chk: "" });

  test("keeps its code and text while the next one runs, though HAProxy has emptied both", () => {
    const reader = createSnapshotParser("lb");
    read(reader, { rows: [finished], serverStates: [s1] });
    for (const _ of [1, 2]) {
      expect(only(read(reader, { rows: [running] })).check).toEqual({
        status: "L7STS",
        running: true,
        code: 503,
        text: "Service Unavailable",
        durationMs: 5,
        health: 4,
        rise: 2,
        fall: 3,
      });
    }
    expect(only(read(reader, { rows: [finished] })).check).toMatchObject({ running: false, code: 503 });
  });

  test("has no code or text if it finished unseen, or the first poll found the next one running", () => {
    const reader = createSnapshotParser("lb");
    const unknown = { status: "L7STS", running: true, code: null, text: "" };
    expect(only(read(reader, { rows: [running], serverStates: [s1] })).check).toMatchObject(unknown);
    read(reader, { rows: [check({ check_status: "L7OK", check_code: 200, last_chk: "OK" })] });
    expect(only(read(reader, { rows: [running] })).check).toMatchObject(unknown);
  });

  test("is not taken from another process's server of the same name", () => {
    const reader = createSnapshotParser("lb");
    read(reader, { rows: [finished], serverStates: [s1] });
    expect(only(read(reader, { pid: 8, rows: [running], serverStates: [s1] })).check.text).toBe("");
  });

  test("an external check that was killed has the code -1, not 4294967295", () => {
    const row = check({ check_status: "PROCERR", check_code: 4_294_967_295 });
    expect(only(read(createSnapshotParser("lb"), { rows: [row], serverStates: [s1] })).check.code).toBe(-1);
  });
});

describe("values", () => {
  test("an empty column is null, never 0", () => {
    const row = { pxname: "b", svname: "s1", iid: 2, sid: 1, type: 2, status: "no check", weight: 1 };
    expect(only(read(createSnapshotParser("lb"), { rows: [row], serverStates: [] }))).toEqual({
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
      },
      agentStatus: null,
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
      responses5xx: null,
      lastChangeSeconds: null,
    });
  });

  test("rows are told apart by their type: a server may be called BACKEND, or like a member of every object", () => {
    const rows = [
      serverRow("BACKEND", 1),
      serverRow("__proto__", 2),
      serverRow("-1", 3),
      serverRow("constructor", 4),
      backendRow(0),
    ];
    const read1 = snapshot(
      read(createSnapshotParser("lb"), {
        rows: [{ ...serverRow("FRONTEND", 0), type: 0 }, ...rows, { ...serverRow("l", 9), type: 3 }],
        serverStates: [],
      }),
    );
    expect(read1.servers.map((view) => view.server)).toEqual(["BACKEND", "__proto__", "-1", "constructor"]);
    expect(read1.backends).toHaveLength(1);
  });

  test("a backend called __proto__ is a backend", () => {
    const reader = createSnapshotParser("lb");
    const rows = [serverRow("s1", 1, { pxname: "__proto__" })];
    read(reader, { rows, serverStates: [s1] });
    expect(read(reader, { rows }).kind).toBe("read");
    expect(reader.findProxyId("__proto__")).toBe(2);
  });

  test("names are UTF-8 where their bytes are, else Latin-1, and one of them does not change how the others are read", () => {
    const utf8 = Buffer.from("café").toString("latin1");
    const rows = [serverRow("s1", 1, { pxname: utf8 }), serverRow("s1", 1, { pxname: "caf\xe9", iid: 3 })];
    const views = snapshot(read(createSnapshotParser("lb"), { rows, serverStates: [] })).servers;
    expect(views.map((view) => view.backend)).toEqual(["café", "café"]);
    const text = only(
      read(createSnapshotParser("lb"), {
        rows: [serverRow("s1", 1, { check_status: "L7RSP", last_chk: 'Oh, "no",\n\n caf\xe9\ttab' })],
        serverStates: [],
      }),
    );
    expect(text.check.text).toBe('Oh, "no",\n\n café\ttab');
  });

  test("more servers than are watched are refused, not cut off", () => {
    const rows = Array.from({ length: BOUNDS.serversMax + 1 }, (_, n) => serverRow(`s${n}`, n));
    expect(() => read(createSnapshotParser("lb"), { rows, serverStates: [] })).toThrow(
      expect.objectContaining({ code: "HAPROBE_STATS_TOO_MANY_SERVERS" }),
    );
  });

  test("words that nobody has read are reported, at most ten", () => {
    const rows = Array.from({ length: 30 }, (_, n) =>
      serverRow(`s${n}`, n, { status: `NEW ${n}`, agent_status: "L9", check_status: "L8OK" }),
    );
    const reading = read(createSnapshotParser("lb"), { rows, serverStates: [] });
    const [hint] = snapshot(reading).hints ?? [];
    expect(hint).toMatchObject({ code: "unknown-words", count: 90 });
    expect(hint?.examples).toEqual(expect.arrayContaining(["NEW 0", "L8OK", "L9"]));
    expect(hint?.examples).toHaveLength(10);
    expect(snapshot(reading).servers[0]).toMatchObject({
      status: "NEW 0",
      state: "maint",
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
    ["with its start time, since in a container every HAProxy has the same pid", first, { ...first, startTime: 1_001 }],
    [
      "when the uptime goes back (2.2 tells no start time)",
      { ...first, startTime: null },
      { ...first, startTime: null, uptime: 3 },
    ],
    ["when the counters go back: `clear counters all`", first, { ...first, rows: [serverRow("s1", 1), backendRow(4)] }],
  ])("%s", (_, before, after) => {
    const reader = createSnapshotParser("lb");
    const old = snapshot(read(reader, before)).epoch;
    const next = snapshot(read(reader, after)).epoch;
    expect(next).not.toBe(old);
    expect(snapshot(read(reader, after)).epoch, "and the next one stays").toBe(next);
    expect(snapshot(read(reader, before)).epoch, "and the old one never returns").not.toBe(old);
  });

  test("but not while it only grows older and its counters grow", () => {
    const reader = createSnapshotParser("lb");
    const old = snapshot(read(reader, { ...first, startTime: null })).epoch;
    const later = read(reader, { startTime: null, uptime: 61, rows: [serverRow("s1", 1), backendRow(6)] });
    expect(snapshot(later).epoch).toBe(old);
  });

  test("and a server that was removed and added anew begins no epoch", () => {
    const reader = createSnapshotParser("lb");
    const old = snapshot(
      read(reader, { rows: [serverRow("s1", 1, { stot: 9 }), backendRow(9)], serverStates: [s1] }),
    ).epoch;
    expect(
      snapshot(read(reader, { rows: [serverRow("s1", 4, { stot: 0 }), backendRow(9)], serverStates: [s1] })).epoch,
    ).toBe(old);
  });
});

describe("over the stats page, which says nothing of its process, an epoch ends", () => {
  const page = { pxname: "stats", svname: "FRONTEND", iid: 9, sid: 0, type: 0 };
  const checked = (status: string, more: object = {}) => serverRow("s1", 1, { check_status: status, ...more });
  const rest = [serverRow("s2", 2, { check_status: "L4OK" }), serverRow("s3", 3, { check_status: "L4OK" })];
  const asPage = (reader: SnapshotParser, rows: RenderedState["rows"]): StatsSnapshot => {
    const text = renderResponseText({ rows });
    const table = responseFromText(text.slice(text.indexOf("# pxname")), 100);
    return snapshot(reader.parse(table, { backend: null, serversState: true, wallMs }));
  };

  test.each<[string, RenderedState["rows"], RenderedState["rows"], boolean]>([
    [
      "when the requests that it counted go back",
      [{ ...page, stot: 7 }, backendRow(0)],
      [{ ...page, stot: 1 }, backendRow(0)],
      true,
    ],
    ["when a backend's sessions go back", [backendRow(5)], [backendRow(4)], true],
    [
      "when the checks that had a result have none",
      [checked("L7OK"), ...rest],
      [checked("INI"), ...rest.map((row) => ({ ...row, check_status: "INI" }))],
      true,
    ],
    [
      "when half of them have none",
      [checked("L7OK"), serverRow("s2", 2, { check_status: "L4OK" })],
      [checked("INI"), serverRow("s2", 2, { check_status: "L4OK" })],
      true,
    ],
    [
      "but not when one of many has none: a server that was removed and added anew",
      [checked("L7OK"), ...rest],
      [checked("INI"), ...rest],
      false,
    ],
    ["but not when one goes into maintenance", [checked("L7OK")], [checked("", { status: "MAINT" })], false],
    ["but not when a check still waits for its first result", [checked("INI")], [checked("INI")], false],
    [
      "but not while everything grows",
      [{ ...page, stot: 7 }, backendRow(5)],
      [{ ...page, stot: 8 }, backendRow(5)],
      false,
    ],
  ])("%s", (_, before, after, ends) => {
    const reader = createSnapshotParser("lb");
    const first = asPage(reader, before);
    const second = asPage(reader, after);
    expect(second.epoch !== first.epoch).toBe(ends);
    expect(asPage(reader, after).epoch, "and the next one stays").toBe(second.epoch);
    expect(first.info).toBeNull();
  });

  test("but where a process has a name, that counts, not its checks", () => {
    const reader = createSnapshotParser("lb");
    const first = snapshot(read(reader, { rows: [checked("L7OK")], serverStates: [s1] }));
    expect(snapshot(read(reader, { rows: [checked("INI")], serverStates: [s1] })).epoch).toBe(first.epoch);
  });
});

describe("hints", () => {
  const table = (rows: RenderedState["rows"]): string => {
    const text = renderResponseText({ rows });
    return text.slice(text.indexOf("# pxname"));
  };
  const codes = (rows: RenderedState["rows"]): unknown => {
    const answer = responseFromText(table(rows));
    const { hints } = snapshot(createSnapshotParser("lb").parse(answer, { backend: null, serversState: true, wallMs }));
    return hints?.filter(({ code }) => code !== "no-process").map(({ code, count }) => [code, count]);
  };

  test("a page does not tell which process answers, and says where that is told", () => {
    const answer = responseFromText(table([serverRow("s1", 1, { addr: "unix" })]));
    const { hints } = snapshot(createSnapshotParser("lb").parse(answer, { backend: null, serversState: true, wallMs }));
    expect(hints?.map(({ code }) => code)).toEqual(["no-process"]);
    expect(hints?.[0]?.remedy).toContain("stats socket /run/haproxy/admin.sock");
  });

  test("a page without any address wants `stats show-legends`", () => {
    expect(codes([serverRow("s1", 1), serverRow("s2", 2), backendRow(0)])).toEqual([["no-addresses", 2]]);
    expect(codes([serverRow("s1", 1), serverRow("s2", 2, { addr: "10.0.0.1:80" })]), "one is not resolved").toEqual([]);
    expect(codes([serverRow("s1", 1, { addr: "unix" })])).toEqual([]);
    expect(codes([backendRow(0)]), "no server, nothing missing").toEqual([]);
  });

  test("a stats socket at level user is no page: it shows the addresses elsewhere", () => {
    expect(
      snapshot(read(createSnapshotParser("lb"), { rows: [serverRow("s1", 1)], serverStates: [s1] })).hints,
    ).toEqual([]);
  });

  test("a port that follows the client's is no port to probe", () => {
    const rows = [
      serverRow("below", 1, { addr: "10.0.0.1:-10" }),
      serverRow("none", 2, { addr: "10.0.0.1:0" }),
      serverRow("usual", 3, { addr: "10.0.0.1:80" }),
    ];
    expect(codes(rows)).toEqual([["no-port", 2]]);
    const places = [{ ...s1, port: 4_294_967_286 }];
    const user = snapshot(read(createSnapshotParser("lb"), { rows: [serverRow("s1", 1)], serverStates: places }));
    expect(user.hints).toMatchObject([{ code: "no-port", examples: ["b/s1"], count: 1 }]);
    expect(user.servers[0]?.address).toEqual({ kind: "ip", host: "10.0.0.1", port: 0 });
  });
});

describe("captures", () => {
  const fixture = (name: string): string =>
    readFileSync(join(import.meta.dirname, "../fixtures/haproxy", name), "latin1");
  const part = (name: string): string => fixture(name).replace(/\n+$/, "\n\n");
  const capture = (info: string, state: string, table: string): StatsSnapshot => {
    const text = part(info) + part(state) + part(table);
    return snapshot(
      createSnapshotParser("lb").parse(responseFromText(text), { backend: null, serversState: true, wallMs }),
    );
  };

  test.each(["2.2", "3.2"])("%s: level user and level operator give the same servers", (version) => {
    const info = `${version}-user-show_info.txt`;
    const state = `${version}-user-show_servers_state.txt`;
    const [user, operator] = ["user", "oper"].map((level) => capture(info, state, `${version}-showstat-${level}.csv`));
    const places = (snap: StatsSnapshot | undefined) =>
      snap?.servers.map((view) => [view.backend, view.server, view.address]);
    expect(places(user)).toEqual(places(operator));
    expect(user?.servers.length).toBeGreaterThan(30);
    expect(user?.servers.filter((view) => view.address.kind === "ip").length).toBeGreaterThan(30);
  });

  test("2.2 does not tell when it started: that is worked out, and each value of it is right to the second", () => {
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

  test("a table alone, as the stats page gives it, is read with the addresses that it shows", () => {
    const text = `${fixture("2.6-http-noleg.csv")}\n`;
    const asked = { backend: null, serversState: true, wallMs };
    const table = snapshot(createSnapshotParser("lb").parse(responseFromText(text), asked));
    expect(table).toMatchObject({
      info: null,
      servers: expect.arrayContaining([expect.objectContaining({ server: "api1" })]),
    });
  });
});
