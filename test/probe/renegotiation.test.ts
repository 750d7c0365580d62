import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import { openStatsSource } from "../../server/haproxy/open-stats-source.ts";
import { makeAuthority } from "../support/certificates.ts";
import { makeTarget } from "./make-target.ts";
import { probeTarget } from "./probe-target.ts";

/** A TLS 1.2 server that asks for another handshake before it answers; `renegotiated` counts those that it got. */
async function startRenegotiating() {
  const { cert, key } = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
  const server = createServer({ cert, key, maxVersion: "TLSv1.2" });
  const said = { asked: 0, renegotiated: 0 };
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket: TLSSocket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      said.asked += 1;
      const answer = (): void => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
      socket.renegotiate({ rejectUnauthorized: false }, (error) => {
        if (error === null) said.renegotiated += 1;
        answer();
      });
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as AddressInfo).port, said, [Symbol.dispose]: () => void server.close() };
}

test("a probed server gets no second handshake out of a probe", async () => {
  using server = await startRenegotiating();
  const target = makeTarget({ port: server.port, probe: { scheme: "https" }, tls: { verify: false, caFile: null } });
  await probeTarget(target);
  expect(server.said).toEqual({ asked: 1, renegotiated: 0 });
});

test("a HAProxy gets no second handshake out of a poll", async () => {
  using server = await startRenegotiating();
  const tls = { serverName: null, verify: false, caFile: null, clientCertFile: null, clientKeyFile: null };
  const limits = { clock: systemClock, timeoutMs: 2_000, maxBytes: 1_000, signal: new AbortController().signal };
  const source = openStatsSource({ kind: "tls", host: "127.0.0.1", port: server.port, tls });
  await source.fetch({ backend: null, serversState: false }, limits).catch(() => {});
  expect(server.said).toEqual({ asked: 1, renegotiated: 0 });
});
