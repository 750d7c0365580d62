import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { LagRecorder, rssOf, SERVE_ENV, SERVE_NODE_ARGS } from "./process-load.ts";

const CLIENTS = 200;
const LAG_MAX_MS = 100;
const RSS_MAX_MB = 50;

const head = (first: string, more: string): string => `${first} HTTP/1.1\r\nHost: 127.0.0.1\r\n${more}\r\n`;
const post = (path: string): string =>
  head(`POST ${path}`, "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n");
const write = (body: string): string =>
  `${head("POST /api/v1/silences/add", `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`)}${body}`;
const upgrade = (path: string): string =>
  head(
    `GET ${path}`,
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
  );
/** A masked frame without a payload. */
const frame = (opcode: number): Buffer => Buffer.from([opcode, 0x80, 0, 0, 0, 0]);

const keys = Array.from({ length: 5_000 }, (_, n) => `k${n}`);

/** What each client sends again and again on new connections; `later` once the first bytes are answered. */
const KINDS: readonly { name: string; first: string; later?: Buffer }[] = [
  { name: "chunks of one byte", first: post("/api/v1/silences") + "1\r\n[\r\n".repeat(20_000) },
  { name: "chunks of one byte for ingest", first: post("/api/v1/ingest") + "1\r\n[\r\n".repeat(20_000) },
  { name: "chunks with extensions", first: post("/api/v1/silences") + `1${";a".repeat(5_000)}\r\n[\r\n`.repeat(50) },
  { name: "trailers", first: `${post("/api/v1/silences")}0\r\n${"a: b\r\n".repeat(20_000)}` },
  { name: "header fields", first: head("GET /livez", "a:b\r\n".repeat(3_000)) },
  { name: "pipelined requests", first: head("GET /a", "").repeat(5_000) },
  { name: "requests of a large document", first: head("GET /openapi.json", "").repeat(5) },
  {
    name: "requests and come again at once",
    first: head("GET /openapi.json", "").repeat(4) + head("GET /openapi.json", "Connection: close\r\n"),
  },
  { name: "requests for the page and come again", first: head("GET /", "Accept: text/html\r\nConnection: close\r\n") },
  { name: "deep JSON", first: write("[".repeat(60_000)) },
  { name: "JSON of thousands of keys", first: write(JSON.stringify(Object.fromEntries(keys.map((key) => [key, 1])))) },
  { name: "upgrades and come again", first: upgrade("/api/v1/stream").replace("Version: 13", "Version: 1") },
  { name: "pongs", first: upgrade("/api/v1/stream"), later: Buffer.concat(Array(20_000).fill(frame(0x8a))) },
  { name: "empty messages", first: upgrade("/api/v1/stream"), later: Buffer.concat(Array(20_000).fill(frame(0x81))) },
];

let folder: string;
let haproxy: RealHaproxy;
let haprobe: HaprobeProcess;
const web = createServer((_request, response) => response.end("ok"));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-clients-"));
  await once(web.listen(0, "127.0.0.1"), "listening");
  const { port } = web.address() as AddressInfo;
  haproxy = await startHaproxy({
    config: `defaults\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nbackend good\n  mode http\n  server s1 127.0.0.1:${port} check\n`,
  });
  const config = join(folder, "haprobe.yaml");
  await writeFile(config, `haproxy: [{name: real, stats: "unix:${haproxy.adminSocket}"}]\n`);
  haprobe = await startHaprobe(["--config", config], SERVE_ENV, undefined, undefined, SERVE_NODE_ARGS);
  await wait(3_000);
}, 60_000);
afterAll(async () => {
  await haprobe.stop("SIGTERM");
  await haproxy[Symbol.asyncDispose]();
  web.close();
  await rm(folder, { recursive: true });
});

/** Keeps this many clients of different addresses connected, each with what the kind sends. */
function attack({ first, later }: (typeof KINDS)[number]): { stop(): void } {
  const { hostname: host, port } = new URL(haprobe.url);
  const open = new Set<Socket>();
  let isStopped = false;
  const dial = (n: number): void => {
    if (isStopped) return;
    const socket = connect({ host, port: Number(port), localAddress: `127.0.1.${n + 1}` });
    open.add(socket);
    socket.on("error", () => {}).resume();
    socket.once("close", () => {
      open.delete(socket);
      setTimeout(dial, 20, n);
    });
    socket.write(first);
    if (later !== undefined) socket.once("data", () => socket.write(later));
  };
  for (let n = 0; n < CLIENTS; n += 1) dial(n);
  return {
    stop() {
      isStopped = true;
      for (const socket of open) socket.destroy();
    },
  };
}

test.each(KINDS)(
  "200 clients that send $name delay neither /livez nor a verdict",
  async (kind) => {
    const rssBefore = rssOf(haprobe.pid);
    const lag = new LagRecorder(`${haprobe.url}/livez`);
    const attackers = attack(kind);
    await wait(3_000);
    attackers.stop();
    expect((await lag.stop()).p99).toBeLessThan(LAG_MAX_MS);
    const { servers } = (await (await fetch(`${haprobe.url}/api/v1/servers?problems=0`)).json()) as {
      servers: ServerStatus[];
    };
    expect(servers.map(({ verdict, phase }) => [verdict, phase])).toEqual([["agree-up", null]]);
    for (let n = 0; n < 60 && rssOf(haprobe.pid) > rssBefore + RSS_MAX_MB; n += 1) await wait(1_000);
    expect(rssOf(haprobe.pid)).toBeLessThan(rssBefore + RSS_MAX_MB);
  },
  120_000,
);
