import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type ListenOptions, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveRequestNames } from "../../server/targets/request-name.ts";
import { DEFAULT_HTTP } from "../../server/config/defaults.ts";
import { type CertificateAuthority, makeAuthority } from "../support/certificates.ts";
import { probeTarget } from "./probe-target.ts";
import { makeTarget } from "./make-target.ts";

let folder: string;
let authority: CertificateAuthority;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-place-"));
  authority = await makeAuthority();
  await writeFile(join(folder, "ca.pem"), authority.ca);
});
afterAll(() => rm(folder, { recursive: true }));

interface RecordingServer extends AsyncDisposable {
  readonly port: number;
  readonly hostHeaders: (string | undefined)[];
  readonly serverNames: (string | false)[];
}

/** A server that keeps what Host header and which SNI it was asked under. */
async function startRecordingServer(at: ListenOptions, tls = false): Promise<RecordingServer> {
  const hosts: (string | undefined)[] = [];
  const names: (string | false)[] = [];
  const onRequest = (request: IncomingMessage, response: { end(text: string): unknown }): void => {
    hosts.push(request.headers.host);
    response.end("ok");
  };
  let server: Server;
  if (tls) {
    const { cert, key } = await authority.issue({ names: ["::1", "app.example.org"] });
    server = createHttpsServer({ cert, key }, onRequest);
    server.on("secureConnection", (socket: { servername: string | false }) => names.push(socket.servername));
  } else server = createServer(onRequest);
  server.listen(at);
  await once(server, "listening");
  const address = server.address() as AddressInfo | string;
  return {
    port: typeof address === "string" ? 0 : address.port,
    hostHeaders: hosts,
    serverNames: names,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

describe("an IPv6 server", () => {
  test("is asked under its address in brackets", async () => {
    await using server = await startRecordingServer({ port: 0, host: "::1" });
    const { hostHeader } = resolveRequestNames(DEFAULT_HTTP, null, "http", {
      host: "::1",
      port: server.port,
      socketPath: null,
    });
    const result = await probeTarget(makeTarget({ host: "::1", port: server.port, probe: { hostHeader } }));
    expect(result).toMatchObject({ outcome: "passed", url: `http://[::1]:${server.port}/readyz` });
    expect(server.hostHeaders).toEqual([`[::1]:${server.port}`]);
  });

  test("is verified by its address, which is never sent as a name", async () => {
    await using server = await startRecordingServer({ port: 0, host: "::1" }, true);
    const tls = { verify: true, caFile: join(folder, "ca.pem") };
    const result = await probeTarget(makeTarget({ host: "::1", port: server.port, probe: { scheme: "https" }, tls }));
    expect(result).toMatchObject({ outcome: "passed", url: `https://[::1]:${server.port}/readyz` });
    expect(server.serverNames).toEqual([false]);
  });

  test("that does not listen refuses", async () => {
    const server = createTcpServer().listen(0, "::1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    expect(await probeTarget(makeTarget({ host: "::1", port }))).toMatchObject({ kind: "refused", stage: "connect" });
  });
});

describe("a server on a UNIX socket", () => {
  const at = (socketPath: string) => ({ host: "", port: 0, socketPath });

  test("is asked as any other", async () => {
    const path = join(folder, "app.sock");
    await using server = await startRecordingServer({ path });
    const result = await probeTarget(makeTarget({ ...at(path), probe: { hostHeader: "localhost" } }));
    expect(result).toMatchObject({
      outcome: "passed",
      body: "ok",
      url: `http+unix://${encodeURIComponent(path)}/readyz`,
    });
    expect(result.phasesMs.connect).not.toBeNull();
    expect(server.hostHeaders).toEqual(["localhost"]);
  });

  test("may speak TLS, under a name", async () => {
    const path = join(folder, "tls.sock");
    await using server = await startRecordingServer({ path }, true);
    const tls = { verify: true, caFile: join(folder, "ca.pem"), serverName: "app.example.org" };
    expect(await probeTarget(makeTarget({ ...at(path), probe: { scheme: "https" }, tls }))).toMatchObject({
      outcome: "passed",
    });
    expect(server.serverNames).toEqual(["app.example.org"]);
  });

  test("that has no socket, or left a dead one behind, is closed", async () => {
    const path = join(folder, "dead.sock");
    const refused = { outcome: "failed", kind: "refused", stage: "connect", fault: "probe-refused" };
    expect(await probeTarget(makeTarget(at(path)))).toMatchObject(refused);
    await writeFile(path, "");
    expect(await probeTarget(makeTarget(at(path)))).toMatchObject(refused);
  });

  test("whose backlog is full times out, and is no own fault", async () => {
    const path = join(folder, "full.sock");
    // A process that listens and never accepts.
    const child = spawn(
      process.execPath,
      [
        "-e",
        `const s = require("node:net").createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => {
          process.stdout.write("up");
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        });`,
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    try {
      await once(child.stdout, "data");
      const asked = await Promise.all(
        Array.from({ length: 8 }, () => probeTarget(makeTarget({ ...at(path), timeoutMs: 300 }))),
      );
      expect(asked.map(({ kind }) => kind)).toEqual(asked.map(() => "timed-out"));
      const full = asked.find(({ stage }) => stage === "connect");
      expect(full?.detail).toBe("its connection backlog is full");
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  });
});
