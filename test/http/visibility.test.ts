import { createHash } from "node:crypto";
import request from "supertest";
import { describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { Tokens } from "../../server/access/tokens.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { TokenSettings } from "../../server/contract/settings.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { summarize } from "../../server/judge/summary.ts";
import { startPushServer } from "../push/push-server.ts";
import { authSettings, tokenSettings } from "../access/auth-settings.ts";
import { FALSE_UP, FakeFleet, makeInstanceStatus, makeServerStatus } from "../push/fake-fleet.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { openDashboard } from "../push/open-dashboard.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { createTestApp } from "./test-app.ts";

const SECRET = "secret-of-the-answer";
const TOKEN = "a-token-of-a-reader-0123456789";
const bearer = { authorization: `Bearer ${TOKEN}` };
const URL_OF_PROBE = "https://10.0.0.11:6443/secret-of-the-answer";

/** lb-1 is of the team web, lb-2 of the team data; both have what only details show. */
function fillFleet(fleet: FakeFleet): void {
  for (const key of ["lb-1/a/1", "lb-2/b/2"]) {
    const { probe, haproxy } = makeServerStatus(key);
    const details = {
      ...FALSE_UP,
      cure: [`option httpchk ${SECRET}`],
      haproxy: { ...haproxy, lastCheck: SECRET, lastAgent: SECRET },
      probe: { ...probe, url: URL_OF_PROBE, body: SECRET, detail: SECRET },
    };
    fleet.set(key, { ...details, probes: [] });
  }
  for (const name of ["lb-1", "lb-2"]) fleet.instancesByName.set(name, makeInstanceStatus(name, { stats: SECRET }));
  const finding = { since: "2026-11-22T10:00:00.000Z", sentence: SECRET, advice: SECRET, code: "cfg-issue" as const };
  fleet.currentFindings = ["lb-1", "lb-2", null].map((instance) => ({
    ...finding,
    id: `cfg-issue ${instance}`,
    vantages: [],
    subject: { instance, backend: null, server: null },
  }));
}

function guardFor(reach: Partial<TokenSettings>, clock = new FakeClock()) {
  const tokenHash = `sha256:${createHash("sha256").update(TOKEN).digest("hex")}`;
  const entry = tokenSettings({ name: "reader", tokenHash, role: "operator", ...reach });
  return createAccessGuard({
    listenHost: "127.0.0.1",
    publicUrl: null,
    allowedHosts: [],
    tokens: new Tokens(clock, authSettings([entry], "signed-in")),
    fleet: {
      teamOf: (instance) => (instance === "lb-1" ? "web" : "data"),
      summarize: (servers, instances) =>
        summarize(
          [...servers].map((row) => ({ ...row, url: row.probe.url, failing: row.probe.failing })),
          instances.length,
          0,
        ),
    },
  });
}

/** A vantage that polls these; one of a single instance is named for it. */
function vantageOf(instances: readonly string[]): VantageReport {
  const heardAt = "2026-11-22T10:00:00.000Z";
  const vantage = instances.length === 1 ? `beside-${instances[0]}` : "host-a";
  const base = { site: "default", own: false, state: "ok", version: null, skewMs: 0, seq: 1, behind: 0 } as const;
  return { ...base, vantage, heardAt, instances };
}

function createApp(reach: Partial<TokenSettings>) {
  const metrics = [
    "# HELP haprobe_server_verdict x",
    'haprobe_server_verdict{haproxy="lb-1",proxy="a"} 1',
    'haprobe_server_verdict{proxy="b",haproxy="lb-2"} 1',
    "haprobe_process_x 1",
    "",
  ].join("\n");
  const testApp = createTestApp(["lb-1/a/1", "lb-2/b/2"], {
    access: guardFor(reach),
    metrics: { contentType: "text/plain", render: async () => metrics },
    hub: { vantages: () => [["lb-1", "lb-2"], ["lb-2"]].map(vantageOf), storedName: () => null },
    sources: { sources: (key) => ({ version: 1, key, row: [], rule: null, curl: null, response: null }) },
    readiness: { notReady: () => ["instance lb-2 was not polled yet"], remarks: () => [`instance lb-2 ${SECRET}`] },
  });
  fillFleet(testApp.fleet);
  const sample = sampleIncident(0);
  const evidence = { ...sample.evidence, key: "lb-1/a/1", row: [{ name: "status", value: SECRET }], socat: SECRET };
  const incident = { ...sample, evidence };
  const [member] = incident.members;
  if (member === undefined) throw new Error("no member");
  const memberOf = (instance: string) => ({ ...member, instance, key: `${instance}/a/1` });
  testApp.fleet.currentIncidents = [
    { ...incident, id: "both", members: [memberOf("lb-1"), memberOf("lb-2")] },
    { ...incident, id: "other", members: [memberOf("lb-2")] },
    {
      ...incident,
      id: "evidence",
      members: [memberOf("lb-1"), memberOf("lb-2")],
      evidence: { ...evidence, key: "lb-2/a/1", curl: "curl http://lb-2" },
    },
  ];
  const get = (path: string) => request(testApp.app).get(path).set(bearer);
  return { ...testApp, get };
}

describe.each([
  ["instances", { instances: ["lb-1*"] }],
  ["a team", { teams: ["web"] }],
])("a sender who sees %s", (_what, reach) => {
  test.each([
    "/api/v1/servers",
    "/api/v1/servers?form=columns",
    "/api/v1/servers?problems=1",
    "/api/v1/instances",
    "/api/v1/vantages",
    "/api/v1/findings",
    "/api/v1/incidents",
    "/api/v1/incidents/both",
    "/api/v1/incidents/evidence",
    "/api/v1/status",
    "/metrics",
  ])("gets nothing of others from %s", async (path) => {
    const { get, clock } = createApp(reach);
    await clock.advance(1_000);
    const { text } = await get(path).expect(200);
    expect(text).not.toContain("lb-2");
    if (path !== "/api/v1/status") expect(text).toContain("lb-1");
  });

  test("does not find what is of others, and cannot write to it", async () => {
    const { app, get, clock } = createApp(reach);
    await clock.advance(1_000);
    await get("/api/v1/servers/lb-1/a/1").expect(200);
    const write = request(app).post("/api/v1/incidents/other/acknowledge").set(bearer).send({ note: "" });
    const statuses = [
      (await get("/api/v1/servers/lb-2/b/2")).status,
      (await get("/api/v1/server?key=lb-2/b/2")).status,
      (await get("/api/v1/servers/lb-2/b/2/history")).status,
      (await get("/api/v1/servers/lb-2/b/2/sources")).status,
      (await get("/api/v1/incidents/other")).status,
      (await write).status,
    ];
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404]);
    await get("/api/v1/servers/lb-1/a/1/sources").expect(200);
  });

  test.each([
    "/api/v1/config",
    "/api/v1/notifications",
    "/api/v1/silences",
    "/api/v1/alerts/preview",
    "/api/v1/channels",
  ])("is refused %s, which is about all instances", async (path) =>
    expect((await createApp(reach).get(path)).status).toBe(403),
  );

  test("has a summary and an ETag of what it sees", async () => {
    const { get, clock, fleet } = createApp(reach);
    await clock.advance(1_000);
    const first = await get("/api/v1/servers").expect(200);
    expect(first.body).toMatchObject({ summary: { servers: 1, instances: 1 } });
    const whole = createTestApp(["lb-1/a/1"]);
    const other = await request(whole.app).get("/api/v1/servers").expect(200);
    expect(first.headers["etag"]).not.toBe(other.headers["etag"]);
    expect(fleet.rows.size).toBe(2);
  });
});

describe("a viewer", () => {
  const viewer = { role: "viewer" as const };

  test.each([
    "/api/v1/servers",
    "/api/v1/servers?form=columns",
    "/api/v1/servers?problems=1",
    "/api/v1/servers/lb-1/a/1",
    "/api/v1/instances",
    "/api/v1/findings",
    "/api/v1/incidents",
    "/api/v1/incidents/both",
    "/api/v1/incidents/both?format=markdown",
    "/api/v1/status",
    "/readyz",
  ])("sees no body, URL, detail or quoted line in %s; an operator does", async (path) => {
    const { get, clock } = createApp(viewer);
    await clock.advance(1_000);
    const { text } = await get(path);
    const operator = createApp({});
    await operator.clock.advance(1_000);
    const full = (await operator.get(path)).text;
    expect(text).not.toContain(SECRET);
    expect(full).toContain(SECRET);
  });

  test("is refused the configuration and the payload of a message", async () => {
    const { get } = createApp(viewer);
    const paths = ["/api/v1/config", "/api/v1/notifications/n-1", "/api/v1/notifications"];
    const statuses = await Promise.all(paths.map(async (path) => (await get(path)).status));
    expect(statuses).toEqual([403, 403, 200]);
  });
});

describe("a sender without an identity", () => {
  test("gets no reason from /readyz, which names instances", async () => {
    const { app, get } = createApp({});
    const stranger = await request(app).get("/readyz");
    expect([stranger.status, stranger.text]).toEqual([503, "[+]ping ok\nreadyz check failed\n"]);
    expect((await get("/readyz")).text).toContain("lb-2");
  });
});

describe("the streams", () => {
  async function startStreams(reach: Partial<TokenSettings>) {
    const clock = new FakeClock();
    const fleet = new FakeFleet(["lb-1/a/1", "lb-2/b/2"]);
    fillFleet(fleet);
    const server = await startPushServer(fleet, { access: guardFor(reach, clock), clock });
    return { fleet, ...server };
  }

  test.each([
    ["a team", { teams: ["web"] }, "lb-2"],
    ["a viewer", { role: "viewer" as const }, SECRET],
  ])("of %s have nothing else in snapshot, deltas and patches", async (_who, reach, hidden) => {
    await using server = await startStreams(reach);
    const plain = server.stream("", { headers: bearer });
    const seen: unknown[] = [await plain.next()];
    const dashboard = openDashboard(server.port, bearer);
    await dashboard.hello;
    const patched = dashboard.nextPatch();
    const { probe } = makeServerStatus("lb-1/a/1");
    server.fleet.set("lb-2/b/2", { sentence: "lb-2 changed" });
    server.fleet.set("lb-1/a/1", { sentence: "lb-1 changed", probe: { ...probe, url: URL_OF_PROBE, body: SECRET } });
    await server.clock.advance(1_000);
    seen.push(await plain.next(), await patched);
    expect(JSON.stringify(seen)).not.toContain(hidden);
    for (const message of seen) expect(JSON.stringify(message)).toContain("lb-1");
    if (hidden === "lb-2") {
      const rows = (seen[1] as { servers: ServerStatus[] }).servers;
      expect(rows.map(({ key }) => key)).toEqual(["lb-1/a/1"]);
    }
    dashboard.close();
  });
});
