import { X509Certificate } from "node:crypto";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type ApiServerTls, startApiServer } from "../../demo/stand-in/api-server.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { type CertificateAuthority, makeAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { probeTarget, probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget, type TargetOverrides } from "./make-target.ts";

let ours: CertificateAuthority;
let theirs: CertificateAuthority;
let folder: string;
let caFile: string;

beforeAll(async () => {
  ours = await makeAuthority("ours");
  theirs = await makeAuthority("theirs");
  folder = await mkdtemp(join(tmpdir(), "haprobe-tls-"));
  caFile = join(folder, "ca.pem");
  await writeFile(caFile, ours.ca);
});
afterAll(() => rm(folder, { recursive: true }));

function target(port: number, tls: TargetOverrides["tls"]): Target {
  return makeTarget({ port, probe: { scheme: "https" }, ...(tls === undefined ? {} : { tls }) });
}

async function probeTls(server: ApiServerTls, tls: TargetOverrides["tls"]): Promise<RawProbeResult> {
  await using standIn = await startApiServer({ tls: server });
  return await probeTarget(target(standIn.port, tls));
}

const UNTRUSTED = { outcome: "failed", kind: "tls-failed", stage: "tls", fault: "probe-untrusted", httpStatus: null };

describe("a certificate", () => {
  test("of the rule's own CA, for the address, passes; its expiry is reported", async () => {
    const result = await probeTls(await ours.issue({ names: ["127.0.0.1"] }), { verify: true, caFile });
    expect(result).toMatchObject({ outcome: "passed", fault: null });
    expect(result.certificateExpiresAt).toBeGreaterThan(Date.now());
  });

  test("is looked at under the server name of the rule, which is sent as SNI", async () => {
    const files = await ours.issue({ names: ["kubernetes"] });
    expect(await probeTls(files, { verify: true, caFile, serverName: "kubernetes" })).toMatchObject({
      outcome: "passed",
    });
    const result = await probeTls(files, { verify: true, caFile, serverName: "other" });
    expect(result).toMatchObject({ ...UNTRUSTED, detail: "certificate is for other names: DNS:kubernetes" });
  });

  test("must name the address where there is no server name", async () => {
    expect(await probeTls(await ours.issue({ names: ["kubernetes"] }), { verify: true, caFile })).toMatchObject(
      UNTRUSTED,
    );
  });

  test("may be asked for under another address", async () => {
    const files = await ours.issue({ names: ["10.0.0.11"] });
    expect(await probeTls(files, { verify: true, caFile, serverName: "10.0.0.11" })).toMatchObject({
      outcome: "passed",
    });
  });

  test("of another CA is not trusted, which is no word about the server's health", async () => {
    const result = await probeTls(await theirs.issue({ names: ["127.0.0.1"] }), { verify: true, caFile });
    expect(result).toMatchObject({
      ...UNTRUSTED,
      detail: "certificate of an unknown authority, or the server does not send its intermediate certificate",
    });
    expect(result.certificateExpiresAt).not.toBeNull();
  });

  test("of a private CA is not trusted by the system's", async () => {
    expect(await probeTls(await ours.issue({ names: ["127.0.0.1"] }), { verify: true })).toMatchObject(UNTRUSTED);
  });

  test("that has expired is a fault of its own, with the date", async () => {
    const result = await probeTls(await ours.issue({ names: ["127.0.0.1"], expired: true }), { verify: true, caFile });
    expect(result).toMatchObject({ kind: "tls-failed", stage: "tls", fault: "probe-certificate-expired" });
    expect(result.certificateExpiresAt).toBeLessThan(Date.now());
  });

  test("that is not valid yet is not trusted, and the finding says so", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * 24 * 3_600_000 });
    const files = await ours.issue({ names: ["127.0.0.1"] }).finally(() => vi.useRealTimers());
    const result = await probeTls(files, { verify: true, caFile });
    expect(result).toMatchObject({ ...UNTRUSTED, detail: "certificate is not valid yet" });
    expect(result.certificateExpiresAt).toBeGreaterThan(Date.now());
  });

  test.each([
    ["month 13", "261301000000Z"],
    ["NULs", "\0".repeat(13)],
    ["letters", "abcdefghijklm"],
  ])("whose expiry is unreadable (%s) has none, and is judged as any other", async (_what, date) => {
    const files = await ours.issue({ names: ["127.0.0.1"] });
    const broken = { ...files, cert: withNotAfter(files.cert, date) };
    expect(await probeTls(broken, { verify: false })).toMatchObject({ outcome: "passed", certificateExpiresAt: null });
  });

  test("is recorded and not judged where the rule does not verify", async () => {
    const result = await probeTls(await theirs.issue({ names: ["x"], expired: true }), { verify: false, caFile });
    expect(result).toMatchObject({ outcome: "passed", fault: null });
    expect(result.certificateExpiresAt).toBeLessThan(Date.now());
  });
});

/** The certificate with other bytes in place of its second UTCTime, `notAfter`; its signature is invalid then. */
function withNotAfter(pem: string, date: string): string {
  const der = new X509Certificate(pem).raw;
  // A SEQUENCE of two UTCTimes.
  const validity = Buffer.from([0x30, 30, 0x17, 13]);
  const at = der.indexOf(validity) + validity.length + 13 + 2;
  der.write(date, at, "latin1");
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

describe("a ca-file", () => {
  test("that is replaced counts for the next probe after a second", async () => {
    const path = join(folder, "rotated.pem");
    await writeFile(path, theirs.ca);
    await using standIn = await startApiServer({ tls: await ours.issue({ names: ["127.0.0.1"] }) });
    const clock = new FakeClock();
    const probe = createProbe({ clock });
    const fault = async (): Promise<unknown> => {
      const completion = await probeTargetWith(probe, target(standIn.port, { verify: true, caFile: path }), clock);
      return completion.kind === "result" ? completion.result.fault : completion;
    };
    expect(await fault()).toBe("probe-untrusted");
    await writeFile(`${path}.new`, ours.ca);
    await rename(`${path}.new`, path);
    await clock.advance(BOUNDS.probeFileCheckEveryMs);
    expect(await fault()).toBeNull();
  });

  test.each([
    ["that is not there", "nowhere.pem", null],
    ["that is empty, which Node would take for the system's", "empty.pem", ""],
    ["without a certificate", "garbage.pem", "hello"],
    ["with a broken certificate", "broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ["that is huge", "huge.pem", "x".repeat(BOUNDS.probeFileMaxBytes + 1)],
  ])("%s proves nothing, so the server is not even called", async (_rule, name, content) => {
    const path = join(folder, name);
    if (content !== null) await writeFile(path, content);
    await using standIn = await startApiServer({ tls: await ours.issue({ names: ["127.0.0.1"] }) });
    const result = await probeTarget(target(standIn.port, { verify: true, caFile: path }));
    expect(result).toMatchObject(UNTRUSTED);
    expect(result.detail).toMatch(/^ca-file: /);
    expect(standIn.requests.connections).toBe(0);
  });
});

describe("a handshake", () => {
  const TLS_FAILED = { outcome: "failed", kind: "tls-failed", stage: "tls", fault: "probe-tls-failed" };

  test("without the client certificate that is required is denied", async () => {
    const files = await ours.issue({ names: ["127.0.0.1"] });
    const result = await probeTls({ ...files, clientCa: ours.ca, maxVersion: "TLSv1.3" }, { verify: false });
    expect(result).toMatchObject({ outcome: "denied", kind: "tls-failed", stage: "tls", fault: "probe-denied" });
    expect(result.detail).toMatch(/^it requires a client certificate: [\w ./-]+$/);
  });

  test.each<[string, TlsOptions]>([
    [
      "a version that our probe does not speak",
      { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" },
    ],
    ["a cipher that our probe does not speak", { maxVersion: "TLSv1.2", ciphers: "PSK-AES128-GCM-SHA256" }],
    ["HTTP/2 only", { ALPNProtocols: ["h2"] }],
  ])("with a server that speaks %s says nothing about its health", async (_what, options) => {
    const files = await ours.issue({ names: ["127.0.0.1"] });
    const server = createTlsServer({ ...files, ...options }, (socket) => socket.end()).listen(0, "127.0.0.1");
    server.on("tlsClientError", () => {});
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const result = await probeTarget(makeTarget({ port, probe: { scheme: "https", version: "1.1" } }));
    server.close();
    expect(result).toMatchObject({ outcome: "failed", kind: "tls-failed", stage: "tls", fault: "probe-cannot-speak" });
    expect(result.detail).not.toBe("");
  });

  const LOWEST_LEVEL = "DEFAULT@SECLEVEL=0";

  test.each<[string, TlsOptions, NonNullable<TargetOverrides["tls"]>]>([
    [
      "TLS 1.0 only",
      { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: LOWEST_LEVEL },
      { minVersion: "1.0", ciphers: LOWEST_LEVEL },
    ],
    [
      "TLS 1.1 only",
      { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: LOWEST_LEVEL },
      { minVersion: "1.1", ciphers: LOWEST_LEVEL },
    ],
    [
      "a cipher with a short tag only",
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0" },
      { ciphers: "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0" },
    ],
  ])("with a server that speaks %s needs the rule's tls", async (_what, options, offer) => {
    const files = await ours.issue({ names: ["127.0.0.1"] });
    const server = createTlsServer({ ...files, ...options }, (socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
    server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const probe = createProbe({ clock: systemClock });
    // One cache of contexts for all three.
    const fault = async (tls: TargetOverrides["tls"]): Promise<unknown> => {
      const completion = await probeTargetWith(probe, target(port, { verify: true, caFile, ...tls }), systemClock);
      return completion.kind === "result" ? completion.result.fault : completion;
    };
    expect(await fault({})).toBe("probe-cannot-speak");
    expect(await fault(offer)).toBeNull();
    expect(await fault({ minVersion: "1.3" })).toBe("probe-cannot-speak");
    server.close();
  });

  test("with a port that speaks plain HTTP fails", async () => {
    await using standIn = await startApiServer({ tls: null });
    expect(await probeTarget(target(standIn.port, { verify: false }))).toMatchObject(TLS_FAILED);
  });

  test.each([
    ["a RST", "reset"],
    ["a FIN", "end"],
  ] as const)("that ends in %s is a reset at TLS", async (_rule, how) => {
    await using server = await startRawServer(
      (socket) => void (how === "end" ? socket.end() : socket.resetAndDestroy()),
    );
    const result = await probeTarget(target(server.port, { verify: false }));
    expect(result).toMatchObject({ kind: "reset", stage: "tls", fault: "probe-reset" });
  });
});
