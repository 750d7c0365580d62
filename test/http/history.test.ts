import request from "supertest";
import { describe, expect, test } from "vitest";
import type { HistoryReader, NumbersQuery, NumbersRow, TimeRange } from "../../server/contract/history.ts";
import type { ServerSeries } from "../../server/contract/series.ts";
import type { StoredServerName } from "../../server/contract/store.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { HaprobeError } from "../../server/errors.ts";
import { toPastFleet } from "../../server/history/past-fleet.ts";
import { EXAMPLES } from "../../server/http/schemas/examples.ts";
import {
  changesBesideSchema,
  numbersSchema,
  pastFleetSchema,
  serverHistorySchema,
  serverSeriesSchema,
} from "../../server/http/schemas/history-schema.ts";
import { CP_1, entryAt, falseUpAt } from "../history/sample-entries.ts";
import { makeServerKeys } from "../push/fake-fleet.ts";
import { createTestApp, type TestApp } from "./test-app.ts";

const PATH = "/api/v1/servers/lb-1/web/s-0/history";
const MINUTE = 60_000;

/** An app over a reader that answers with the examples and records what it is asked. */
function createPastApp(changed: Partial<HistoryReader> = {}): TestApp & { asked: unknown[] } {
  const asked: unknown[] = [];
  const names = ["cp-1", "cp-2", "cp-3"];
  const history: HistoryReader = {
    isKept: true,
    async history(server: StoredServerName, range: TimeRange, points: number) {
      asked.push({ server, range, points });
      return EXAMPLES.history;
    },
    async fleetAt(at) {
      asked.push(at);
      const spans = new Map([["here", [{ from: 0, to: at + 1 }]]]);
      const entries = names.map((server, place) => ({
        ...(place === 1 ? falseUpAt(at - 5, "confirmed") : entryAt(at - 9)),
        server: { ...CP_1, server },
      }));
      return toPastFleet(entries, spans, at);
    },
    async changesBeside(at) {
      asked.push(at);
      return EXAMPLES.changesBeside;
    },
    async numbers(query: NumbersQuery) {
      asked.push(query);
      return EXAMPLES.numbers.numbers;
    },
    ...changed,
  };
  return { ...createTestApp(makeServerKeys(1), { history }), asked };
}

const FAILS = (): Promise<never> =>
  Promise.reject(new HaprobeError("HAPROBE_STATS_UNREACHABLE", "the store did not answer"));

describe("the history of a server", () => {
  test("is of the last 15 minutes unless a range is given", async () => {
    const { app, clock, asked } = createPastApp();
    const { body } = await request(app).get(PATH).expect(200).expect("cache-control", "no-store");
    expect(serverHistorySchema.strict().safeParse(body).success).toBe(true);
    const now = Math.trunc(clock.wall());
    const server = { site: "default", instance: "lb-1", backend: "web", server: "s-0" };
    expect(asked).toEqual([{ server, range: { from: now - 15 * MINUTE, to: now }, points: 240 }]);
  });

  test("ends now where `to` is later, and takes an offset", async () => {
    const { app, clock, asked } = createPastApp();
    const from = new Date(clock.wall() - MINUTE).toISOString().replace("Z", "%2B00:00");
    await request(app).get(`${PATH}?from=${from}&to=2999-01-01T00:00:00Z&points=10`).expect(200);
    expect(asked).toMatchObject([{ range: { to: Math.trunc(clock.wall()) }, points: 10 }]);
  });

  test.each([
    ["from=yesterday", "from: "],
    ["from=2999-01-01T00:00:00Z", "from: is not before to"],
    ["from=1970-01-01T00:00:00Z", "400 days"],
    ["points=3", "points: "],
    ["points=2001", "points: "],
    ["limit=3", "limit is not a parameter"],
  ])("refuses %s", async (query, detail) => {
    const { app, asked } = createPastApp();
    const { body } = await request(app).get(`${PATH}?${query}`).expect(400);
    expect((body as { detail: string }).detail).toContain(detail);
    expect(asked).toEqual([]);
  });

  test("says that nothing was recorded of a server that HAProxy has; 404 for any other", async () => {
    const { app } = createTestApp(makeServerKeys(1));
    const { body } = await request(app).get(PATH).expect(200);
    expect(body).toMatchObject({ intervals: [{ verdict: "unknown", reason: "not-recorded", haproxy: null }] });
    await request(app).get(PATH.replace("s-0", "s-9")).expect(404);
    await request(createPastApp().app).get(PATH.replace("s-0", "s-9")).expect(200);
  });

  test("is 503 while the store cannot be read, and a fault of haprobe is none of the store", async () => {
    await request(createPastApp({ history: FAILS }).app)
      .get(PATH)
      .expect(503)
      .expect("retry-after", "5");
    await request(createPastApp({ fleetAt: FAILS }).app)
      .get("/api/v1/servers?at=2020-01-01T00:00:00Z")
      .expect(503);
    const faulty = createPastApp({ history: () => Promise.reject(new TypeError("no")) });
    await request(faulty.app).get(PATH).expect(500);
    expect(faulty.internalErrors).toHaveLength(1);
  });
});

test("one client address gets at most half of the reads that run at once; others and later ones are served", async () => {
  const answers: (() => void)[] = [];
  const { app } = createPastApp({
    history: () => new Promise((resolve) => answers.push(() => resolve(EXAMPLES.history))),
  });
  const share = BOUNDS.historyRequestsMax / 2;
  // One server, since supertest starts one for each request of an app.
  const server = app.listen(0, "127.0.0.1");
  const waiting = Array.from({ length: share }, async () => (await request(server).get(PATH)).status);
  await expect.poll(() => answers.length).toBe(share);
  const { body } = await request(server).get(PATH).expect(503).expect("retry-after", "5");
  expect((body as { detail: string }).detail).toContain("Too many");
  for (const answer of answers) answer();
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => 200));
  const later = request(server)
    .get(PATH)
    .then(({ status }) => status);
  await expect.poll(() => answers.length).toBe(share + 1);
  answers.at(-1)?.();
  expect(await later).toBe(200);
  server.close();
});

describe("the fleet at a past moment", () => {
  const AT = "/api/v1/servers?at=2020-01-01T00:00:00Z";

  test("is in the form of the present list", async () => {
    const { app, asked } = createPastApp();
    const { body } = await request(app).get(AT).expect(200);
    expect(pastFleetSchema.strict().safeParse(body).success).toBe(true);
    const now = await request(app).get("/api/v1/servers").expect(200);
    expect(Object.keys(body as object).sort()).toEqual(Object.keys(now.body as object).sort());
    const fieldsOf = ({ servers }: { servers: object[] }): string[] => Object.keys(servers[0] ?? {}).sort();
    expect(fieldsOf(body)).toEqual(fieldsOf(now.body));
    expect(asked).toEqual([Date.parse("2020-01-01T00:00:00Z")]);
  });

  test("takes the filters and pages of the present list, under the summary of all", async () => {
    const { app } = createPastApp();
    const { body: bad } = await request(app).get(`${AT}&problems=1`).expect(200);
    expect(bad).toMatchObject({ servers: [{ server: "cp-2" }], summary: { servers: 3, confirmed: 1 }, next: null });
    const { body: page } = await request(app).get(`${AT}&limit=2`);
    const { next } = page as { next: string };
    expect((await request(app).get(`${AT}&limit=2&next=${next}`)).body).toMatchObject({
      servers: [{ server: "cp-3" }],
    });
    expect((await request(app).get(`${AT}&verdict=unknown`)).body).toMatchObject({ servers: [] });
  });

  test("is not known in the future", async () => {
    const { body } = await request(createPastApp().app).get("/api/v1/servers?at=2999-01-01T00:00:00Z").expect(400);
    expect((body as { detail: string }).detail).toContain("future");
  });
});

test.each(["/api/v1/numbers", "/api/v1/servers?at=2020-01-01T00:00:00Z"])(
  "%s is 404 where nothing is kept",
  async (path) => {
    const { body } = await request(createTestApp([]).app).get(path).expect(404);
    expect((body as { detail: string }).detail).toContain("data-dir");
  },
);

describe("the changes beside a moment", () => {
  test("are two times", async () => {
    const { app, asked } = createPastApp();
    const { body } = await request(app).get("/api/v1/changes?at=2026-11-22T10:00:00Z").expect(200);
    expect(changesBesideSchema.safeParse(body).success).toBe(true);
    expect(body).toEqual(EXAMPLES.changesBeside);
    expect(asked).toEqual([Date.UTC(2026, 10, 22, 10)]);
  });

  test.each(["?at=", "?at=yesterday", "?at=2026-11-22T10:00:00Z&from=1"])("%s is no moment", async (query) => {
    const { status } = await request(createPastApp().app).get(`/api/v1/changes${query}`);
    expect(status).toBe(400);
  });

  test("are 404 where nothing is kept, and 503 while the store cannot be read", async () => {
    const path = "/api/v1/changes?at=2026-11-22T10:00:00Z";
    const statuses = [];
    for (const changed of [{ isKept: false }, { changesBeside: FAILS }]) {
      statuses.push((await request(createPastApp(changed).app).get(path)).status);
    }
    expect(statuses).toEqual([404, 503]);
  });
});

describe("series", () => {
  const SERIES_PATH = PATH.replace("history", "series");

  test("of a server without a value have null in each step; those of an unknown server are 404", async () => {
    const { app } = createTestApp(makeServerKeys(1));
    const { body } = await request(app).get(SERIES_PATH).expect(200);
    expect(serverSeriesSchema.strict().safeParse(body).success).toBe(true);
    expect((body as ServerSeries).series.probeMs).toEqual(Array.from({ length: 180 }, () => null));
    await request(app).get(SERIES_PATH.replace("s-0", "s-9")).expect(404);
    await request(app).get(`${SERIES_PATH}?points=1`).expect(400);
  });
});

describe("numbers", () => {
  test("are by backend, of the last day, unless asked otherwise", async () => {
    const { app, clock, asked } = createPastApp();
    const { body } = await request(app).get("/api/v1/numbers").expect(200);
    expect(numbersSchema.strict().safeParse(body).success).toBe(true);
    await request(app).get("/api/v1/numbers?by=server&instance=lb-1&instance=lb-2&backend=api").expect(200);
    const to = Math.trunc(clock.wall());
    const range = { from: to - 1_440 * MINUTE, to };
    expect(asked).toEqual([
      { range, by: "backend", instance: null, backend: null },
      { range, by: "server", instance: ["lb-1", "lb-2"], backend: ["api"] },
    ]);
  });

  test("are CSV by parameter or by Accept, and JSON for a browser", async () => {
    const { app } = createPastApp();
    const byParameter = await request(app)
      .get("/api/v1/numbers?format=csv")
      .expect("content-type", /^text\/csv/);
    const byAccept = await request(app).get("/api/v1/numbers").set("accept", "text/csv");
    expect(byAccept.text.split(",").slice(2)).toEqual(byParameter.text.split(",").slice(2));
    const [header = "", row = ""] = byParameter.text.split("\r\n");
    expect(header).toBe(
      "from,to,site,instance,backend,server,servers,verdictMs.false-up,verdictMs.false-down,verdictMs.agree-down,verdictMs.unknown,verdictMs.out-of-service,verdictMs.agree-up,notRecordedMs,falselyUpMinutes,misrouted,incidents,meanDetectionLagMs,worstDetectionLagMs,unnoticed",
    );
    expect(row).toMatch(/,default,lb-1,k8s-api,,3,300000,0,0,1200,0,258898800,0,5,12,1,,,1$/);
    for (const accept of ["text/html,*/*;q=0.8", "application/json", "*/*"]) {
      await request(app)
        .get("/api/v1/numbers")
        .set("accept", accept)
        .expect("content-type", /^application\/json/);
    }
  });

  test.each([
    ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@sum", "'@sum"],
    ['a"b,c', '"a""b,c"'],
    ["=a,b", `"'=a,b"`],
  ])("hold the name %s as a text", async (server, cell) => {
    const row: NumbersRow = { ...(EXAMPLES.numbers.numbers[0] as NumbersRow), server };
    const { app } = createPastApp({ numbers: async () => [row] });
    const { text } = await request(app).get("/api/v1/numbers?format=csv");
    expect(text.split("\r\n")[1]).toContain(`,k8s-api,${cell},3,`);
  });
});
