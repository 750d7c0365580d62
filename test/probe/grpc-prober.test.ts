import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GrpcProbe, Target } from "../../server/contract/target.ts";
import { type CertificateFiles, makeAuthority } from "../support/certificates.ts";
import { probeTarget } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget, type TargetOverrides } from "./make-target.ts";

let folder: string;
let files: CertificateFiles;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-grpc-"));
  files = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  await writeFile(join(folder, "ca.pem"), files.ca);
  await writeFile(join(folder, "token"), "abc.DEF");
});
afterAll(() => rm(folder, { recursive: true }));

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly frame: string;
}

interface HealthServer extends AsyncDisposable {
  readonly port: number;
  readonly calls: Call[];
  readonly open: ReadonlySet<Socket>;
}

/** An HTTP/2 server that handles each call with `respond`. */
async function startHealth(answer: (stream: ServerHttp2Stream) => void, tls = false): Promise<HealthServer> {
  const calls: Call[] = [];
  const open = new Set<Socket>();
  const server: Http2Server = tls ? createSecureServer({ cert: files.cert, key: files.key }) : createServer();
  server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => {});
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      calls.push({ headers, frame: Buffer.concat(chunks).toString("hex") });
      answer(stream);
    });
  });
  server.on("sessionError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** `HealthCheckResponse` with this status, and `grpc-status: 0` in the trailers. */
function serving(status: number): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
  };
}

/** Only headers, as gRPC answers a call that failed. */
function failing(status: number, message = ""): (stream: ServerHttp2Stream) => void {
  const headers = { ":status": 200, "content-type": "application/grpc", "grpc-status": String(status) };
  return (stream) => stream.respond({ ...headers, "grpc-message": message }, { endStream: true });
}

function grpcTarget(port: number, probe: Partial<GrpcProbe> = {}, overrides: TargetOverrides = {}): Target {
  const probeSettings: GrpcProbe = { type: "grpc", tls: null, authority: "cart.example.org", service: "", ...probe };
  return { ...makeTarget({ port, ...overrides }), probe: probeSettings };
}

describe.each(["plain", "TLS"] as const)("over %s HTTP/2", (over) => {
  const tls = () =>
    over === "TLS"
      ? { serverName: null, caFile: join(folder, "ca.pem"), verify: true, minVersion: null, ciphers: null }
      : null;

  test("SERVING passes", async () => {
    await using server = await startHealth(serving(1), over === "TLS");
    const result = await probeTarget(grpcTarget(server.port, { tls: tls() }));
    expect(result).toMatchObject({
      outcome: "passed",
      kind: "answered",
      stage: "answer",
      fault: null,
      httpStatus: null,
      url: `${over === "TLS" ? "grpcs" : "grpc"}://127.0.0.1:${server.port}/grpc.health.v1.Health/Check`,
    });
    expect(result.phasesMs.answer).not.toBeNull();
    expect(result.phasesMs.tls === null).toBe(over === "plain");
    await expect.poll(() => server.open.size).toBe(0);
  });

  test("NOT_SERVING names the service, or the whole", async () => {
    await using server = await startHealth(serving(2), over === "TLS");
    const unhealthy = { outcome: "failed", fault: "probe-answered-unhealthy", detail: "health status NOT_SERVING" };
    expect(await probeTarget(grpcTarget(server.port, { tls: tls() }))).toMatchObject({
      ...unhealthy,
      failing: ["overall"],
    });
    expect(await probeTarget(grpcTarget(server.port, { tls: tls(), service: "shop.Cart" }))).toMatchObject({
      ...unhealthy,
      failing: ["shop.Cart"],
    });
    expect(server.calls.map(({ frame }) => frame)).toEqual(["0000000000", `000000000b0a09${hex("shop.Cart")}`]);
  });
});

test("the call is what gRPC wants, under the rule's name", async () => {
  await using server = await startHealth(serving(1));
  await probeTarget(grpcTarget(server.port, {}, { timeoutMs: 700 }));
  expect(server.calls[0]?.headers).toMatchObject({
    ":method": "POST",
    ":path": "/grpc.health.v1.Health/Check",
    ":scheme": "http",
    ":authority": "cart.example.org",
    "content-type": "application/grpc",
    te: "trailers",
    "grpc-timeout": "700m",
  });
});

test("a token goes along where it may", async () => {
  await using server = await startHealth(serving(1));
  const credentials = { bearerTokenFile: join(folder, "token") };
  await probeTarget(grpcTarget(server.port, {}, { credentials: { ...credentials, sendTo: "allowed-address" } }));
  await probeTarget(grpcTarget(server.port, {}, { credentials: { ...credentials, sendTo: "never" } }));
  expect(server.calls.map(({ headers }) => headers.authorization)).toEqual(["Bearer abc.DEF", undefined]);
});

describe("an answer that is no health", () => {
  test.each([
    [
      "a service that it does not know",
      failing(5, "unknown service"),
      "probe-unexpected-status",
      "gRPC NOT_FOUND: unknown service",
    ],
    ["no health service at all", failing(12), "probe-unexpected-status", "gRPC UNIMPLEMENTED"],
    ["a status of UNKNOWN", serving(0), "probe-unexpected-status", "health status UNKNOWN"],
    ["PERMISSION_DENIED", failing(7), "probe-denied", "gRPC PERMISSION_DENIED"],
    ["UNAUTHENTICATED", failing(16, "no%20token"), "probe-denied", "gRPC UNAUTHENTICATED: no token"],
    ["UNAVAILABLE", failing(14), "probe-answered-unhealthy", "gRPC UNAVAILABLE"],
    ["INTERNAL", failing(13, "100%"), "probe-answered-unhealthy", "gRPC INTERNAL: 100%"],
    ["a code of a later version", failing(99), "probe-unexpected-status", "gRPC code 99"],
  ] as const)("%s", async (_rule, answer, fault, detail) => {
    await using server = await startHealth(answer);
    const outcome = fault === "probe-denied" ? "denied" : "failed";
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject({ outcome, kind: "answered", fault, detail });
  });

  test.each([
    [403, "denied", "probe-denied"],
    [503, "failed", "probe-answered-unhealthy"],
    [404, "failed", "probe-unexpected-status"],
  ] as const)("HTTP status %i, from a proxy in between", async (status, outcome, fault) => {
    await using server = await startHealth((stream) => stream.respond({ ":status": status }, { endStream: true }));
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject({
      outcome,
      fault,
      httpStatus: status,
      detail: `HTTP status ${status}`,
    });
  });
});

describe("what is no gRPC", () => {
  const NO_PROTOCOL = { outcome: "failed", kind: "protocol-error", stage: "answer", fault: "probe-protocol-error" };

  test("an answer without grpc-status", async () => {
    await using server = await startHealth((stream) => {
      stream.respond({ ":status": 200 });
      stream.end("<html>");
    });
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject({
      ...NO_PROTOCOL,
      detail: "the response has no grpc-status",
    });
  });

  test("a message that is none", async () => {
    await using server = await startHealth((stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end("hello");
    });
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject({
      ...NO_PROTOCOL,
      detail: "the response is no HealthCheckResponse",
    });
  });

  test("an answer without end is read for 64 KiB", async () => {
    await using server = await startHealth((stream) => {
      stream.respond({ ":status": 200, "grpc-status": "0" });
      const more = (): void => {
        while (!stream.destroyed && stream.write(Buffer.alloc(16_384)));
      };
      stream.on("drain", more);
      more();
    });
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject(NO_PROTOCOL);
    await expect.poll(() => server.open.size).toBe(0);
  });

  test("a server that speaks HTTP/1", async () => {
    const server = createHttpServer((_request, response) => response.end("ok")).listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(await probeTarget(grpcTarget((server.address() as AddressInfo).port))).toMatchObject(NO_PROTOCOL);
    server.close();
    await once(server, "close");
  });

  test("a TLS server that does not know ALPN", async () => {
    const server = createTlsServer({ cert: files.cert, key: files.key }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const tls = { serverName: null, caFile: null, verify: false, minVersion: null, ciphers: null };
    expect(await probeTarget(grpcTarget((server.address() as AddressInfo).port, { tls }))).toMatchObject({
      ...NO_PROTOCOL,
      fault: "probe-cannot-speak",
      detail: "it does not offer HTTP/2 in the TLS handshake (ALPN h2)",
    });
    server.close();
    await once(server, "close");
  });
});

describe("no answer", () => {
  test("is a timeout, and the connection is closed", async () => {
    await using server = await startHealth(() => {});
    expect(await probeTarget(grpcTarget(server.port, {}, { timeoutMs: 80 }))).toMatchObject({
      kind: "timed-out",
      stage: "answer",
      fault: "probe-timed-out",
    });
    await expect.poll(() => server.open.size).toBe(0);
  });

  test.each(["end", "resetAndDestroy"] as const)("but the end of the connection (%s) is a reset", async (how) => {
    await using server = await startRawServer((socket) => void socket[how]());
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject({
      outcome: "failed",
      kind: "reset",
      stage: "answer",
    });
  });

  test("but a stream that is cut off is no protocol", async () => {
    await using server = await startHealth((stream) => stream.close(2));
    expect(await probeTarget(grpcTarget(server.port))).toMatchObject({ kind: "protocol-error", stage: "answer" });
  });
});

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}
