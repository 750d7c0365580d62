import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { createServer as createTlsServer } from "node:tls";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { makeDeepChain } from "../probe/deep-chain.ts";
import { unfinishedCertificate } from "../probe/tls-records.ts";

/** A kind of hostile server: what it does with a connection that has sent its first bytes. */
export interface HostileKind {
  readonly what: string;
  readonly scheme: "http" | "https";
  /** `count`: connections of this server so far. Absent: OpenSSL's server with these arguments. */
  readonly serve?: (socket: Socket, count: number) => void;
  readonly openssl?: readonly string[];
  /** Above TLS, with a chain of this many certificates that take long to verify. */
  readonly chain?: number;
}

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;

/** Sends parts as fast as they are read. */
function flood(socket: Socket, start: string | Buffer, part: string | Buffer): void {
  socket.write(start);
  const more = (): void => {
    while (!socket.destroyed && socket.write(part));
  };
  socket.on("drain", more);
  more();
}

/** Sends one part each `everyMs`. */
function drip(socket: Socket, start: string, part: string, everyMs = 5): void {
  socket.setNoDelay(true);
  socket.write(start);
  const timer = setInterval(() => socket.write(part), everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** A whole response. */
function respond(socket: Socket, status: number, body: string | Buffer, headers = ""): void {
  socket.write(`HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n${headers}\r\n`);
  socket.end(body);
}

const certificate = unfinishedCertificate();
const bombs = [gzipSync(Buffer.alloc(50_000_000)), brotliCompressSync(Buffer.alloc(50_000_000))] as const;
const names = (from: number, count: number): string =>
  Array.from({ length: count }, (_, n) => `[-]check-${from + n} failed: reason withheld\n`).join("");

/** All kinds whose connections are plain below; those over TLS fail before or in the handshake. */
export const HOSTILE_KINDS: readonly HostileKind[] = [
  { what: "say nothing over TLS", scheme: "https", serve: () => {} },
  { what: "send a certificate in records of one byte", scheme: "https", serve: (s) => void s.write(certificate) },
  { what: "reset each TLS connection", scheme: "https", serve: (s) => void s.resetAndDestroy() },
  { what: "send a thousand session tickets", scheme: "https", openssl: ["-num_tickets", "1000"] },
  {
    what: "send short chains of certificates that take long to verify",
    scheme: "https",
    chain: 20,
    serve: (s) => respond(s, 200, "ok"),
  },
  { what: "say nothing", scheme: "http", serve: () => {} },
  { what: "reset each connection", scheme: "http", serve: (s) => void s.resetAndDestroy() },
  { what: "close each connection", scheme: "http", serve: (s) => void s.end() },
  {
    what: "send chunks of one byte without end",
    scheme: "http",
    serve: (s) => flood(s, CHUNKED, "1\r\nx\r\n".repeat(500)),
  },
  {
    what: "send failing chunks of one byte without end",
    scheme: "http",
    serve: (s) => flood(s, "HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n".repeat(500)),
  },
  {
    what: "send interim responses without end",
    scheme: "http",
    serve: (s) => flood(s, "", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100)),
  },
  { what: "send headers without end", scheme: "http", serve: (s) => flood(s, HEAD, "a: b\r\n".repeat(500)) },
  { what: "send one header without end", scheme: "http", serve: (s) => flood(s, `${HEAD}a: `, "b".repeat(3_000)) },
  {
    what: "send a status line without end",
    scheme: "http",
    serve: (s) => flood(s, "HTTP/1.1 200 ", "b".repeat(3_000)),
  },
  {
    what: "send a folded header without end",
    scheme: "http",
    serve: (s) => flood(s, `${HEAD}a: b\r\n`, " b\r\n".repeat(500)),
  },
  { what: "send a body without end", scheme: "http", serve: (s) => flood(s, `${HEAD}\r\n`, "x".repeat(16_384)) },
  {
    what: "send a failing body without end",
    scheme: "http",
    serve: (s) => flood(s, "HTTP/1.1 500 X\r\n\r\n", "x".repeat(16_384)),
  },
  {
    what: "send chunk extensions without end",
    scheme: "http",
    serve: (s) => flood(s, `${CHUNKED}1;`, "x=y;".repeat(500)),
  },
  {
    what: "send trailers without end",
    scheme: "http",
    serve: (s) => flood(s, `HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n0\r\n`, "x: y\r\n".repeat(500)),
  },
  { what: "send line feeds without end", scheme: "http", serve: (s) => flood(s, "", "\r\n".repeat(500)) },
  {
    what: "send random bytes without end",
    scheme: "http",
    serve: (s) => flood(s, "\x00\x01", Buffer.alloc(16_384, 7)),
  },
  { what: "send a byte of a header every few milliseconds", scheme: "http", serve: (s) => drip(s, HEAD, "a") },
  { what: "send a header every few milliseconds", scheme: "http", serve: (s) => drip(s, HEAD, "a: b\r\n") },
  {
    what: "send a byte of a chunk every few milliseconds",
    scheme: "http",
    serve: (s) => drip(s, CHUNKED, "1\r\nx\r\n"),
  },
  {
    what: "send a byte of a failing body every few milliseconds",
    scheme: "http",
    serve: (s) => drip(s, "HTTP/1.1 500 X\r\n\r\n", "x"),
  },
  { what: "send a byte every 81 ms", scheme: "http", serve: (s) => drip(s, HEAD, "a", 81) },
  {
    what: "send a byte of a failing body every 81 ms",
    scheme: "http",
    serve: (s) => drip(s, "HTTP/1.1 500 X\r\n\r\n", "a", 81),
  },
  {
    what: "send an interim response every 81 ms",
    scheme: "http",
    serve: (s) => drip(s, "", "HTTP/1.1 102 P\r\n\r\n", 400),
  },
  { what: "send a gzip bomb", scheme: "http", serve: (s) => respond(s, 500, bombs[0], "content-encoding: gzip\r\n") },
  { what: "send a brotli bomb", scheme: "http", serve: (s) => respond(s, 500, bombs[1], "content-encoding: br\r\n") },
  {
    what: "pass and fail in turns",
    scheme: "http",
    serve: (s, count) => respond(s, count % 2 === 0 ? 200 : 500, "ok"),
  },
  {
    what: "fail in another way each time",
    scheme: "http",
    serve(s, count) {
      if (count % 4 === 0) s.resetAndDestroy();
      else respond(s, [500, 404, 401][(count % 4) - 1] ?? 0, "ok");
    },
  },
  {
    what: "name other failing checks each time",
    scheme: "http",
    serve: (s, count) => respond(s, 500, names(count, 1_500).slice(0, 64_000), "content-type: text/plain\r\n"),
  },
  {
    what: "send another large body each time",
    scheme: "http",
    serve: (s, count) =>
      respond(s, 503, `${count}`.repeat(20_000).slice(0, 60_000), "content-type: application/json\r\n"),
  },
  {
    what: "send as many headers as fit",
    scheme: "http",
    serve: (s, count) =>
      respond(s, 500 + (count % 2), "", Array.from({ length: 99 }, (_, n) => `h${n}: ${"x".repeat(130)}\r\n`).join("")),
  },
  {
    what: "send JSON nested without end",
    scheme: "http",
    serve: (s) => respond(s, 500, "[".repeat(60_000), "content-type: application/json\r\n"),
  },
];

/** Servers of one kind. */
export interface HostileServers {
  readonly ports: readonly number[];
  /** Stops listening and ends all connections. */
  close(): void;
}

/** Starts servers of one kind on free ports. */
export async function startHostileServers(kind: HostileKind, count: number): Promise<HostileServers> {
  const { serve, chain } = kind;
  const tls = chain === undefined ? null : await makeDeepChain(chain);
  if (serve === undefined) return startOpensslServers(kind.openssl ?? [], count);
  const open = new Set<Socket>();
  const servers = Array.from({ length: count }, () => {
    let connections = 0;
    const onConnection = (socket: Socket): void => {
      open.add(socket);
      socket.on("error", () => {}).on("close", () => open.delete(socket));
      socket.once("data", () => serve(socket, (connections += 1)));
    };
    const server = tls === null ? createServer(onConnection) : createTlsServer(tls, onConnection);
    return server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
  });
  await Promise.all(servers.map((server) => once(server, "listening")));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    close() {
      for (const server of servers) server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** First port of OpenSSL's servers, which cannot choose a free one. */
const OPENSSL_PORT = 21_400;

async function startOpensslServers(args: readonly string[], count: number): Promise<HostileServers> {
  const folder = mkdtempSync(join(tmpdir(), "haprobe-openssl-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2"];
  execFileSync("openssl", [...request, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const ports = Array.from({ length: count }, (_, n) => OPENSSL_PORT + n);
  const servers = ports.map((port) =>
    spawn(
      "openssl",
      ["s_server", "-accept", `127.0.0.1:${port}`, "-key", key, "-cert", cert, "-quiet", "-www", ...args],
      {
        stdio: "ignore",
      },
    ),
  );
  await wait(1_000);
  return {
    ports,
    close() {
      for (const server of servers) server.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    },
  };
}
