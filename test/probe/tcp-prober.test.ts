import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Target, TcpProbe } from "../../server/contract/target.ts";
import { type CertificateFiles, makeAuthority } from "../support/certificates.ts";
import { probeTarget } from "./probe-target.ts";
import { makeTarget } from "./make-target.ts";

let folder: string;
let files: CertificateFiles;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-tcp-"));
  files = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  await writeFile(join(folder, "ca.pem"), files.ca);
});
afterAll(() => rm(folder, { recursive: true }));

interface TcpServer extends AsyncDisposable {
  readonly port: number;
  readonly openSockets: ReadonlySet<Socket>;
}

/** A server that runs `onConnection` for each connection. */
async function startTcpServer(onConnection: (socket: Socket) => void, tls = false): Promise<TcpServer> {
  const open = new Set<Socket>();
  const greet = (socket: Socket): void => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => {});
    onConnection(socket);
  };
  const server = tls ? createTlsServer({ cert: files.cert, key: files.key }, greet) : createServer(greet);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    openSockets: open,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function tcpTarget(port: number, probe: Partial<TcpProbe> = {}, timeoutMs = 5_000): Target {
  const probeSettings: TcpProbe = { type: "tcp", tls: null, send: "", expect: { kind: "any" }, ...probe };
  return { ...makeTarget({ port, timeoutMs }), probe: probeSettings };
}

const FAILED = { outcome: "failed", stage: "answer" };

describe("without an expectation", () => {
  test("a port that accepts passes, and no phase is claimed that was not run", async () => {
    await using server = await startTcpServer(() => {});
    const result = await probeTarget(tcpTarget(server.port));
    expect(result).toMatchObject({
      outcome: "passed",
      kind: "answered",
      stage: "connect",
      fault: null,
      httpStatus: null,
      url: `tcp://127.0.0.1:${server.port}`,
      phasesMs: { tls: null, answer: null },
    });
    expect(result.phasesMs.connect).not.toBeNull();
    await expect.poll(() => server.openSockets.size).toBe(0);
  });

  test("a port that refuses fails", async () => {
    let port = 0;
    {
      await using server = await startTcpServer(() => {});
      port = server.port;
    }
    expect(await probeTarget(tcpTarget(port))).toMatchObject({ outcome: "failed", kind: "refused", stage: "connect" });
  });

  test("with TLS the certificate is verified, and its expiry reported", async () => {
    await using server = await startTcpServer(() => {}, true);
    const tls = { serverName: null, caFile: join(folder, "ca.pem"), verify: true, minVersion: null, ciphers: null };
    const result = await probeTarget(tcpTarget(server.port, { tls }));
    expect(result).toMatchObject({ outcome: "passed", stage: "tls", url: `tls://127.0.0.1:${server.port}` });
    expect(result.certificateExpiresAt).toBeGreaterThan(Date.now());
    expect(await probeTarget(tcpTarget(server.port, { tls: { ...tls, caFile: null } }))).toMatchObject({
      fault: "probe-untrusted",
      stage: "tls",
    });
  });
});

describe("with an expectation", () => {
  const pong = { kind: "contains", text: "+PONG" } as const;

  test("it sends, and waits for the server's data in any number of chunks", async () => {
    const said: string[] = [];
    await using server = await startTcpServer((socket) => {
      socket.on("data", (bytes) => {
        said.push(bytes.toString());
        socket.write("+PO", () => setImmediate(() => socket.write("NG\r\n")));
      });
    });
    const result = await probeTarget(tcpTarget(server.port, { send: "PING\r\n", expect: pong }));
    expect(result).toMatchObject({ outcome: "passed", stage: "answer", fault: null });
    expect(result.body).toMatch(/^\+PONG/);
    expect(result.phasesMs.answer).not.toBeNull();
    expect(said).toEqual(["PING\r\n"]);
  });

  test("a greeting may be all that is wanted", async () => {
    await using server = await startTcpServer((socket) => void socket.write("220 mail.example.org ESMTP\r\n"));
    expect(await probeTarget(tcpTarget(server.port, { expect: { kind: "matches", pattern: "^220 " } }))).toMatchObject({
      outcome: "passed",
      body: "220 mail.example.org ESMTP\r\n",
    });
  });

  test("other data, and the end, are not as expected", async () => {
    await using server = await startTcpServer((socket) => void socket.end("-LOADING\r\n"));
    expect(await probeTarget(tcpTarget(server.port, { expect: pong }))).toMatchObject({
      ...FAILED,
      kind: "answered",
      fault: "probe-unexpected-body",
      body: "-LOADING\r\n",
      detail: "the received data is not as expected",
    });
  });

  test("the end without data is a reset", async () => {
    await using server = await startTcpServer((socket) => void socket.end());
    expect(await probeTarget(tcpTarget(server.port, { expect: pong }))).toMatchObject({ ...FAILED, kind: "reset" });
  });

  test("silence runs into the deadline", async () => {
    await using server = await startTcpServer(() => {});
    expect(await probeTarget(tcpTarget(server.port, { expect: pong }, 60))).toMatchObject({
      ...FAILED,
      kind: "timed-out",
      detail: "no complete response within 60 ms",
    });
  });

  test("endless data is read for 64 KiB or 64 chunks", async () => {
    let pieces = 0;
    await using server = await startTcpServer((socket) => {
      socket.setNoDelay(true);
      const more = (): void => {
        pieces += 1;
        if (!socket.destroyed) socket.write("x", () => setImmediate(more));
      };
      more();
    });
    expect(await probeTarget(tcpTarget(server.port, { expect: pong }))).toMatchObject({
      fault: "probe-unexpected-body",
    });
    await expect.poll(() => server.openSockets.size).toBe(0);
    expect(pieces).toBeGreaterThanOrEqual(64);
  });
});
