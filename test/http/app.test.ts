import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { makeServerKeys } from "../push/fake-fleet.ts";
import { createTestApp } from "./test-app.ts";

function post(path: string, headers: Record<string, string> = {}): request.Test {
  const call = request(createTestApp(makeServerKeys(1)).app).post(path);
  for (const [name, value] of Object.entries(headers)) call.set(name, value);
  return call;
}

describe("every error is problem details", () => {
  const json = { "content-type": "application/json" };
  test.each([
    ["an unknown path", () => request(createTestApp([]).app).get("/api/v1/nothing"), 404],
    ["an unknown path outside the API", () => request(createTestApp([]).app).get("/wp-admin/x.php"), 404],
    ["a write to a read-only path", () => post("/api/v1/status", json), 405],
    [
      "a DELETE of it",
      () => request(createTestApp([]).app).delete("/livez").set("content-type", "application/json"),
      405,
    ],
    ["a foreign Host", () => request(createTestApp([]).app).get("/api/v1/status").set("host", "evil.example"), 421],
    ["a write from a foreign page", () => post("/api/v1/status", { ...json, origin: "http://evil.example" }), 403],
    ["a write that is a form", () => post("/api/v1/status").type("form").send("a=b"), 415],
    ["a body beyond the limit", () => post("/x", json).send(`"${"x".repeat(BOUNDS.requestBodyMaxBytes)}"`), 413],
    ["a body that is not JSON", () => post("/x", json).send("{nope"), 400],
    ["a body in an unknown encoding", () => post("/x", { ...json, "content-encoding": "rot13" }).send("{}"), 415],
    ["the stream without an upgrade", () => request(createTestApp([]).app).get("/api/v1/stream"), 426],
  ])("%s", async (_what, ask, status) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(response.body).toEqual({
      type: "about:blank",
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/\.$/),
    });
    if (status === 405) expect(response.headers.allow).toBe("GET, HEAD");
  });

  test("an internal error is reported, and the client gets no details of it", async () => {
    const { app, internalErrors } = createTestApp([], {
      metrics: { contentType: "text/plain", render: () => Promise.reject(new Error("secret /etc/path")) },
    });
    const response = await request(app).get("/metrics").expect(500);
    expect(response.headers["content-type"]).toBe("application/problem+json");
    expect(response.text).not.toContain("secret");
    expect(internalErrors).toEqual([new Error("secret /etc/path")]);
  });
});

test("every answer carries the security headers, none of which needs TLS", async () => {
  const { app } = createTestApp([]);
  for (const path of ["/", "/api/v1/status", "/nothing"]) {
    const { headers } = await request(app).get(path);
    const policy = String(headers["content-security-policy"]);
    for (const part of ["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"]) {
      expect(policy.split(";")).toContain(part);
    }
    expect(policy).not.toContain("upgrade-insecure-requests");
    expect(policy).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-powered-by"]).toBeUndefined();
    expect(headers["strict-transport-security"]).toBeUndefined();
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  }
});

test("a Prometheus that scrapes haprobe:8405 needs that name in public-url, and the refusal says so", async () => {
  const scrape = (publicUrl: string | null): request.Test =>
    request(createTestApp([], { access: createAccessGuard({ listenHost: "0.0.0.0", publicUrl }) }).app)
      .get("/metrics")
      .set("host", "haprobe:8405");
  const refused = await scrape(null).expect(421);
  expect((refused.body as { detail: string }).detail).toContain("public-url");
  await scrape("https://lb.example.org").expect(421);
  await scrape("http://haprobe:8405").expect(200);
});

describe("health", () => {
  test("/livez is ok", async () => {
    const response = await request(createTestApp([]).app).get("/livez").expect(200);
    expect(response.text).toBe("ok\n");
  });

  test("/readyz is 200 with remarks, such as a HAProxy that does not answer", async () => {
    const { app } = createTestApp([], {
      readiness: { notReady: () => [], remarks: () => ["lb-1 does not\n[-]answer"] },
    });
    const response = await request(app)
      .get("/readyz")
      .expect(200)
      .expect("content-type", /^text\/plain/);
    expect(response.text).toBe("[+]ping ok\n[+]remark: lb-1 does not [-]answer\nreadyz check passed\n");
  });

  test("/readyz is 503 with a line for each reason", async () => {
    const { app } = createTestApp([], { readiness: { notReady: () => ["lb-1 was not tried yet"], remarks: () => [] } });
    const response = await request(app).get("/readyz").expect(503);
    expect(response.text).toBe("[+]ping ok\n[-]lb-1 was not tried yet\nreadyz check failed\n");
  });

  test("/metrics is the rendered metrics, compressed where the client accepts it", async () => {
    const text = "haprobe_up 1\n".repeat(200);
    const contentType = "text/plain; version=0.0.4; charset=utf-8";
    const { app } = createTestApp([], { metrics: { contentType, render: async () => text } });
    const response = await request(app).get("/metrics").set("accept-encoding", "gzip").expect(200);
    expect(response.text).toBe(text);
    expect(response.headers).toMatchObject({ "content-type": contentType, "content-encoding": "gzip" });
  });
});

describe("the dashboard's files", () => {
  let webRoot: string;
  beforeEach(async () => {
    webRoot = await mkdtemp(join(tmpdir(), "haprobe-web-"));
    await mkdir(join(webRoot, "assets"));
    await writeFile(join(webRoot, "index.html"), "<!doctype html><title>the dashboard</title>");
    await writeFile(join(webRoot, "favicon.svg"), "<svg/>");
    await writeFile(join(webRoot, "assets", "index-1a2b3c.js"), "export {};");
    await writeFile(join(webRoot, ".secret"), "secret");
  });
  afterEach(() => rm(webRoot, { recursive: true }));

  test.each(["/", "/?verdict=false-up", "/index.html"])("%s is the page, revalidated each time", async (path) => {
    const response = await request(createTestApp([], { webRoot }).app).get(path).expect(200);
    expect(response.text).toContain("the dashboard");
    expect(response.headers["cache-control"]).toBe("no-cache");
  });

  test("a page that a browser reloads is the dashboard, the same path for a script is not", async () => {
    const { app } = createTestApp([], { webRoot });
    const page = await request(app).get("/incidents").set("accept", "text/html,*/*;q=0.8").expect(200);
    expect(page.text).toContain("the dashboard");
    await request(app).get("/incidents").set("accept", "application/json").expect(404);
  });

  test.each(["/assets/index-old.js", "/api/nothing", "/api", "/socket.io/", "/.secret/x", "/..%2f..%2fetc%2fpasswd"])(
    "%s is an error and never the page",
    async (path) => {
      const response = await request(createTestApp([], { webRoot }).app)
        .get(path)
        .set("accept", "text/html")
        .expect(404);
      expect(response.headers["content-type"]).toBe("application/problem+json");
    },
  );

  test("hashed assets are immutable, other files are revalidated", async () => {
    const { app } = createTestApp([], { webRoot });
    const asset = await request(app).get("/assets/index-1a2b3c.js").expect(200);
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const icon = await request(app).get("/favicon.svg").expect(200);
    expect(icon.headers["cache-control"]).toBe("no-cache");
  });

  test("a page says how to build the dashboard where it is missing", async () => {
    await rm(join(webRoot, "index.html"));
    for (const root of [webRoot, null]) {
      const response = await request(createTestApp([], { webRoot: root }).app)
        .get("/")
        .expect(200);
      expect(response.text).toContain("npm run build:web");
    }
  });
});
