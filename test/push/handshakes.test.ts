import { IncomingMessage, createServer } from "node:http";
import { Duplex } from "node:stream";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { SendingBytes } from "../../server/access/sending-bytes.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { attachPushEndpoints } from "../../server/push/push-endpoints.ts";
import { createStatePublisher } from "../../server/push/state-publisher.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import { FakeFleet, makeServerKeys } from "./fake-fleet.ts";

const HEADERS = {
  host: "localhost",
  upgrade: "websocket",
  connection: "upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

test("streams that are opened at the same time take turns with the event loop", async () => {
  let now = 0;
  const clock = Object.assign(new FakeClock(), { now: () => now });
  const fleet = new FakeFleet(makeServerKeys(1));
  const faults = UNEXPECTED_FAULTS;
  const published = createStatePublisher({ live: fleet, changes: fleet, clock, epoch: "e-1", faults });
  const access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [] });
  const server = createServer();
  attachPushEndpoints({ server, published, access, clock, sending: new SendingBytes(1_000_000), faults });
  let opened = 0;
  for (let n = 0; n < 40; n += 1) {
    const request = Object.assign(new IncomingMessage(new Socket()), { url: "/api/v1/stream", method: "GET" });
    Object.assign(request, { httpVersion: "1.1", headers: HEADERS });
    Object.defineProperty(request, "headersDistinct", { value: { host: ["localhost"] } });
    const socket = new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        // The answer to a handshake takes a millisecond.
        if (String(bytes).startsWith("HTTP/1.1 101")) [opened, now] = [opened + 1, now + 1];
        done();
      },
    });
    server.emit("upgrade", request, Object.assign(socket, { setTimeout() {}, setNoDelay() {} }), Buffer.alloc(0));
  }
  let most = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    const before = opened;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, opened - before);
  }
  expect(opened).toBe(40);
  expect(most).toBeLessThanOrEqual(2 * BOUNDS.sliceMs);
  published.stop();
});
