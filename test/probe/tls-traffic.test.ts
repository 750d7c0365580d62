import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import { CostlyTargets } from "../../server/probe/costly-targets.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { TlsRecordLimits } from "../../server/probe/tls-record-limits.ts";
import { TlsTraffic } from "../../server/probe/tls-traffic.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { makeTarget } from "./make-target.ts";
import { probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import { tlsRecord, unfinishedCertificate } from "./tls-records.ts";

/** A TLS connection whose counters and events the test sets. */
class FakeTls extends EventEmitter {
  bytesRead = 0;
  destroyedWith: Error | null = null;
  destroy(error: Error): void {
    this.destroyedWith = error;
  }
}

function startTraffic(): { traffic: TlsTraffic; clock: FakeClock; raw: { bytesRead: number }; tls: FakeTls } {
  const clock = new FakeClock();
  const traffic = new TlsTraffic(clock, new CostlyTargets(clock));
  const [raw, tls] = [{ bytesRead: 0 }, new FakeTls()];
  traffic.watch("target", raw as Socket, tls as unknown as TLSSocket);
  return { traffic, clock, raw, tls };
}

describe("a TLS connection is closed, and its target costly", () => {
  test("with more session tickets than any server sends", () => {
    const { traffic, tls } = startTraffic();
    for (let ticket = 0; ticket < BOUNDS.probeTlsTickets; ticket += 1) tls.emit("session");
    expect(tls.destroyedWith).toBeNull();
    tls.emit("session");
    expect(tls.destroyedWith).toMatchObject({
      code: "ERR_SSL_LIMIT_EXCEEDED",
      message: "too many TLS session tickets",
    });
    expect(traffic.isCostly("target")).toBe(true);
  });

  test("with more bytes below TLS than a response needs, also while it is idle", async () => {
    const { traffic, clock, raw, tls } = startTraffic();
    raw.bytesRead = BOUNDS.probeTlsBytes + 1;
    await clock.advance(BOUNDS.probeTlsLookEveryMs);
    expect(tls.destroyedWith).toMatchObject({ code: "ERR_SSL_LIMIT_EXCEEDED", message: "too many bytes below TLS" });
    expect(traffic.isCostly("target")).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("but not one that is kept for many responses", async () => {
    const { clock, raw, tls } = startTraffic();
    for (let response = 0; response < 100; response += 1) {
      raw.bytesRead += 80_000;
      tls.bytesRead += 78_000;
      await clock.advance(BOUNDS.probeTlsLookEveryMs);
    }
    expect(tls.destroyedWith).toBeNull();
    tls.emit("close");
    expect(clock.pending).toBe(0);
  });
});

test("a target is costly for ten minutes", async () => {
  const clock = new FakeClock();
  const costly = new CostlyTargets(clock);
  costly.add("target");
  await clock.advance(BOUNDS.probeCostlyForMs - 1);
  expect([costly.has("target"), costly.has("other")]).toEqual([true, false]);
  await clock.advance(1);
  expect(costly.has("target")).toBe(false);
});

describe("TLS records are counted", () => {
  test("whatever the chunks in which they come", () => {
    const bytes = Buffer.concat(Array.from({ length: BOUNDS.probeTlsRecords + 1 }, () => tlsRecord(23, "x")));
    for (const size of [1, 5, 7, 1_000]) {
      const limits = new TlsRecordLimits();
      const exceeded: (string | null)[] = [];
      for (let at = 0; at < bytes.length; at += size) exceeded.push(limits.check(bytes.subarray(at, at + size)));
      expect(exceeded.filter((limit) => limit !== null).at(0)).toBe("too many TLS records");
      expect(exceeded.slice(0, -10).some((limit) => limit !== null && size > 1)).toBe(false);
    }
  });

  test("and their bytes, of which fewer may be those of the handshake", () => {
    const limits = new TlsRecordLimits();
    expect(limits.check(tlsRecord(22, "x".repeat(16_384)))).toBeNull();
    expect(new TlsRecordLimits().check(Buffer.alloc(BOUNDS.probeHandshakeMaxBytes + 1))).not.toBeNull();
    limits.endHandshake();
    const record = tlsRecord(23, "x".repeat(16_384));
    const fitting = Math.floor(BOUNDS.probeTlsBytes / record.length);
    for (let count = 1; count < fitting; count += 1) expect(limits.check(record)).toBeNull();
    expect(limits.check(record)).toBe("too many bytes below TLS");
  });
});

test("a server whose handshake is an endless row of tiny records fails, and later probes read no further than a limit", async () => {
  const received: number[] = [];
  await using server = await startRawServer((socket) => {
    const flood = unfinishedCertificate();
    let sent = 0;
    const send = (): void => {
      while (!socket.destroyed && sent < flood.length) {
        const part = flood.subarray(sent, sent + 1_024);
        sent += part.length;
        if (!socket.write(part)) return void socket.once("drain", send);
      }
    };
    socket.once("close", () => received.push(sent));
    send();
  });
  const costly = new CostlyTargets(systemClock);
  const probe = createProbe({ clock: systemClock, costly });
  const target = makeTarget({ port: server.port, probe: { scheme: "https" } });
  const first = await probeTargetWith(probe, target, systemClock);
  expect(first).toMatchObject({ result: { fault: "probe-tls-failed", detail: "too many bytes below TLS" } });
  expect(costly.has(target.key)).toBe(true);
  const second = await probeTargetWith(probe, target, systemClock);
  expect(second).toMatchObject({ result: { fault: "probe-tls-failed", detail: "too many TLS records" } });
});
