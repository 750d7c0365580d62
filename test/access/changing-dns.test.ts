import dns from "node:dns";
import { once } from "node:events";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { fetchProvider } from "../../server/access/oidc-fetch.ts";
import { Heartbeat } from "../../server/alert/heartbeat.ts";
import { sendHttp } from "../../server/alert/send/http-sender.ts";
import { systemClock } from "../../server/clock.ts";
import { HubClient } from "../../server/forward/hub-client.ts";
import { probeTarget } from "../probe/probe-target.ts";
import { makeTarget } from "../probe/make-target.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type CertificateAuthority, type CertificateFiles, makeAuthority } from "../support/certificates.ts";

const NAME = "rebound.test";
const SECRET = "s3cret-that-goes-to-one-server";
const [OURS, THEIRS] = ["127.0.0.1", "127.0.0.2"] as const;

let ours: CertificateAuthority;
let address: string = OURS;
const folder = mkdtempDisposableSync(join(tmpdir(), "haprobe-dns-"));
const file = (name: string): string => join(folder.path, name);
const authorities = getCACertificates("default");
beforeAll(async () => {
  ours = await makeAuthority("ours");
  writeFileSync(file("ca.pem"), ours.ca);
  writeFileSync(file("token"), SECRET, { mode: 0o600 });
  // A webhook is verified by the authorities of the system.
  setDefaultCACertificates([ours.ca]);
  vi.spyOn(dns, "lookup").mockImplementation(((
    name: string,
    options: object,
    callback: (...all: unknown[]) => void,
  ) => {
    // A listener's own address is looked up as well.
    const found = { address: name === NAME ? address : name, family: 4 };
    if ("all" in options && options.all === true) callback(null, [found]);
    else callback(null, found.address, found.family);
  }) as typeof dns.lookup);
});
beforeEach(() => {
  address = OURS;
});
afterAll(() => {
  vi.restoreAllMocks();
  setDefaultCACertificates(authorities);
  folder[Symbol.dispose]();
});

/** A server over TLS; the headers of each request that reached it. */
async function listen(host: string, port: number, files: CertificateFiles) {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer(files, (request, response) => {
    received.push(request.headers);
    response.setHeader("content-type", "application/json").end('{"seq":1}');
  });
  server.on("tlsClientError", () => {});
  server.listen(port, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { received, port: (server.address() as AddressInfo).port };
}

/** Sends something with the secret to the name; resolves with whether it was taken. */
type Send = (port: number) => Promise<boolean>;

const SENDERS: readonly (readonly [what: string, send: () => Send])[] = [
  [
    "a webhook",
    () => async (port) => {
      const message = {
        kind: "http",
        url: `https://${NAME}:${port}/`,
        headers: { "x-secret": SECRET },
        body: "",
      } as const;
      const { signal } = new AbortController();
      return (
        (await sendHttp(message, { clock: systemClock, timeoutMs: 5_000, userAgent: "h", signal })).kind === "sent"
      );
    },
  ],
  [
    "a heartbeat",
    () => async (port) => {
      const clock = new FakeClock();
      const url = { kind: "text", text: `https://${NAME}:${port}/${SECRET}` } as const;
      const settings = () => ({ url, everyMs: 1_000 });
      const heartbeat = new Heartbeat({ settings, isWorking: () => true, clock, userAgent: "h", onChange: () => {} });
      heartbeat.start();
      await clock.advance(1_000);
      await expect.poll(() => (heartbeat.status()?.sent ?? 0) + (heartbeat.status()?.failed ?? 0)).toBe(1);
      await heartbeat.stop();
      return heartbeat.status()?.sent === 1;
    },
  ],
  [
    "a sign-in at a provider",
    () => async (port) => {
      const body = new URLSearchParams({ client_secret: SECRET });
      const answer = fetchProvider(`https://${NAME}:${port}/token`, { method: "POST", body }, ours.ca, 5_000);
      return answer.then(
        ({ ok }) => ok,
        () => false,
      );
    },
  ],
  [
    "what is sent to a hub",
    () => async (port) => {
      const settings = { tokenFile: file("token"), caFile: file("ca.pem") };
      const client = new HubClient({ url: `https://${NAME}:${port}`, settings, clock: systemClock, userAgent: "h" });
      const { signal } = new AbortController();
      const wasTaken = await client.send({} as never, signal).then(
        () => true,
        () => false,
      );
      client.close();
      return wasTaken;
    },
  ],
  [
    "a probe with a token",
    () => async (port) => {
      const { outcome } = await probeTarget(
        makeTarget({
          host: NAME,
          port,
          probe: { scheme: "https" },
          tls: { serverName: NAME, caFile: file("ca.pem"), verify: true },
          credentials: { bearerTokenFile: file("token"), sendTo: "verified-peer" },
        }),
      );
      return outcome === "passed";
    },
  ],
];

describe("of a name whose address changes after it was verified", () => {
  test.each(SENDERS)(
    "the new one gets nothing of %s, since each connection is verified for itself",
    async (_what, make) => {
      const genuine = await listen(OURS, 0, await ours.issue({ names: [NAME] }));
      const rogue = await listen(THEIRS, genuine.port, await (await makeAuthority("theirs")).issue({ names: [NAME] }));
      const send = make();
      expect(await send(genuine.port)).toBe(true);
      address = THEIRS;
      expect(await send(genuine.port)).toBe(false);
      address = OURS;
      expect(await send(genuine.port)).toBe(true);
      expect([genuine.received.length, rogue.received.length]).toEqual([2, 0]);
    },
  );
});
