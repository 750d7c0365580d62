import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { FeedState } from "../../web/lib/feed-state.ts";
import { LiveFeed } from "../../web/lib/live-feed.ts";
import { createSocketTransport } from "../../web/lib/socket-transport.ts";
import { type BehindProxies, startBehindProxies } from "./behind-proxies.ts";

/** What a reverse proxy does to a request for https://lb.example.org/haprobe/…. */
const PROXIES = {
  "strips the path": ["http-request set-path %[path,regsub(^/haprobe/?,/)]"],
  "keeps the path": [],
  "rewrites Host": ["http-request set-path %[path,regsub(^/haprobe/?,/)]", "http-request set-header Host backend:8405"],
} as const;
type ProxyKind = keyof typeof PROXIES;

const NO_WEBSOCKET = "no WebSocket";

const PUBLIC_URL = "https://lb.example.org/haprobe";
let webRoot: string;
let haprobe: BehindProxies;
beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), "haprobe-web-"));
  await mkdir(join(webRoot, "assets"));
  await writeFile(join(webRoot, "index.html"), "<!doctype html><html><head><title>the dashboard</title></head></html>");
  await writeFile(join(webRoot, "assets", "index-1a2b3c.js"), "export {};");
  const proxies = { ...PROXIES, [NO_WEBSOCKET]: ["http-request deny if { hdr(upgrade) -m found }"] };
  haprobe = await startBehindProxies(proxies, { webRoot, publicUrl: PUBLIC_URL, allowedHosts: ["backend"] });
});
afterAll(async () => {
  await haprobe[Symbol.asyncDispose]();
  await rm(webRoot, { recursive: true });
});

/** Requests a path as a browser at lb.example.org does. */
function get(kind: ProxyKind, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${haprobe.proxyPort(kind)}${path}`, { headers: { accept: "text/html,*/*" } });
}

describe.each(Object.keys(PROXIES) as ProxyKind[])("a reverse proxy that %s", (kind) => {
  test.each(["/haprobe", "/haprobe/"])("gets the page at %s, whose files are below the public path", async (path) => {
    const page = await get(kind, path);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('<base href="/haprobe/">');
    expect(html).toContain("the dashboard");
  });

  test("gets files, REST and metrics", async () => {
    for (const path of ["/haprobe/assets/index-1a2b3c.js", "/haprobe/api/v1/servers?problems=0", "/haprobe/metrics"]) {
      const response = await get(kind, path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.arrayBuffer();
    }
    expect((await get(kind, "/haprobe/api/v1/nothing")).status).toBe(404);
  });

  test("gets the dashboard's stream for the page of the public URL, and not for another site", async () => {
    const socketFor = (origin: string) =>
      io(`http://127.0.0.1:${haprobe.proxyPort(kind)}`, {
        path: "/haprobe/socket.io",
        transports: ["websocket"],
        forceNew: true,
        reconnection: false,
        extraHeaders: { origin },
      });
    const own = socketFor("https://lb.example.org");
    const [position] = (await new Promise((resolve) => own.once("hello", (...args) => resolve(args)))) as unknown[];
    expect(position).toMatchObject({ epoch: "e-1" });
    own.disconnect();
    const foreign = socketFor("https://evil.example");
    const refused = await new Promise<Error>((resolve) => foreign.once("connect_error", resolve));
    expect(refused.message).toBe("websocket error");
  });
});

test("behind a proxy without WebSockets the dashboard polls the list, and says so", async () => {
  const feed = new LiveFeed(
    createSocketTransport(`http://127.0.0.1:${haprobe.proxyPort(NO_WEBSOCKET)}/haprobe/`),
    systemClock,
  );
  const live = new Promise<FeedState>((resolve) => {
    feed.subscribe((state) => {
      if (state.kind === "live") resolve(state);
    });
  });
  feed.start();
  const state = await live;
  feed.stop();
  expect(state).toMatchObject({ kind: "live", streamError: "websocket error" });
  expect(state.fleet?.servers.size).toBe(2);
});

test("a path that only begins like the public one is not below it", async () => {
  expect((await get("keeps the path", "/haprobes")).status).toBe(200);
  const response = await fetch(`http://127.0.0.1:${haprobe.proxyPort("keeps the path")}/haprobe-api/v1/servers`);
  expect(response.status).toBe(404);
});

test("the refusal of an origin names the settings to change", async () => {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`ws://127.0.0.1:${haprobe.port}/api/v1/stream`, { origin: "https://evil.example" });
  socket.on("error", () => {});
  const [, response] = await once(socket, "unexpected-response");
  let body = "";
  for await (const chunk of response) body += String(chunk);
  expect(JSON.parse(body)).toMatchObject({ status: 403, detail: expect.stringMatching(/public-url.*allowed-hosts/) });
});
