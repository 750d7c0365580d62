import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { IncomingMessage } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { BOUNDS } from "../../server/bounds.ts";
import { type HttpListener, startHttpListener } from "../../server/http/http-listener.ts";
import { TlsFiles } from "../../server/http/tls-files.ts";
import { type CertificateAuthority, makeAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "haprobe-tls-"));
const [certFile, keyFile, caFile] = ["cert.pem", "key.pem", "ca.pem"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let authority: CertificateAuthority;
let clients: CertificateAuthority;
let clock = new FakeClock();
const started: { listener: HttpListener; files: TlsFiles }[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  clients = await makeAuthority("clients");
});
beforeEach(async () => {
  clock = new FakeClock();
  await writePair("first.example.org");
  writeFileSync(caFile, clients.ca);
});
afterEach(async () => {
  for (const { listener, files } of started.splice(0)) {
    files.stop();
    await listener.close(0);
    void clock.advance(0);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Replaces the files by rename, as certificate tools do. */
async function writePair(name: string, expired = false): Promise<void> {
  const { cert, key } = await authority.issue({ names: [name, "127.0.0.1"], expired });
  for (const [path, content] of [
    [certFile, cert],
    [keyFile, key],
  ] as const) {
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
}

async function start(clientCaFile: string | null = null) {
  const checks: { error: string | null; hasChanged: boolean }[] = [];
  const files = await TlsFiles.load({
    settings: { certFile, keyFile, clientCaFile },
    clock,
    onCheck: ({ error }, hasChanged) => checks.push({ error, hasChanged }),
  });
  const app = (_request: unknown, response: { end: (body: string) => void }): void => response.end("here");
  const listener = await startHttpListener({ app, host: "127.0.0.1", port: 0, tls: files, clock });
  started.push({ listener, files });
  return { listener, files, checks, port: listener.address.port };
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: "127.0.0.1", ca: authority.ca, ...options });
  await once(socket, "secureConnect");
  return socket;
}

async function presentedName(port: number): Promise<string> {
  const socket = await handshake(port);
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

async function get(port: number, options: RequestOptions = {}): Promise<string> {
  const sent = httpsRequest({ port, host: "127.0.0.1", ca: authority.ca, agent: false, ...options }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return text(response);
}

async function received(socket: Socket): Promise<string> {
  let all = "";
  for await (const chunk of socket) all += String(chunk);
  return all;
}

describe("TLS of the listener", () => {
  test("is 1.3 or 1.2 with ephemeral keys and authenticated encryption, and nothing older or weaker", async () => {
    const { port } = await start();
    const newest = await handshake(port);
    expect(newest.getProtocol()).toBe("TLSv1.3");
    newest.destroy();
    const older = await handshake(port, { maxVersion: "TLSv1.2" });
    expect(older.getCipher().name).toMatch(/^ECDHE-.*(GCM|POLY1305)/);
    older.destroy();
    for (const refused of [
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA:AES128-GCM-SHA256:@SECLEVEL=0" },
    ] as const) {
      await expect(handshake(port, refused)).rejects.toThrow(/alert|wrong version|no protocols/i);
    }
  });

  test("takes no renegotiation, and resumes no session", async () => {
    const { port } = await start();
    const socket = await handshake(port, { maxVersion: "TLSv1.2" });
    const session = socket.getSession();
    const refused = once(socket, "error") as Promise<[Error]>;
    socket.renegotiate({}, () => {});
    expect((await refused)[0]).toMatchObject({ code: "ERR_SSL_NO_RENEGOTIATION" });
    socket.destroy();
    const again = await handshake(port, { maxVersion: "TLSv1.2", ...(session === undefined ? {} : { session }) });
    expect(again.isSessionReused()).toBe(false);
    again.destroy();
  });

  test("counts what a client sends before it is parsed", async () => {
    const { port, listener } = await start();
    let requests = 0;
    listener.server.on("request", () => (requests += 1));
    const socket = await handshake(port);
    socket.on("error", () => {}).write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100));
    await once(socket.resume(), "close");
    expect(requests).toBe(0);
  });

  test("serves requests and WebSockets", async () => {
    const { port, listener } = await start();
    expect(await get(port)).toBe("here");
    const sockets = new WebSocketServer({ noServer: true });
    listener.server.on("upgrade", (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (open) => open.send("hello")),
    );
    const client = new WebSocket(`wss://127.0.0.1:${port}/`, { ca: authority.ca });
    const [message] = (await once(client, "message")) as [Buffer];
    expect(String(message)).toBe("hello");
    client.terminate();
  });

  test.each(["GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "hello\r\n", "\r\n"])(
    "answers plain text with where to go, and ends: %j",
    async (sent) => {
      const { port } = await start();
      const socket = connectTcp(port, "127.0.0.1");
      socket.write(sent);
      const answer = await received(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
      expect(answer).toContain("use https");
    },
  );

  test.each([
    ["nothing", ""],
    ["a part of a handshake", "\x16\x03\x01\x02\x00\x01"],
  ])("ends a connection that sends %s by its deadline", async (_what, sent) => {
    const { port, listener } = await start();
    const socket = connectTcp(port, "127.0.0.1");
    const accepted = once(listener.server, "connection") as Promise<[Socket]>;
    socket.on("error", () => {});
    socket.write(Buffer.from(sent, "latin1"));
    const [server] = await accepted;
    const closed = once(server, "close");
    void clock.advance(BOUNDS.tlsHandshakeTimeoutMs);
    await closed;
    expect(server.destroyed).toBe(true);
    socket.destroy();
  });

  test("has a limit of handshakes under way, of which one address gets half", async () => {
    const { port } = await start();
    const waiting = await Promise.all(
      Array.from({ length: BOUNDS.tlsHandshakesMax / 2 }, async () => {
        const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
        await once(socket, "connect");
        return socket;
      }),
    );
    const further = connectTcp(port, "127.0.0.1").on("error", () => {});
    await once(further, "close");
    for (const socket of waiting) socket.destroy();
    await expect.poll(() => get(port).catch(() => "refused")).toBe("here");
  });
});

describe("the files of the listener's certificate", () => {
  test("are read again: a new pair is presented to new connections, and those that stand go on", async () => {
    const { port, files, checks } = await start();
    const standing = await handshake(port);
    expect(await presentedName(port)).toBe("first.example.org");
    await writePair("second.example.org");
    void clock.advance(BOUNDS.tlsFilesCheckEveryMs);
    await expect.poll(() => presentedName(port)).toBe("second.example.org");
    expect(checks).toEqual([{ error: null, hasChanged: true }]);
    expect(standing.destroyed).toBe(false);
    standing.destroy();
    expect(files.certificate.error).toBeNull();
  });

  test.each([
    ["the key of another certificate", () => writeFileSync(keyFile, OTHER_KEY), "the key in key-file is not that of"],
    ["no certificate", () => writeFileSync(certFile, "nonsense"), "cert-file does not begin with a certificate"],
    ["a missing file", () => rmSync(keyFile), "no such file"],
    ["a file without end", () => writeFileSync(certFile, "x".repeat(BOUNDS.tlsFileMaxBytes + 1)), "is larger than"],
  ])("keep the last good pair where there is %s, which is reported at the second look", async (_what, spoil, said) => {
    const { port, files, checks } = await start();
    spoil();
    await files.check();
    expect(checks).toEqual([{ error: null, hasChanged: false }]);
    await files.check();
    expect(checks[1]).toEqual({ error: expect.stringContaining(said), hasChanged: true });
    expect(JSON.stringify(checks)).not.toContain("PRIVATE");
    expect(await presentedName(port)).toBe("first.example.org");
    await writePair("third.example.org");
    await files.check();
    expect(files.certificate.error).toBeNull();
    expect(await presentedName(port)).toBe("third.example.org");
  });

  test("that cannot be used at the start are an error with its code", async () => {
    writeFileSync(keyFile, OTHER_KEY);
    await expect(start()).rejects.toMatchObject({
      code: "HAPROBE_LISTENER_TLS_UNUSABLE",
      message: expect.stringContaining("the key in key-file is not that of the certificate in cert-file"),
    });
  });
});

describe("client-ca-file", () => {
  test("lets only clients with a certificate of these authorities past the handshake", async () => {
    const { port } = await start(caFile);
    const own = await clients.issue({ names: ["prometheus"] });
    expect(await get(port, { cert: own.cert, key: own.key })).toBe("here");
    const foreign = await authority.issue({ names: ["prometheus"] });
    for (const options of [{}, { cert: foreign.cert, key: foreign.key }]) {
      await expect(get(port, options)).rejects.toThrow(/alert|ECONNRESET|socket hang up/i);
    }
  });

  test("that changes ends the connections that were verified before", async () => {
    const { port, files } = await start(caFile);
    const { cert, key } = await clients.issue({ names: ["prometheus"] });
    const standing = await handshake(port, { cert, key });
    const closed = once(
      standing.on("error", () => {}),
      "close",
    );
    writeFileSync(caFile, (await makeAuthority("new clients")).ca);
    await files.check();
    await closed;
    await expect(get(port, { cert, key })).rejects.toThrow(/alert|ECONNRESET|socket hang up/i);
  });
});

const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----
`;
