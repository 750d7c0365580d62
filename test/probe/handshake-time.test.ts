import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { systemClock } from "../../server/clock.ts";
import { CostlyTargets } from "../../server/probe/costly-targets.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { TlsTraffic } from "../../server/probe/tls-traffic.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { makeDeepChain } from "./deep-chain.ts";
import { makeTarget } from "./make-target.ts";
import { probeTargetWith } from "./probe-target.ts";

const LONG = BOUNDS.probeHandshakeTimedBytes + 1;

describe("a handshake is timed", () => {
  function startTraffic(): { traffic: TlsTraffic; clock: FakeClock; setRandom: (value: number) => void } {
    const clock = new FakeClock();
    let random = 1;
    const traffic = new TlsTraffic(clock, new CostlyTargets(clock), { random: () => random });
    return { traffic, clock, setRandom: (value) => (random = value) };
  }

  test("after one with more bytes than a certificate or two have", () => {
    const { traffic } = startTraffic();
    expect(traffic.recordHandshake("target", LONG - 1, null)).toBe(false);
    expect(traffic.isExamined("target")).toBe(false);
    expect(traffic.recordHandshake("target", LONG, null)).toBe(false);
    expect([traffic.isExamined("target"), traffic.isExamined("other")]).toEqual([true, false]);
  });

  test("once, and then now and then, where it takes no longer than others", () => {
    const { traffic, setRandom } = startTraffic();
    traffic.recordHandshake("target", LONG, null);
    expect(traffic.recordHandshake("target", LONG, 1)).toBe(false);
    expect(traffic.isExamined("target")).toBe(false);
    traffic.recordHandshake("target", LONG, null);
    expect(traffic.isExamined("target")).toBe(false);
    setRandom(BOUNDS.probeHandshakeTimedShare / 2);
    traffic.recordHandshake("target", LONG, null);
    expect(traffic.isExamined("target")).toBe(true);
  });

  test("each time, and is wasteful, where it takes far longer", () => {
    const { traffic } = startTraffic();
    traffic.recordHandshake("target", LONG, null);
    for (let n = 0; n < 5; n += 1) {
      expect(traffic.recordHandshake("target", LONG, BOUNDS.probeHandshakeMs + 1)).toBe(true);
      expect(traffic.isExamined("target")).toBe(true);
    }
  });
});

test("of a costly target whose handshakes take still longer, only the start is read", () => {
  const clock = new FakeClock();
  const costly = new CostlyTargets(clock);
  const traffic = new TlsTraffic(clock, costly);
  traffic.recordHandshake("target", LONG, BOUNDS.probeHandshakeSlowMs + 1);
  expect(traffic.handshakeMaxBytes("target")).toBe(BOUNDS.probeHandshakeMaxBytes);
  costly.add("target");
  costly.add("other");
  expect(traffic.handshakeMaxBytes("target")).toBe(BOUNDS.probeHandshakeTimedBytes);
  expect(traffic.handshakeMaxBytes("other")).toBe(BOUNDS.probeHandshakeMaxBytes);
});

test("a chain of certificates that is short and takes long to verify makes the probes wasteful, from the second one on", async () => {
  const server = createServer(await makeDeepChain(20), (socket) => {
    socket.on("error", () => {}).end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  });
  server.on("tlsClientError", () => {}).listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = makeTarget({ port: (server.address() as AddressInfo).port, probe: { scheme: "https" } });
  const probe = createProbe({ clock: systemClock });
  const probes: unknown[] = [];
  for (let n = 0; n < 3; n += 1) {
    const completion = await probeTargetWith(probe, target, systemClock);
    probes.push(completion.kind === "result" && [completion.result.outcome, completion.isWasteful === true]);
  }
  server.close();
  expect(probes).toEqual([
    ["passed", false],
    ["passed", true],
    ["passed", true],
  ]);
});
