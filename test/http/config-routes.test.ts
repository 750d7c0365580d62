import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, describe, expect, test } from "vitest";
import { authSettings, tokenSettings } from "../access/auth-settings.ts";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { renderSettings } from "../../server/config/render.ts";
import { loadText, settingsOf } from "../config/load-text.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { createTestApp } from "./test-app.ts";

const dir = mkdtempSync(join(tmpdir(), "haprobe-tokens-"));
afterAll(() => rmSync(dir, { recursive: true }));
const [OPERATOR, VIEWER] = ["operator-token-0123456789", "viewer-token-0123456789"];

const SECRETS = `
haproxy:
  - {name: lb-1, stats: "http://stats:hunter2@10.0.0.1:8404/stats", headers: {X-Key: sesame-header}}
probes:
  - match: {backend: k8s-api}
    http: {scheme: https, path: "/readyz?token=sesame-query", headers: {X-Api-Key: sesame-key}, insecure-skip-verify: true}
database: postgres://haprobe:sesame-db@db.example.org/haprobe
alerts:
  channels:
    - {name: chat, slack: {url: "https://hooks.slack.example/services/T000/B000/sesame-hook"}}
    - {name: ops, webhook: {url: "https://example.org/in/sesame-path", headers: {X-Api-Key: sesame-hook-key}}}
`;

describe("GET /api/v1/config", () => {
  test("is what `config print` prints: the configuration without a secret", async () => {
    const text = renderSettings(settingsOf(loadText(SECRETS)));
    const status = { text, loadedAt: "2026-11-22T09:00:00.000Z", needsRestart: ["listen"], refused: null };
    const { app } = createTestApp([], { config: { reload: async () => {}, status: () => status } });
    const response = await request(app).get("/api/v1/config").expect(200).expect("cache-control", "no-store");
    expect(response.body).toEqual({ version: 1, ...status });
    expect(response.text).toContain("k8s-api");
    expect(response.text).not.toMatch(/hunter2|sesame/);
  });
});

describe("GET /api/v1/session", () => {
  const tokenFile = (name: string, token: string): string => {
    writeFileSync(join(dir, name), token);
    return join(dir, name);
  };
  const tokens = new Tokens(
    new FakeClock(),
    authSettings([
      tokenSettings({ name: "ci", role: "operator", tokenFile: tokenFile("ci", OPERATOR) }),
      tokenSettings({ name: "wall", role: "viewer", tokenFile: tokenFile("wall", VIEWER) }),
    ]),
  );
  const open = { listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] };

  test.each([
    [OPERATOR, { name: "ci", role: "operator", canWrite: true, detail: null }],
    [VIEWER, { name: "wall", role: "viewer", canWrite: false }],
    ["something-else-0123456789", { name: null, role: null, canWrite: false }],
  ])("names the holder of the token %s and never the token", async (token, expected) => {
    const { app } = createTestApp([], { access: createAccessGuard({ ...open, tokens }) });
    const response = await request(app).get("/api/v1/session").set("authorization", `Bearer ${token}`).expect(200);
    expect(response.body).toMatchObject({ version: 1, tokensRequired: true, ...expected });
    expect(response.text).not.toContain(token);
  });

  test("without tokens this machine may write, and a proxy may not", async () => {
    const { app } = createTestApp([]);
    const own = await request(app).get("/api/v1/session").expect(200);
    expect(own.body).toMatchObject({ tokensRequired: false, name: null, canWrite: true, detail: null });
    const forwarded = await request(app).get("/api/v1/session").set("x-forwarded-for", "10.0.0.9").expect(200);
    expect(forwarded.body).toMatchObject({ canWrite: false });
    expect((forwarded.body as { detail: string }).detail).toContain("proxy");
  });
});

describe("GET /api/v1/incidents/{id}?format=markdown", () => {
  const incident = sampleIncident(0, { sentence: "a <b>name</b> | `tick`" });

  test("is a file to download, in which other people's text stands in code", async () => {
    const testApp = createTestApp([]);
    testApp.fleet.currentIncidents = [incident];
    const response = await request(testApp.app).get(`/api/v1/incidents/${incident.id}?format=markdown`).expect(200);
    expect(response.headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(response.headers["content-disposition"]).toBe(`attachment; filename="haprobe-incident-${incident.id}.md"`);
    expect(response.text).toContain("- What: `` a <b>name</b> \\| `tick` ``");
  });

  test("any other format is refused", async () => {
    const response = await request(createTestApp([]).app).get("/api/v1/incidents/x?format=html");
    expect(response.status).toBe(400);
  });
});
