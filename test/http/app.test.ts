import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import request from "supertest";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { startHttpListener } from "../../server/http/http-listener.ts";
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

test("no request reaches express before its target and Host are checked", async () => {
  const { app, clock, internalErrors } = createTestApp([]);
  const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock });
  const statusOf = async (head: string): Promise<string> => {
    const socket = connect(http.address.port, "127.0.0.1");
    socket.end(`${head}\r\nConnection: close\r\n\r\n`);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain("application/problem+json");
    return answer.slice("HTTP/1.1 ".length, "HTTP/1.1 ".length + 3);
  };
  expect(await statusOf("GET http://a:99999/api/v1/servers HTTP/1.1\r\nHost: localhost")).toBe("400");
  expect(await statusOf("GET http://evil.example/livez HTTP/1.1\r\nHost: localhost")).toBe("421");
  expect(await statusOf("GET //evil.example:99999/ HTTP/1.1\r\nHost: localhost")).toBe("404");
  expect(await statusOf("GET /livez#x HTTP/1.1\r\nHost: evil.example")).toBe("421");
  await http.close(1_000);
  expect(internalErrors).toEqual([]);
});

test("lists that clients do not share are admitted a few at a time, half of them to one address", async () => {
  const refusals: string[] = [];
  const onRefused = (kind: string): void => void refusals.push(kind);
  const { app, clock } = createTestApp(makeServerKeys(BOUNDS.pageRowsMax), { onRefused });
  const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock });
  const url = `http://127.0.0.1:${http.address.port}/api/v1`;
  const clients = Array.from({ length: BOUNDS.listsMax / 2 }, () => connect(http.address.port, "127.0.0.1").pause());
  for (const client of clients) {
    client.write(`GET /api/v1/servers?problems=0&limit=${BOUNDS.pageRowsMax} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(http.server, "request");
  }
  const further = ["servers?problems=0", "findings", "incidents", "alerts/preview"].map((path) =>
    fetch(`${url}/${path}`),
  );
  expect((await Promise.all(further)).map(({ status }) => status)).toEqual([503, 503, 503, 503]);
  expect(refusals).toEqual(["response", "response", "response", "response"]);
  expect((await fetch(`${url}/servers`)).status, "the shared list is not among them").toBe(200);
  expect((await fetch(`${url}/servers?problems=0&limit=${BOUNDS.listShortRows}`)).status, "a short one neither").toBe(
    200,
  );
  for (const client of clients) client.destroy();
  await http.close(1_000);
});

describe("bytes being sent", () => {
  test("are bounded: a client that does not read is counted, the next one gets 503, and all is free at the end", async () => {
    const sending = new SendingBytes(40_000_000);
    const { app, clock } = createTestApp(makeServerKeys(BOUNDS.pageRowsMax), { sending });
    const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock });
    const list = `/api/v1/servers?problems=0&limit=${BOUNDS.pageRowsMax}`;
    const clients = Array.from({ length: 3 }, () => connect(http.address.port, "127.0.0.1").pause());
    for (const client of clients) client.write(`GET ${list} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    for (const _ of clients) await once(http.server, "request");
    const refused = await fetch(`http://127.0.0.1:${http.address.port}${list}`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(sending.used).toBeGreaterThan(0);
    expect(sending.used).toBeLessThanOrEqual(20_000_000);
    for (const client of clients) client.destroy();
    await http.close(1_000);
    while (sending.used > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(sending.used).toBe(0);
  });

  test("of a client that leaves before its body is made do not count", async () => {
    const sending = new SendingBytes(BOUNDS.bytesBeingSentMax);
    let make = (_text: string): void => {};
    const metrics = { contentType: "text/plain", render: () => new Promise<string>((resolve) => (make = resolve)) };
    const { app, clock } = createTestApp([], { sending, metrics });
    const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock });
    const client = connect(http.address.port, "127.0.0.1");
    client.write("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [incoming, response] = (await once(http.server, "request")) as [IncomingMessage, ServerResponse];
    const left = once(response, "close");
    client.destroy();
    await left;
    make("haprobe_up 1\n");
    await new Promise((resolve) => setImmediate(resolve));
    expect([incoming.socket.destroyed, sending.used]).toEqual([true, 0]);
    await http.close(1_000);
  });

  test("of a response for one client are never compressed, those of the shared list are", async () => {
    const { app } = createTestApp(makeServerKeys(100));
    const encodingOf = async (path: string): Promise<unknown> =>
      (await request(app).get(path).set("accept-encoding", "br")).headers["content-encoding"];
    expect(await encodingOf("/api/v1/servers?problems=0")).toBeUndefined();
    expect(await encodingOf("/api/v1/servers")).toBe("br");
  });
});

test("scrapes that come while the metrics are rendered share the result", async () => {
  let renders = 0;
  let finish = (_text: string): void => {};
  const render = (): Promise<string> => {
    renders += 1;
    return new Promise((resolve) => (finish = resolve));
  };
  const { app, clock } = createTestApp([], { metrics: { contentType: "text/plain", render } });
  const http = await startHttpListener({ app, host: "127.0.0.1", port: 0, clock });
  const scrapes = [1, 2, 3].map(() => fetch(`http://127.0.0.1:${http.address.port}/metrics`));
  for (const _ of scrapes) await once(http.server, "request");
  // Requests of clients that connect at the same time take turns.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  finish("haprobe_up 1\n");
  for (const scrape of scrapes) expect(await (await scrape).text()).toBe("haprobe_up 1\n");
  expect(renders).toBe(1);
  await http.close(1_000);
});

test("scrapes that come soon after one get its text, for as long as rendering it is to take little of the time", async () => {
  let renders = 0;
  const { app, clock } = createTestApp([], {
    metrics: {
      contentType: "text/plain",
      async render() {
        renders += 1;
        await clock.advance(20);
        return `haprobe_up ${renders}\n`;
      },
    },
  });
  const scrape = async (): Promise<string> => (await request(app).get("/metrics").expect(200)).text;
  expect([await scrape(), await scrape()]).toEqual(["haprobe_up 1\n", "haprobe_up 1\n"]);
  await clock.advance(BOUNDS.metricsKeptFactor * 20);
  expect(await scrape()).toBe("haprobe_up 2\n");
});

test("every answer carries the security headers, none of which needs TLS", async () => {
  const { app } = createTestApp([]);
  for (const path of ["/", "/api/v1/status", "/nothing"]) {
    const { headers } = await request(app).get(path);
    const policy = String(headers["content-security-policy"]);
    for (const part of ["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"]) {
      expect(policy.split(";")).toContain(part);
    }
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'self'", "form-action 'none'"]) {
      expect(policy.split(";")).toContain(part);
    }
    expect(headers["x-frame-options"]).toBe("DENY");
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
    request(
      createTestApp([], { access: createAccessGuard({ listenHost: "0.0.0.0", publicUrl, allowedHosts: [] }) }).app,
    )
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
    await writeFile(join(webRoot, "index.html"), "<!doctype html><head><title>the dashboard</title>");
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

  test.each([
    ["/", "./"],
    ["/incidents", "./"],
    ["/incidents/0199", "../"],
    ["/servers/lb-1/k8s-api/cp-1", "../../../"],
    ["/servers/lb-1/a%2Fb/cp-1.js", "../../../"],
  ])("the page at %s names its files from %s", async (path, base) => {
    const page = await request(createTestApp([], { webRoot }).app).get(path).set("accept", "text/html").expect(200);
    expect(page.text).toContain(`<head><base href="${base}">`);
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

  test("a file that the build compressed is sent so, and as it is to a client that accepts no encoding", async () => {
    const path = join(webRoot, "assets", "big-1a2b3c.js");
    const text = "export const text = 1;\n".repeat(100);
    await writeFile(path, text);
    await writeFile(`${path}.br`, brotliCompressSync(text));
    await writeFile(`${path}.gz`, gzipSync(text));
    const { app } = createTestApp([], { webRoot });
    for (const [accepted, encoding] of [
      ["gzip, deflate, br", "br"],
      ["gzip", "gzip"],
      ["br;q=0, gzip;q=0.5", "gzip"],
      ["identity", undefined],
    ] as const) {
      const response = await request(app)
        .get("/assets/big-1a2b3c.js")
        .set("accept-encoding", accepted)
        .buffer()
        .parse((stream, done) => {
          const chunks: Buffer[] = [];
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => done(null, Buffer.concat(chunks)));
        })
        .expect(200);
      expect(response.headers["content-encoding"], accepted).toBe(encoding);
      expect(response.headers).toMatchObject({
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
        vary: "Accept-Encoding",
      });
    }
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
