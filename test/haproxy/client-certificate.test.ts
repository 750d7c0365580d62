import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type SecureVersion } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { StatsAddress } from "../../server/contract/settings.ts";
import { openStatsSource } from "../../server/haproxy/open-stats-source.ts";
import { type CertificateAuthority, makeAuthority } from "../support/certificates.ts";

let dir: string;
let trusted: CertificateAuthority;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "client-certificate-"));
  trusted = await makeAuthority();
  const client = await trusted.issue({ names: ["haprobe"] });
  await writeFile(join(dir, "ca.pem"), trusted.ca);
  await writeFile(join(dir, "client.pem"), `${client.cert}\n${client.key}`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The subject of the client certificate that a server with this authority and TLS version receives; null for none. */
async function receivedSubject(authority: CertificateAuthority, maxVersion: SecureVersion) {
  const { cert, key } = await authority.issue({ names: ["127.0.0.1"] });
  const server = createServer({ cert, key, maxVersion, requestCert: true, rejectUnauthorized: false });
  let subject: string | null = null;
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => {
    subject = socket.getPeerX509Certificate()?.subject ?? null;
    socket.on("error", () => {});
    socket.once("data", () => socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const files = { caFile: join(dir, "ca.pem"), clientCertFile: join(dir, "client.pem"), clientKeyFile: null };
  const address: StatsAddress = {
    kind: "tls",
    host: "127.0.0.1",
    port,
    tls: { serverName: null, verify: true, ...files },
  };
  const limits = { clock: systemClock, timeoutMs: 2_000, maxBytes: 1_000, signal: new AbortController().signal };
  const outcome = await openStatsSource(address)
    .fetch({ backend: null, serversState: false }, limits)
    .then(
      () => "read",
      (error) => error.code,
    );
  const closed = once(server, "close");
  server.close();
  await closed;
  return { subject, outcome };
}

describe("the client certificate of a stats address", () => {
  test.each<SecureVersion>(["TLSv1.2", "TLSv1.3"])(
    "is not sent to a server that is not trusted: %s",
    async (version) => {
      const { subject, outcome } = await receivedSubject(await makeAuthority("another CA"), version);
      expect([subject, outcome]).toEqual([null, expect.stringMatching(/UNTRUSTED|TLS_FAILED/)]);
    },
  );

  test("is sent to a trusted server", async () => {
    expect((await receivedSubject(trusted, "TLSv1.3")).subject).toContain("haprobe");
  });
});
