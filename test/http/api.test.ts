import type { Express } from "express";
import request from "supertest";
import { describe, expect, test } from "vitest";
import { type Columns, fromColumns } from "../../server/contract/columns.ts";
import type { Finding } from "../../server/contract/finding.ts";
import type { Incident } from "../../server/contract/incident.ts";
import type { IncidentArchive } from "../../server/contract/ports.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { HaprobeError } from "../../server/errors.ts";
import { EXAMPLES } from "../../server/http/schemas/examples.ts";
import { FALSE_UP, makeServerKeys, makeServerStatus } from "../push/fake-fleet.ts";
import { createTestApp } from "./test-app.ts";

const FLEET = ["lb-1/k8s-api/cp-1", "lb-1/k8s-api/cp-2", "lb-1/a/b/web", "lb-2/k8s-api/cp-1"];

function keysOf(response: { body: unknown }): string[] {
  return (response.body as { servers: ServerStatus[] }).servers.map((each) => each.key);
}

describe("/api/v1/servers", () => {
  test("is the published snapshot with next", async () => {
    const { app, publisher } = createTestApp(FLEET);
    const response = await request(app)
      .get("/api/v1/servers")
      .expect(200)
      .expect("content-type", /^application\/json/);
    expect(response.body).toEqual({ ...JSON.parse(JSON.stringify(publisher.snapshot())), next: null });
  });

  test("is compressed where the client accepts it, once for all clients", async () => {
    const { app } = createTestApp(FLEET);
    const plain = await request(app).get("/api/v1/servers").set("accept-encoding", "identity");
    for (const encoding of ["br", "gzip"]) {
      const [one, two] = await Promise.all(
        [1, 2].map(() => request(app).get("/api/v1/servers").set("accept-encoding", encoding)),
      );
      expect(one?.headers["content-encoding"]).toBe(encoding);
      expect(Number(one?.headers["content-length"])).toBeLessThan(Number(plain.headers["content-length"]));
      expect(one?.headers.vary).toMatch(/accept-encoding/i);
      expect(one?.body).toEqual(plain.body);
      expect(two?.body).toEqual(plain.body);
    }
    const refused = await request(app).get("/api/v1/servers").set("accept-encoding", "br;q=0, gzip;q=0");
    expect(refused.headers["content-encoding"]).toBeUndefined();
  });

  test("in columns is the same state at a fifth of the size", async () => {
    const { app, fleet, clock } = createTestApp(makeServerKeys(100));
    fleet.set("lb-1/web/s-3", FALSE_UP);
    await clock.advance(100);
    const rows = await request(app).get("/api/v1/servers").set("accept-encoding", "identity");
    const { servers, ...rest } = rows.body as { servers: ServerStatus[] };
    for (const encoding of ["identity", "br", "gzip"]) {
      const response = await request(app).get("/api/v1/servers?form=columns").set("accept-encoding", encoding);
      const { rows: count, columns, ...others } = response.body as { rows: number; columns: Columns };
      expect(fromColumns(columns, count)).toEqual(servers);
      expect(others).toEqual(rest);
      expect(response.headers.etag).toBe('W/"e-1-1"');
      if (encoding === "identity") expect(response.text.length).toBeLessThan(rows.text.length / 5);
    }
    await request(app).get("/api/v1/servers?form=columns").set("if-none-match", 'W/"e-1-1"').expect(304);
    expect((await request(app).get("/api/v1/servers?form=rows")).body).toEqual(rows.body);
  });

  test("in columns takes the same filters", async () => {
    const { app } = createTestApp(FLEET);
    const response = await request(app).get("/api/v1/servers?form=columns&instance=lb-1&limit=2").expect(200);
    const { rows, columns, next } = response.body as { rows: number; columns: Columns; next: string };
    expect(fromColumns(columns, rows)).toMatchObject([{ key: FLEET[0] }, { key: FLEET[1] }]);
    expect(next).toEqual(expect.any(String));
  });

  test("answers 304 to a client that has this seq, in whatever encoding, and 200 after the next", async () => {
    const { app, fleet, clock } = createTestApp(FLEET);
    for (const encoding of ["identity", "br"]) {
      const response = await request(app).get("/api/v1/servers").set("accept-encoding", encoding);
      expect(response.headers.etag).toBe('W/"e-1-0"');
    }
    for (const tag of ['W/"e-1-0"', '"e-1-0"', '"other", W/"e-1-0"', "*"]) {
      const again = await request(app).get("/api/v1/servers").set("if-none-match", tag).expect(304);
      expect(again.text).toBe("");
    }
    fleet.set("lb-1/k8s-api/cp-1", FALSE_UP);
    await clock.advance(100);
    const next = await request(app).get("/api/v1/servers").set("if-none-match", 'W/"e-1-0"').expect(200);
    expect(next.body).toMatchObject({ seq: 1 });
  });

  test.each([
    ["verdict=false-up", ["lb-1/k8s-api/cp-1"]],
    ["verdict=false-up&verdict=agree-up", FLEET],
    ["problems=1", ["lb-1/k8s-api/cp-1"]],
    ["problems=0", FLEET],
    ["instance=lb-2", ["lb-2/k8s-api/cp-1"]],
    ["instance=lb-1&backend=a%2Fb", ["lb-1/a/b/web"]],
    ["instance=lb-9", []],
    ["site=default", FLEET],
    ["site=fra", []],
    ["instance=lb-2&problems=1", []],
  ])("?%s keeps what matches", async (query, expected) => {
    const { app, fleet, clock } = createTestApp(FLEET);
    fleet.set("lb-1/k8s-api/cp-1", FALSE_UP);
    await clock.advance(100);
    const response = await request(app).get(`/api/v1/servers?${query}`).expect(200);
    expect(keysOf(response)).toEqual(expected);
    expect(response.body).toMatchObject({ version: 1, epoch: "e-1", seq: 1, next: null, summary: { servers: 4 } });
  });

  test("pages by limit and next show every row once, also when rows come and go in between", async () => {
    const all = makeServerKeys(25);
    const { app, fleet, clock } = createTestApp(all);
    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const cursor: string = next === "" ? "" : `&next=${next}`;
      const response = await request(app).get(`/api/v1/servers?limit=10${cursor}`).expect(200);
      seen.push(...keysOf(response));
      next = (response.body as { next: string | null }).next;
      // The row that the cursor names goes, and so does one before it: nothing may be skipped for that.
      if (seen.length === 10) fleet.remove("lb-1/web/s-3");
      await clock.advance(100);
    }
    expect(seen).toEqual(all);
  });

  test("with a filter and no limit has at most pageRowsDefault servers, and a next", async () => {
    const { app } = createTestApp(makeServerKeys(BOUNDS.pageRowsDefault + 1));
    const page = await request(app).get("/api/v1/servers?problems=0").expect(200);
    expect(keysOf(page)).toHaveLength(BOUNDS.pageRowsDefault);
    const { next } = page.body as { next: string };
    expect(keysOf(await request(app).get(`/api/v1/servers?problems=0&next=${next}`).expect(200))).toHaveLength(1);
    expect(keysOf(await request(app).get("/api/v1/servers"))).toHaveLength(BOUNDS.pageRowsDefault + 1);
  });

  test("refuses more values of one filter than anyone needs", async () => {
    const names = "instance=lb-1&".repeat(BOUNDS.filterValuesMax + 1);
    const response = await request(createTestApp(FLEET).app).get(`/api/v1/servers?${names}`);
    expect(response.status).toBe(400);
  });

  test("a page that ends with the last row has no next", async () => {
    const { app } = createTestApp(makeServerKeys(10));
    const response = await request(app).get("/api/v1/servers?limit=10").expect(200);
    expect(response.body).toMatchObject({ next: null });
  });

  test.each([
    "verdict=bad",
    "problems=yes",
    "limit=0",
    "limit=10001",
    "limit=-1",
    "limit=ten",
    "next=%00",
    "instance=",
    "form=list",
    "colour=red",
    "limit=1&limit=2",
    "problems=1&problems=0",
    "__proto__=1",
  ])("?%s is refused with 400", async (query) => {
    const { app } = createTestApp(FLEET);
    const response = await request(app).get(`/api/v1/servers?${query}`).expect(400);
    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(response.body).toMatchObject({ status: 400, title: "Bad Request" });
  });
});

describe("one server", () => {
  test("is the same object as in the list, by its parts and by its key", async () => {
    const { app } = createTestApp(FLEET);
    for (const path of ["servers/lb-1/k8s-api/cp-1", "server?key=lb-1/k8s-api/cp-1"]) {
      const response = await request(app).get(`/api/v1/${path}`).expect(200);
      expect(response.body).toEqual(makeServerStatus("lb-1/k8s-api/cp-1"));
    }
  });

  test("is live and does not wait for the next delta", async () => {
    const { app, fleet } = createTestApp(FLEET);
    fleet.set("lb-1/k8s-api/cp-1", FALSE_UP);
    const response = await request(app).get("/api/v1/servers/lb-1/k8s-api/cp-1");
    expect(response.body).toMatchObject({ verdict: "false-up" });
  });

  test("of a backend whose name holds a slash is found by its encoded name", async () => {
    const { app } = createTestApp(FLEET);
    const response = await request(app).get("/api/v1/servers/lb-1/a%2Fb/web").expect(200);
    expect(response.body).toMatchObject({ key: "lb-1/a/b/web", backend: "a/b" });
  });

  test.each([
    ["servers/lb-1/k8s-api/cp-9", 404],
    ["servers/lb-1%2Fa/b/web", 404],
    ["servers/lb-1/a/b/web", 404],
    ["servers/__proto__/x/y", 404],
    ["servers/lb-1/%zz/web", 400],
    ["server?key=nothing", 404],
    ["server", 400],
    ["server?key=a/b/c&key=d/e/f", 400],
  ])("%s gives %i with problem details", async (path, status) => {
    const { app } = createTestApp(FLEET);
    const response = await request(app).get(`/api/v1/${path}`).expect(status);
    expect(response.headers["content-type"]).toBe("application/problem+json");
  });
});

test("/api/v1/instances lists the polled HAProxies", async () => {
  const { app, publisher } = createTestApp(FLEET);
  const response = await request(app).get("/api/v1/instances").expect(200);
  expect(response.body).toEqual({
    version: 1,
    epoch: "e-1",
    seq: 0,
    instances: publisher.snapshot().instances,
    next: null,
  });
});

test("/api/v1/status has identity, readiness and summary", async () => {
  const { app, publisher } = createTestApp(FLEET, {
    readiness: { notReady: () => ["lb-2 was not tried yet"], remarks: () => ["lb-1 does not answer"] },
  });
  const response = await request(app).get("/api/v1/status").expect(200);
  expect(response.body).toMatchObject({
    version: 1,
    epoch: "e-1",
    seq: 0,
    haprobe: "0.1.0",
    vantage: "host-a",
    ready: false,
    notReady: ["lb-2 was not tried yet"],
    remarks: ["lb-1 does not answer"],
    summary: publisher.snapshot().summary,
  });
});

describe("/api/v1/findings", () => {
  const subject = { instance: "lb-1", backend: "k8s-api", server: null };
  const found: Finding[] = [
    { id: "a", code: "split", subject, sentence: "", advice: "", since: "2026-11-22T10:00:00.000Z", vantages: [] },
    {
      id: "b",
      code: "check-blind",
      subject: { ...subject, instance: "lb-2" },
      sentence: "",
      advice: "",
      since: "2026-11-22T10:00:00.000Z",
      vantages: [],
    },
    {
      id: "c",
      code: "config-broken",
      subject: { instance: null, backend: null, server: null },
      sentence: "",
      advice: "",
      since: "2026-11-22T10:00:00.000Z",
      vantages: [],
    },
  ];

  test.each([
    ["", ["a", "b", "c"]],
    ["?code=split&code=check-blind", ["a", "b"]],
    ["?instance=lb-2", ["b"]],
    ["?instance=lb-2&code=split", []],
  ])("%s keeps what matches", async (query, ids) => {
    const { app, fleet } = createTestApp(FLEET);
    fleet.currentFindings = found;
    const response = await request(app).get(`/api/v1/findings${query}`).expect(200);
    expect(response.body).toEqual({ version: 1, findings: found.filter(({ id }) => ids.includes(id)), next: null });
  });

  test("come page by page", async () => {
    const { app, fleet } = createTestApp(FLEET);
    fleet.currentFindings = found;
    const first = await request(app).get("/api/v1/findings?limit=2").expect(200);
    const { findings, next } = first.body as { findings: Finding[]; next: string };
    expect(findings.map(({ id }) => id)).toEqual(["a", "b"]);
    const second = await request(app).get(`/api/v1/findings?limit=2&next=${next}`).expect(200);
    expect(second.body).toMatchObject({ findings: [{ id: "c" }], next: null });
  });

  test.each(["code=bad", "instance=", "backend=web"])("?%s is refused with 400", async (query) => {
    const response = await request(createTestApp(FLEET).app).get(`/api/v1/findings?${query}`).expect(400);
    expect(response.headers["content-type"]).toBe("application/problem+json");
  });
});

describe("/api/v1/incidents", () => {
  const { incident } = EXAMPLES;
  const happened: Incident[] = [
    incident,
    { ...incident, id: "healing", state: "healing", confirmedAt: "2026-11-22T09:00:00.000Z" },
    { ...ended("ended"), confirmedAt: "2026-11-22T08:00:00.000Z" },
  ];

  function ended(id: string): Incident {
    return { ...incident, id, state: "ended", endedAt: "2026-11-22T10:05:00.000Z", end: "agreed" };
  }

  test.each([
    ["", [incident.id, "healing", "ended"]],
    ["?open=true", [incident.id, "healing"]],
    ["?open=false", ["ended"]],
  ])("%s keeps what matches", async (query, ids) => {
    const { app, fleet } = createTestApp(FLEET);
    fleet.currentIncidents = happened;
    const response = await request(app).get(`/api/v1/incidents${query}`).expect(200);
    expect(response.body).toEqual({
      version: 1,
      incidents: happened.filter(({ id }) => ids.includes(id)),
      next: null,
      complete: true,
    });
  });

  test("come without evidence and changes in brief, as the dashboard reads them", async () => {
    const { app, fleet } = createTestApp(FLEET);
    const changes = [{ at: "2026-11-22T10:00:00.654Z", what: "confirmed", who: null, text: "500" }] as const;
    fleet.currentIncidents = [{ ...incident, changes }];
    const response = await request(app).get("/api/v1/incidents?brief=true").expect(200);
    const { key } = incident.evidence;
    expect((response.body as { incidents: Incident[] }).incidents).toEqual([
      { ...incident, evidence: { key, row: [], probe: null, curl: null, socat: null }, changes: [] },
    ]);
  });

  test("come page by page", async () => {
    const { app, fleet } = createTestApp(FLEET);
    fleet.currentIncidents = happened;
    const first = await request(app).get("/api/v1/incidents?limit=1&open=true").expect(200);
    const { next } = first.body as { next: string };
    const second = await request(app).get(`/api/v1/incidents?limit=1&open=true&next=${next}`).expect(200);
    expect(second.body).toMatchObject({ incidents: [{ id: "healing" }], next: null });
  });

  describe("of a store", () => {
    /** Incidents of ten days, the newest first; the live ones are among them in an older form. */
    const kept = [incident, ...Array.from({ length: 120 }, (_, n) => archived(n))];

    function archived(n: number): Incident {
      return { ...ended(`old-${n}`), confirmedAt: new Date(Date.UTC(2026, 10, 12) - n * 60_000).toISOString() };
    }

    const archive: IncidentArchive = {
      async list({ open, after, limit }) {
        const rows = kept.filter(({ state }) => open === null || (state !== "ended") === open);
        const begin = after === null ? 0 : rows.findIndex(({ confirmedAt }) => confirmedAt < after.confirmedAt);
        return begin < 0 ? [] : rows.slice(begin, begin + limit);
      },
      find: async (id) => kept.find((each) => each.id === id) ?? null,
    };

    async function readPages(app: Express, query: string): Promise<string[]> {
      const ids: string[] = [];
      for (let next: string | null = ""; next !== null; ) {
        const after = next === "" ? "" : `&next=${next}`;
        const { body } = await request(app).get(`/api/v1/incidents?${query}${after}`).expect(200);
        const page = body as { incidents: Incident[]; next: string | null; complete: boolean };
        expect(page.complete).toBe(true);
        ids.push(...page.incidents.map(({ id }) => id));
        next = page.next;
      }
      return ids;
    }

    const old = Array.from({ length: 120 }, (_, n) => `old-${n}`);

    test.each([
      ["limit=7", [incident.id, "healing", "ended", ...old]],
      ["limit=1000", [incident.id, "healing", "ended", ...old]],
      ["limit=50&open=false", ["ended", ...old]],
      ["limit=1&open=true", [incident.id, "healing"]],
      ["limit=7&until=2026-11-22T09:00:00Z", ["healing", "ended", ...old]],
      ["limit=7&until=2026-11-12T01:00:00%2B01:00", old],
      ["limit=50&until=2026-11-11T23:00:00Z", old.slice(60)],
    ])("follow those in memory, each once: %s", async (query, ids) => {
      const { app, fleet } = createTestApp(FLEET, { archive });
      fleet.currentIncidents = happened;
      expect(await readPages(app, query)).toEqual(ids);
    });

    test("that is away are missing, which the response says", async () => {
      const away = async (): Promise<never> => {
        throw new HaprobeError("HAPROBE_STORE_UNREACHABLE", "away");
      };
      const { app, fleet } = createTestApp(FLEET, { archive: { list: away, find: away } });
      fleet.currentIncidents = happened;
      const { body } = await request(app).get("/api/v1/incidents").expect(200);
      expect(body).toEqual({ version: 1, incidents: happened, next: null, complete: false });
      const page = await request(app).get("/api/v1/incidents?limit=1").expect(200);
      expect(page.body).toMatchObject({ next: expect.any(String), complete: false });
      await request(app).get("/api/v1/incidents/healing").expect(200);
      await request(app).get("/api/v1/incidents/old-1").expect(503);
    });

    test("in which haprobe itself has a fault are 500, and the fault is recorded", async () => {
      const fault = (): Promise<never> => Promise.reject(new TypeError("no"));
      const { app, internalErrors } = createTestApp(FLEET, { archive: { list: fault, find: fault } });
      await request(app).get("/api/v1/incidents").expect(500);
      await request(app).get("/api/v1/incidents/old-1").expect(500);
      expect(internalErrors).toHaveLength(2);
    });

    test("are found by their id", async () => {
      const { app } = createTestApp(FLEET, { archive });
      const response = await request(app).get("/api/v1/incidents/old-7").expect(200);
      expect(response.body).toEqual(kept[8]);
      await request(app).get("/api/v1/incidents/older").expect(404);
    });
  });

  test("come in pages of a bounded size, and at least one by one", async () => {
    const { app, fleet } = createTestApp(FLEET);
    const wide = Array.from({ length: 3 }, (_, n) => ({
      ...ended(`wide-${n}`),
      sentence: "x".repeat(BOUNDS.pageMaxBytes * (n === 0 ? 2 : 0.4)),
      confirmedAt: new Date(Date.UTC(2026, 10, 12) - n).toISOString(),
    }));
    fleet.currentIncidents = wide;
    const first = await request(app).get("/api/v1/incidents").expect(200);
    const { incidents, next } = first.body as { incidents: Incident[]; next: string };
    expect(incidents.map(({ id }) => id)).toEqual(["wide-0"]);
    const second = await request(app).get(`/api/v1/incidents?next=${next}`).expect(200);
    expect(second.body).toMatchObject({ incidents: [{ id: "wide-1" }, { id: "wide-2" }], next: null });
  });

  test.each(["open=1", "open=", "next=bm9uZQ", "state=open", "open=true&open=false"])(
    "?%s is refused with 400",
    async (query) => {
      const response = await request(createTestApp(FLEET).app).get(`/api/v1/incidents?${query}`).expect(400);
      expect(response.headers["content-type"]).toBe("application/problem+json");
    },
  );

  test("are found one by one by their id", async () => {
    const { app, fleet } = createTestApp(FLEET);
    fleet.currentIncidents = happened;
    const response = await request(app).get("/api/v1/incidents/ended").expect(200);
    expect(response.body).toEqual(happened[2]);
    await request(app).get("/api/v1/incidents/none").expect(404);
  });
});
