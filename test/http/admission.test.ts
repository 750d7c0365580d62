import { createHash } from "node:crypto";
import request from "supertest";
import { describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { type Scope, SCOPES } from "../../server/contract/principal.ts";
import { createRoutes } from "../../server/http/app.ts";
import { authSettings, tokenSettings } from "../access/auth-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createTestApp, type TestApp } from "./test-app.ts";

const tokenOf = (scope: Scope): string => `a-token-for-${scope}-0123456789`;

/** An app that needs a token for everything; there is one for each scope. */
function createGuardedApp(scopes: readonly Scope[] = SCOPES): TestApp {
  const entries = scopes.map((scope) =>
    tokenSettings({
      name: scope,
      scopes: [scope],
      vantage: scope === "ingest" ? { site: "default", vantage: "host-a" } : null,
      tokenHash: `sha256:${createHash("sha256").update(tokenOf(scope)).digest("hex")}`,
    }),
  );
  const tokens = new Tokens(new FakeClock(), authSettings(entries, "signed-in"));
  return createTestApp(["lb-1/a/1"], {
    access: createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [], tokens }),
  });
}

const guarded = createGuardedApp();
const routes = createRoutes(guarded.parts).map(({ path, method, scope }) => ({
  path: path.replace(/:\w+/g, "x"),
  method: method ?? ("get" as const),
  scope: scope ?? (method === "post" ? "write" : "read"),
}));

function send(app: TestApp["app"], { path, method }: { path: string; method: "get" | "post" }, token?: string) {
  const sent = method === "post" ? request(app).post(path).send({}) : request(app).get(path);
  return token === undefined ? sent : sent.set("authorization", `Bearer ${token}`);
}

/** What is answered without an identity. */
const PUBLIC = [
  "/oidc/sign-in",
  "/oidc/callback",
  "/api/v1/session",
  "/api/v1/session/sign-in",
  "/openapi.json",
  "/api/v1/stream.schema.json",
  "/api/docs",
  "/livez",
  "/readyz",
];

test("only the API's description, the health and the session need no identity", () => {
  const open = routes.filter(({ scope }) => scope === "public").map(({ path }) => path);
  expect(new Set(open)).toEqual(new Set(PUBLIC));
});

describe.each(routes.filter(({ scope }) => scope !== "public"))("$method $path", (route) => {
  test(`is 401 without a token, 403 with one for something else, and admitted with one for ${route.scope}`, async () => {
    const refused = await send(guarded.app, route);
    expect([refused.status, refused.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="haprobe"']);
    const other: Scope = route.scope === "metrics" ? "read" : "metrics";
    expect((await send(guarded.app, route, tokenOf(other))).status).toBe(403);
    const admitted = await send(guarded.app, route, tokenOf(route.scope as Scope));
    expect([401, 403]).not.toContain(admitted.status);
  });
});

test("a token in the query string is not read", async () => {
  const response = await request(guarded.app).get(`/api/v1/instances?token=${tokenOf("read")}`);
  expect(response.status).toBe(401);
});

describe("a response", () => {
  const paths = ["/api/v1/servers", "/api/v1/status", "/api/v1/incidents", "/api/v1/findings", "/api/v1/session"];

  test.each([...paths, "/metrics"])("of %s says to caches that it depends on who asks", async (path) => {
    const token = tokenOf(path === "/metrics" ? "metrics" : "read");
    const { headers } = await request(guarded.app).get(path).set("authorization", `Bearer ${token}`).expect(200);
    expect(headers["cache-control"]).toBe("private, no-store");
    const refused = await request(guarded.app).get(path === "/api/v1/session" ? "/api/v1/status" : path);
    for (const vary of [headers["vary"], refused.headers["vary"]]) {
      expect(String(vary).toLowerCase()).toMatch(/cookie.*authorization/);
    }
  });

  test("without auth is as it was: it depends on nothing", async () => {
    const { headers } = await request(createTestApp([]).app).get("/api/v1/servers").expect(200);
    expect(headers["cache-control"]).toBe("no-cache");
    expect(String(headers["vary"]).toLowerCase()).not.toContain("cookie");
  });
});

describe("a listener with TLS", () => {
  const { app } = createTestApp([], { isTls: true });

  test("says to browsers to come back over TLS, but not on localhost, where other programs would be meant too", async () => {
    const said = async (host: string): Promise<unknown> =>
      (await request(app).get("/livez").set("host", host)).headers["strict-transport-security"];
    expect(await said("127.0.0.1:8405")).toBe("max-age=31536000");
    expect(await said("localhost:8405")).toBeUndefined();
    expect((await request(createTestApp([]).app).get("/livez")).headers).not.toHaveProperty(
      "strict-transport-security",
    );
  });
});
