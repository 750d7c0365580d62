import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { unfinishedCertificate } from "../probe/tls-records.ts";
import { makeAuthority } from "../support/certificates.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { cpuOf, SERVE_NODE_ARGS } from "./process-load.ts";

const SERVERS = 20;
const SECONDS = 20;
/** Of one core. */
const SHARE_MAX = 0.02;
/** Receiving what a server sends as fast as it can costs the kernel as much again. */
const FLOOD_SHARE_MAX = 0.05;

const HEAD = "HTTP/1.1 200 OK\r\n";

/** Sends parts as fast as they are read. */
function flood(socket: Socket, start: string | Buffer, part: string | Buffer): void {
  socket.write(start);
  const more = (): void => {
    while (!socket.destroyed && socket.write(part));
  };
  socket.on("drain", more);
  more();
}

/** Sends one part each few milliseconds. */
function drip(socket: Socket, start: string, part: string): void {
  socket.write(start);
  const timer = setInterval(() => socket.write(part), 5);
  socket.once("close", () => clearInterval(timer));
}

const certificate = unfinishedCertificate();
const BEHAVIOURS: readonly (readonly [what: string, scheme: "http" | "https", serve: (socket: Socket) => void])[] = [
  ["accept and say nothing, over TLS", "https", () => {}],
  ["send a certificate in records of one byte", "https", (socket) => void socket.write(certificate)],
  ["reset each TLS connection", "https", (socket) => void socket.resetAndDestroy()],
  ["accept and say nothing", "http", () => {}],
  [
    "send chunks of one byte without end",
    "http",
    (socket) => flood(socket, `${HEAD}transfer-encoding: chunked\r\n\r\n`, "1\r\nx\r\n".repeat(500)),
  ],
  [
    "send interim responses without end",
    "http",
    (socket) => flood(socket, "", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100)),
  ],
  ["send headers without end", "http", (socket) => flood(socket, HEAD, "a: b\r\n".repeat(500))],
  ["send a body without end", "http", (socket) => flood(socket, `${HEAD}\r\n`, "x".repeat(16_384))],
  ["send a byte every few milliseconds", "http", (socket) => drip(socket, HEAD, "a")],
];

let folder: string;
let haproxy: Server;
let table = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-servers-"));
  haproxy = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(table));
  }).listen(join(folder, "haproxy.sock"));
  await once(haproxy, "listening");
});
afterAll(async () => {
  haproxy.close();
  await rm(folder, { recursive: true });
});

/** Part of a core that haprobe takes with these servers, after the first seconds; and the faults that it reports. */
async function measure(
  scheme: string,
  ports: readonly number[],
): Promise<{ share: number; faults: Set<string | null> }> {
  const rows = ports.map((port, n) => serverRow(`s${n}`, n + 1, { addr: `127.0.0.1:${port}`, check_status: "L4OK" }));
  table = renderResponseText({ startTime: 1_000, rows: [backendRow(1), ...rows], serverStates: [] });
  const config = join(folder, "haprobe.yaml");
  const rule = `{http: {scheme: ${scheme}, path: /x}, every: 1s}`;
  await writeFile(config, `haproxy: [{name: lb, stats: "unix:${folder}/haproxy.sock"}]\nprobes: [${rule}]\n`);
  const haprobe = await startHaprobe(["--config", config], {}, undefined, undefined, SERVE_NODE_ARGS);
  try {
    await wait(25_000);
    const before = cpuOf(haprobe.pid);
    const startedAt = performance.now();
    await wait(SECONDS * 1_000);
    const share = ((cpuOf(haprobe.pid) - before) * 1_000) / (performance.now() - startedAt);
    const response = await fetch(`${haprobe.url}/api/v1/servers`);
    const { servers } = (await response.json()) as { servers: { probeReason: string | null; verdict: string }[] };
    return { share, faults: new Set(servers.map(({ verdict, probeReason }) => `${verdict} ${probeReason}`)) };
  } finally {
    await haprobe[Symbol.asyncDispose]();
  }
}

/** Part of a core that healthy servers over TLS take, each of them with a fresh connection for each probe. */
let healthyTls: Promise<number> | null = null;
async function healthyTlsShare(): Promise<number> {
  const { cert, key } = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  const servers = Array.from({ length: SERVERS }, () =>
    createHttpsServer({ cert, key }, (_, response) => response.end("ok")).listen(0, "127.0.0.1"),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  const { share } = await measure(
    "https",
    servers.map((server) => (server.address() as AddressInfo).port),
  );
  for (const server of servers) server.close();
  return share;
}

let idle: Promise<number> | null = null;
/** Part of a core without any server. */
function idleShare(): Promise<number> {
  idle ??= measure("http", []).then(({ share }) => share);
  return idle;
}

/** Returns the part of a core, the limit, and the faults. */
async function measureCost(
  what: string,
  scheme: string,
  ports: readonly number[],
): Promise<{ cost: number; limit: number; faults: readonly string[] }> {
  const without = await idleShare();
  const { share, faults } = await measure(scheme, ports);
  // A handshake takes a millisecond of each core, whatever becomes of it.
  const healthy = scheme === "https" ? (await (healthyTls ??= healthyTlsShare())) - without : 0;
  const percent = (part: number): number => Number((part * 100).toFixed(2));
  console.log(
    JSON.stringify({ what, percent: percent(share - without), healthy: percent(healthy), faults: [...faults] }),
  );
  const limit = scheme === "http" && what.includes("without end") ? FLOOD_SHARE_MAX : SHARE_MAX;
  return { cost: share - without, limit: Math.max(limit, 1.2 * healthy), faults: [...faults].map(String) };
}

test.each(BEHAVIOURS)("20 servers that %s take little of a core", { timeout: 300_000 }, async (what, scheme, serve) => {
  const servers = Array.from({ length: SERVERS }, () =>
    createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => serve(socket));
    }).listen(0, "127.0.0.1"),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  const { cost, limit, faults } = await measureCost(
    what,
    scheme,
    servers.map((server) => (server.address() as AddressInfo).port),
  );
  expect(cost).toBeLessThan(limit);
  // A failure is never hidden.
  for (const fault of faults) expect(fault).not.toContain("probe-stale");
  for (const server of servers) server.close();
});

test("20 servers that send a thousand session tickets take at most 2 % of a core", { timeout: 300_000 }, async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-nodes", "-subj", "/CN=x", "-days", "2", "-keyout", key, "-out", cert];
  await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...subject]);
  const ports = Array.from({ length: SERVERS }, (_, n) => 21_400 + n);
  const servers = ports.map((port) =>
    spawn(
      "openssl",
      [
        "s_server",
        "-accept",
        `127.0.0.1:${port}`,
        "-key",
        key,
        "-cert",
        cert,
        "-num_tickets",
        "1000",
        "-quiet",
        "-www",
      ],
      { stdio: "ignore" },
    ),
  );
  try {
    const { cost, limit } = await measureCost("send a thousand session tickets", "https", ports);
    expect(cost).toBeLessThan(limit);
  } finally {
    for (const server of servers) server.kill("SIGKILL");
  }
});
