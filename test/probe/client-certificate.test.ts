import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureVersion, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import type { CredentialsPolicy, Target } from "../../server/contract/target.ts";
import { withheldText } from "../../server/probe/credentials.ts";
import type { ProbeCompletion } from "../../server/probe/probe-completion.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { type CertificateAuthority, type CertificateFiles, makeAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget } from "./make-target.ts";

let ours: CertificateAuthority;
let genuine: CertificateFiles;
let rogue: CertificateFiles;
let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  ours = await makeAuthority("ours");
  genuine = await ours.issue({ names: ["127.0.0.1"] });
  rogue = await (await makeAuthority("theirs")).issue({ names: ["127.0.0.1"] });
  folder = await mkdtemp(join(tmpdir(), "haprobe-mtls-"));
  const own = await ours.issue({ names: ["the-probe"] });
  await writeFile(file("ca.pem"), ours.ca);
  await writeFile(file("cert.pem"), own.cert);
  await writeFile(file("key.pem"), own.key);
});
afterAll(() => rm(folder, { recursive: true }));

interface ClientCertificateServer extends AsyncDisposable {
  readonly port: number;
  /** The client certificate's subject of each completed handshake; null for none. */
  readonly clientSubjects: (string | null)[];
}

/** A server that requests a client certificate, accepts any or none, and responds. */
async function startClientCertificateServer(
  files: CertificateFiles,
  maxVersion: SecureVersion,
): Promise<ClientCertificateServer> {
  const shown: (string | null)[] = [];
  const options = { ...files, requestCert: true, rejectUnauthorized: false, maxVersion };
  const server = createServer(options, (_request, response) => response.end("ok"));
  server.on("secureConnection", (socket: TLSSocket) => shown.push(socket.getPeerX509Certificate()?.subject ?? null));
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    clientSubjects: shown,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function targetAt(port: number, sendTo: CredentialsPolicy["sendTo"], verify = true): Target {
  return makeTarget({
    port,
    probe: { scheme: "https" },
    tls: { verify, caFile: verify ? file("ca.pem") : null },
    credentials: { clientCertificate: { certFile: file("cert.pem"), keyFile: file("key.pem") }, sendTo },
  });
}

async function probeOnce(
  target: Target,
  clock = new FakeClock(),
): Promise<Extract<ProbeCompletion, { kind: "result" }>> {
  const completion = await probeTargetWith(createProbe({ clock }), target, clock);
  if (completion.kind !== "result") throw new Error(completion.kind);
  return completion;
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("over %s a client certificate", (version) => {
  test("is sent to an allowed address, even unverified", async () => {
    await using server = await startClientCertificateServer(rogue, version);
    const { result, withheld } = await probeOnce(targetAt(server.port, "allowed-address", false));
    expect(result).toMatchObject({ outcome: "passed", detail: "" });
    expect(withheld).toBeUndefined();
    expect(server.clientSubjects).toEqual(["CN=the-probe"]);
  });

  test("is sent to a server that the rule's own CA verifies", async () => {
    await using server = await startClientCertificateServer(genuine, version);
    const { result, withheld } = await probeOnce(targetAt(server.port, "verified-peer"));
    expect(result).toMatchObject({ outcome: "passed", detail: "", body: "ok" });
    expect(result.phasesMs.tls).not.toBeNull();
    expect(withheld).toBeUndefined();
    expect(server.clientSubjects).toEqual(["CN=the-probe"]);
  });

  test("is not sent to a server that does not verify: the handshake is aborted before", async () => {
    await using server = await startClientCertificateServer(rogue, version);
    const { result } = await probeOnce(targetAt(server.port, "verified-peer"));
    expect(result).toMatchObject({
      outcome: "failed",
      stage: "tls",
      fault: "probe-untrusted",
      detail: "certificate of an unknown authority",
      phasesMs: { tls: null },
    });
    expect(result.certificateExpiresAt).not.toBeNull();
    expect(server.clientSubjects).toEqual([]);
  });

  test("is not sent to a server whose certificate is for another name", async () => {
    await using server = await startClientCertificateServer(await ours.issue({ names: ["elsewhere"] }), version);
    const { result } = await probeOnce(targetAt(server.port, "verified-peer"));
    expect(result).toMatchObject({
      fault: "probe-untrusted",
      detail: "certificate is for other names: DNS:elsewhere",
    });
    expect(server.clientSubjects).toEqual([]);
  });

  test("is not sent to a server that is not verified, and the result says so", async () => {
    await using server = await startClientCertificateServer(rogue, version);
    for (const [sendTo, why] of [
      ["verified-peer", "peer-not-verified"],
      ["never", "not-allowed"],
    ] as const) {
      const { result, withheld } = await probeOnce(targetAt(server.port, sendTo, false));
      expect(result).toMatchObject({ outcome: "passed", detail: withheldText(why) });
      expect(withheld).toBe(why);
    }
    expect(server.clientSubjects).toEqual([null, null]);
  });

  test("is accepted by a server that requires one", async () => {
    const tls = { ...genuine, clientCa: ours.ca, maxVersion: version };
    await using server = await startApiServer({ tls });
    expect((await probeOnce(targetAt(server.port, "verified-peer"))).result).toMatchObject({ outcome: "passed" });
    expect((await probeOnce(targetAt(server.port, "never"))).result).toMatchObject(
      // A TLS 1.2 server sends the same alert as for ciphers.
      version === "TLSv1.3" ? { outcome: "denied", fault: "probe-denied" } : { fault: "probe-cannot-speak" },
    );
  });
});

describe("a handshake with blockable writes behaves as any other", () => {
  test.each([
    ["a RST", "resetAndDestroy", { kind: "reset", fault: "probe-reset" }],
    ["a FIN", "end", { kind: "reset", fault: "probe-reset" }],
    ["silence", "resume", { kind: "timed-out", fault: "probe-timed-out" }],
  ] as const)("%s", async (_rule, how, result) => {
    await using server = await startRawServer((socket) => void socket[how]());
    const target = { ...targetAt(server.port, "verified-peer"), timeoutMs: how === "resume" ? 80 : 5_000 };
    const completion = await probeTargetWith(createProbe({ clock: systemClock }), target, systemClock);
    expect(completion).toMatchObject({ result: { outcome: "failed", stage: "tls", ...result } });
    await expect.poll(() => server.openSockets.size).toBe(0);
  });

  test("a port that speaks plain HTTP", async () => {
    await using server = await startApiServer({ tls: null });
    expect((await probeOnce(targetAt(server.port, "verified-peer"))).result).toMatchObject({
      kind: "tls-failed",
      fault: "probe-tls-failed",
    });
  });

  test("a large body", async () => {
    const body = "x".repeat(BOUNDS.probeBodyReadBytes);
    const mode = { kind: "status", status: 200, body } as const;
    await using server = await startApiServer({ tls: { ...genuine, clientCa: ours.ca }, mode });
    const target = targetAt(server.port, "verified-peer");
    expect((await probeOnce(target)).result).toMatchObject({ outcome: "passed", httpStatus: 200 });
    await expect.poll(() => server.requests.open).toBe(0);
  });

  test("an expired certificate", async () => {
    await using server = await startClientCertificateServer(
      await ours.issue({ names: ["127.0.0.1"], expired: true }),
      "TLSv1.3",
    );
    const { result } = await probeOnce(targetAt(server.port, "verified-peer"));
    expect(result).toMatchObject({ fault: "probe-certificate-expired", stage: "tls" });
    expect(result.certificateExpiresAt).toBeLessThan(Date.now());
    expect(server.clientSubjects).toEqual([]);
  });
});

describe("the files", () => {
  test("that are replaced are used from the next second on", async () => {
    const [certFile, keyFile] = [file("rotated-cert.pem"), file("rotated-key.pem")];
    const write = async (name: string): Promise<void> => {
      const { cert, key } = await ours.issue({ names: [name] });
      await writeFile(certFile, cert);
      await writeFile(keyFile, key);
    };
    await using server = await startClientCertificateServer(genuine, "TLSv1.3");
    const clock = new FakeClock();
    const probe = createProbe({ clock });
    const target = makeTarget({
      port: server.port,
      probe: { scheme: "https" },
      tls: { verify: true, caFile: file("ca.pem") },
      credentials: { clientCertificate: { certFile, keyFile }, sendTo: "verified-peer" },
    });
    await write("old");
    await probeTargetWith(probe, target, clock);
    await write("new");
    await probeTargetWith(probe, target, clock);
    await clock.advance(BOUNDS.probeFileCheckEveryMs);
    await probeTargetWith(probe, target, clock);
    expect(server.clientSubjects).toEqual(["CN=old", "CN=old", "CN=new"]);
  });

  test.each([
    ["a certificate that is not there", "nowhere.pem", "key.pem", "unreadable"],
    ["a key that is not there", "cert.pem", "nowhere.pem", "unreadable"],
    ["a key of another certificate", "cert.pem", "other-key.pem", "malformed"],
    ["a file without a certificate", "key.pem", "key.pem", "malformed"],
  ] as const)("%s: the probe is sent without it, and says so", async (_rule, cert, key, why) => {
    await writeFile(file("other-key.pem"), rogue.key);
    await using server = await startClientCertificateServer(genuine, "TLSv1.3");
    const target = makeTarget({
      port: server.port,
      probe: { scheme: "https" },
      tls: { verify: true, caFile: file("ca.pem") },
      credentials: { clientCertificate: { certFile: file(cert), keyFile: file(key) }, sendTo: "verified-peer" },
    });
    const { result, withheld } = await probeOnce(target);
    expect(withheld).toBe(why);
    expect(result).toMatchObject({ outcome: "passed", detail: withheldText(why) });
    expect(server.clientSubjects).toEqual([null]);
  });
});
