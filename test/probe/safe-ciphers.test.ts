import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import { openStatsSource } from "../../server/haproxy/open-stats-source.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";
import { DHE_SUITES, readCipherSuites } from "./tls-records.ts";

/** The cipher suites that a client offers to the server of this port. */
async function offeredTo(connectTo: (port: number) => unknown): Promise<number[]> {
  const server = createServer((socket) => void socket.on("error", () => {})).listen(0, "127.0.0.1");
  await once(server, "listening");
  const hello = new Promise<Buffer>((resolve) => {
    server.once("connection", (socket) =>
      socket.once("data", (bytes: Buffer) => {
        resolve(bytes);
        socket.destroy();
      }),
    );
  });
  connectTo((server.address() as AddressInfo).port);
  const suites = readCipherSuites(await hello);
  server.close();
  return suites;
}

const isDhe = (suite: number): boolean => DHE_SUITES.includes(suite);

test("Node offers key exchanges whose group the server chooses", async () => {
  const suites = await offeredTo((port) => connect({ host: "127.0.0.1", port }).on("error", () => {}));
  expect(suites.some(isDhe)).toBe(true);
});

test("a probe over TLS does not, and its handshake costs what a curve costs", async () => {
  const suites = await offeredTo((port) => probeTarget(makeTarget({ port, probe: { scheme: "https" } })));
  expect(suites.length).toBeGreaterThan(5);
  expect(suites.filter(isDhe)).toEqual([]);
});

test("a poll over TLS does not", async () => {
  const suites = await offeredTo((port) => {
    const tls = { serverName: null, verify: false, caFile: null, clientCertFile: null, clientKeyFile: null };
    const source = openStatsSource({ kind: "tls", host: "127.0.0.1", port, tls });
    const limits = { clock: systemClock, timeoutMs: 5_000, maxBytes: 1_000, signal: new AbortController().signal };
    return source.fetch({ backend: null, serversState: false }, limits).catch(() => {});
  });
  expect(suites.length).toBeGreaterThan(5);
  expect(suites.filter(isDhe)).toEqual([]);
});
