import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import { systemClock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { type CertificateFiles, makeAuthority } from "../support/certificates.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget, probeTargetWith } from "./probe-target.ts";

let files: CertificateFiles;
beforeAll(async () => {
  files = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
});

interface VersionServer extends AsyncDisposable {
  readonly port: number;
  readonly requests: IncomingHttpHeaders[];
  connections: number;
}

/** A server that speaks HTTP/2 only and responds with this status and body; null: a body that never ends. */
async function startHttp2Server(tls: boolean, status = 200, body: string | null = "ok"): Promise<VersionServer> {
  const server: Http2Server | Http2SecureServer = tls
    ? createSecureServer({ cert: files.cert, key: files.key, ALPNProtocols: ["h2"] })
    : createServer();
  const requests: IncomingHttpHeaders[] = [];
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    requests.push(headers);
    stream.on("error", () => {});
    stream.respond({ ":status": status, "content-type": "text/plain" });
    if (body === null) stream.write("o");
    else stream.end(body);
  });
  server.on("sessionError", () => {});
  return listen(server, requests);
}

async function listen(server: Server, requests: IncomingHttpHeaders[] = []): Promise<VersionServer> {
  const sockets = new Set<{ destroy(): void }>();
  const started: VersionServer = {
    port: 0,
    requests,
    connections: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  server.on("connection", (socket) => {
    started.connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(started, { port: (server.address() as AddressInfo).port });
}

function reusedProbe(): (target: Target) => Promise<RawProbeResult> {
  const probe = createProbe({ clock: systemClock });
  return async (target) => {
    const completion = await probeTargetWith(probe, target, systemClock);
    if (completion.kind !== "result") throw new Error(completion.kind);
    return completion.result;
  };
}

describe.each(["http", "https"] as const)("a server that speaks HTTP/2 only, over %s,", (scheme) => {
  const to = (port: number, probe: Parameters<typeof makeTarget>[0]): Target =>
    makeTarget({ port, ...probe, probe: { scheme, headers: { "X-Own": "1" }, ...probe?.probe } });

  test("is probed over HTTP/2 at once, and from then on", async () => {
    await using server = await startHttp2Server(scheme === "https");
    const probe = reusedProbe();
    expect(await probe(to(server.port, {}))).toMatchObject({ outcome: "passed", httpStatus: 200, body: "ok" });
    expect(server.connections).toBe(2);
    const second = await probe(to(server.port, {}));
    expect(second).toMatchObject({ outcome: "passed", url: `${scheme}://127.0.0.1:${server.port}/readyz` });
    expect(second.phasesMs.answer).not.toBeNull();
    expect(server.connections).toBe(3);
    expect(server.requests[0]).toMatchObject({
      ":method": "GET",
      ":path": "/readyz",
      ":authority": "kubernetes",
      "user-agent": "haprobe",
      "x-own": "1",
    });
  });

  test("passes before its body ends where none is expected", async () => {
    await using server = await startHttp2Server(scheme === "https", 200, null);
    const target = to(server.port, { timeoutMs: 60_000, probe: { version: "2" } });
    expect(await probeTarget(target)).toMatchObject({ outcome: "passed", httpStatus: 200 });
  });

  test("is judged as any other", async () => {
    await using server = await startHttp2Server(scheme === "https", 500, "[-]etcd failed");
    expect(await probeTarget(to(server.port, {}))).toMatchObject({
      fault: "probe-answered-unhealthy",
      httpStatus: 500,
      failing: ["etcd"],
      detail: "500",
    });
  });

  test("is probed once where the rule says version 2", async () => {
    await using server = await startHttp2Server(scheme === "https");
    expect(await probeTarget(to(server.port, { probe: { version: "2" } }))).toMatchObject({ outcome: "passed" });
    expect(server.connections).toBe(1);
  });

  test("is not judged where the rule says version 1.1", async () => {
    await using server = await startHttp2Server(scheme === "https");
    expect(await probeTarget(to(server.port, { probe: { version: "1.1" } }))).toMatchObject({
      fault: "probe-cannot-speak",
    });
    expect(server.connections).toBe(1);
  });
});

test("a server that speaks HTTP/1 again is found by the next probe but one", async () => {
  const probe = reusedProbe();
  const first = await startHttp2Server(false);
  const target = makeTarget({ port: first.port });
  await probe(target);
  await first[Symbol.asyncDispose]();
  await using _second = await startApiServer({ tls: null, port: first.port });
  expect((await probe(target)).outcome).toBe("failed");
  expect(await probe(target)).toMatchObject({ outcome: "passed", httpStatus: 200 });
});

test("a server without HTTP/2 is not judged where the rule says version 2", async () => {
  await using server = await listen(createHttpsServer({ cert: files.cert, key: files.key }));
  expect(await probeTarget(makeTarget({ port: server.port, probe: { scheme: "https", version: "2" } }))).toMatchObject({
    fault: "probe-cannot-speak",
  });
  await using plain = await listen(createHttpServer((_request, response) => response.end("ok")));
  expect(await probeTarget(makeTarget({ port: plain.port, probe: { version: "2" } }))).toMatchObject({
    kind: "protocol-error",
  });
});
