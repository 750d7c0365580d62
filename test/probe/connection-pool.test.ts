import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { Target } from "../../server/contract/target.ts";
import type { RawProbeResult } from "../../server/probe/probe-completion.ts";
import { createConnectionPool } from "../../server/probe/connection-pool.ts";
import type { Connection } from "../../server/probe/connection.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { createScheduler } from "../../server/probe/scheduler.ts";
import { systemClock } from "../../server/clock.ts";
import { type CertificateAuthority, type CertificateFiles, makeAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { probeTargetWith } from "./probe-target.ts";
import { detachedReader } from "./detached-reader.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget } from "./make-target.ts";

let folder: string;
let caFile: string;
let authority: CertificateAuthority;
let files: CertificateFiles;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-kept-"));
  caFile = join(folder, "ca.pem");
  authority = await makeAuthority();
  files = await authority.issue({ names: ["127.0.0.1"] });
  await writeFile(caFile, files.ca);
});
afterAll(() => rm(folder, { recursive: true }));

/** An open connection without a peer. */
function detachedConnection(openedAt: number): Connection {
  const reader = detachedReader();
  const nothing = { secureContext: null, isVerifiedByRuleCa: false, certificateExpiresAt: null, alpnProtocol: null };
  return { ...nothing, socket: reader.socket, reader, openedAt, reusableUntil: 0 };
}

/** A prober with a pool, on a fake clock. */
class PoolHarness implements Disposable {
  readonly clock = new FakeClock();
  targetCount = 1;
  readonly pool = createConnectionPool(this.clock, () => this.targetCount);
  readonly #probe = createProbe({ clock: this.clock, pool: this.pool });

  async probe(target: Target): Promise<RawProbeResult> {
    const completion = await probeTargetWith(this.#probe, target, this.clock);
    if (completion.kind !== "result") throw new Error(completion.kind);
    return completion.result;
  }

  [Symbol.dispose](): void {
    this.pool.stop();
  }
}

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

describe.each(["http", "https"] as const)("a connection that is kept, over %s", (scheme) => {
  const to = (port: number): Target =>
    makeTarget({ port, connection: "reuse", probe: { scheme }, tls: { verify: true, caFile } });
  const startServer = () => startApiServer({ tls: scheme === "https" ? files : null });

  test("serves the next probe, which claims no phase that was not run", async () => {
    await using server = await startServer();
    using harness = new PoolHarness();
    const first = await harness.probe(to(server.port));
    expect(first.phasesMs.connect).not.toBeNull();
    const second = await harness.probe(to(server.port));
    expect(second).toMatchObject({ outcome: "passed", stage: "answer", phasesMs: { connect: null, tls: null } });
    expect(second.phasesMs.answer).not.toBeNull();
    expect(second.certificateExpiresAt).toBe(first.certificateExpiresAt);
    expect(server.requests).toMatchObject({ connections: 1, total: 2 });
  });

  test("is replaced by a fresh one now and then", async () => {
    await using server = await startServer();
    using harness = new PoolHarness();
    const freshEveryMs = scheme === "https" ? BOUNDS.probeFreshEveryTlsMs : BOUNDS.probeFreshEveryPlainMs;
    await harness.probe(to(server.port));
    await harness.clock.advance(0.75 * freshEveryMs - 1);
    await harness.probe(to(server.port));
    expect(server.requests.connections).toBe(1);
    await harness.clock.advance(0.5 * freshEveryMs + 1);
    expect((await harness.probe(to(server.port))).phasesMs.connect).not.toBeNull();
    expect(server.requests.connections).toBe(2);
    await expect.poll(() => server.requests.open).toBe(1);
  });

  test.each(["etcd", "deny-401"] as const)("is not kept after an answer such as %s", async (mode) => {
    await using server = await startServer();
    using harness = new PoolHarness();
    await harness.probe(to(server.port));
    await server.setMode(mode);
    expect((await harness.probe(to(server.port))).outcome).not.toBe("passed");
    expect((await harness.probe(to(server.port))).phasesMs.connect).not.toBeNull();
    expect(server.requests.connections).toBe(2);
  });

  test("that hangs is a timeout of its own, and the next one is fresh", async () => {
    await using server = await startServer();
    const lines = createConnectionPool(systemClock, () => 1);
    const probe = createProbe({ clock: systemClock, pool: lines });
    const target = { ...to(server.port), timeoutMs: 150 };
    await probeTargetWith(probe, target, systemClock);
    await server.setMode("hang");
    const hung = await probeTargetWith(probe, target, systemClock);
    expect(hung).toMatchObject({
      result: { kind: "timed-out", stage: "answer", phasesMs: { connect: null, tls: null, answer: null } },
    });
    await server.setMode("healthy");
    expect(await probeTargetWith(probe, { ...target, timeoutMs: 5_000 }, systemClock)).toMatchObject({
      result: { outcome: "passed", phasesMs: { connect: expect.any(Number) } },
    });
    lines.stop();
  });
});

describe("a kept connection that the server closed meanwhile", () => {
  const to = (port: number, method = "GET"): Target => makeTarget({ port, connection: "reuse", probe: { method } });

  test("is no failure, whether that was seen before or not until we asked", async () => {
    // Answers once on each connection; the second request on one is met by a RST.
    const connections = new Set<Socket>();
    await using server = await startRawServer((socket) => {
      connections.add(socket);
      socket.write(OK);
      socket.once("data", () => socket.resetAndDestroy());
    });
    using harness = new PoolHarness();
    for (let i = 0; i < 3; i += 1) {
      const result = await harness.probe(to(server.port));
      expect(result).toMatchObject({ outcome: "passed", body: "ok" });
      expect(result.phasesMs.connect).not.toBeNull();
    }
    expect(connections.size).toBe(3);
  });

  test("is forgotten as soon as it is seen", async () => {
    await using server = await startRawServer((socket) => {
      socket.write(OK, () => setImmediate(() => socket.end()));
    });
    using harness = new PoolHarness();
    await harness.probe(to(server.port));
    await expect.poll(() => server.openSockets.size).toBe(0);
    expect((await harness.probe(to(server.port))).outcome).toBe("passed");
  });

  test("and a server that is gone is refused, in the fresh attempt's words", async () => {
    using harness = new PoolHarness();
    let port = 0;
    {
      await using server = await startRawServer((socket) => void socket.write(OK));
      port = server.port;
      await harness.probe(to(port));
    }
    expect(await harness.probe(to(port))).toMatchObject({
      kind: "refused",
      stage: "connect",
      phasesMs: { connect: null },
    });
  });

  test("or on which it spoke unasked is not used", async () => {
    await using server = await startRawServer((socket) => {
      socket.write(OK, () => setImmediate(() => socket.write(OK.replace("ok", "no"))));
    });
    using harness = new PoolHarness();
    await harness.probe(to(server.port));
    await expect.poll(() => server.openSockets.size).toBe(0);
    expect((await harness.probe(to(server.port))).body).toBe("ok");
  });
});

describe("no connection is kept", () => {
  const asked = async (overrides: Parameters<typeof makeTarget>[0], answer = OK): Promise<string> => {
    let request = "";
    await using server = await startRawServer((socket, text) => {
      request = text;
      socket.write(answer);
    });
    using harness = new PoolHarness();
    await harness.probe(makeTarget({ port: server.port, connection: "reuse", ...overrides }));
    await expect.poll(() => server.openSockets.size).toBe(0);
    return request;
  };

  test.each([
    ["where the rule wants fresh ones", { connection: "fresh" }],
    ["by auto, with few targets", { connection: "auto" }],
    ["for a method that may not be sent twice", { probe: { method: "POST" } }],
    ["that would be too old for the next probe", { everyMs: BOUNDS.probeFreshEveryPlainMs }],
  ] as const)("%s", async (_rule, overrides) => {
    expect(await asked(overrides)).toMatch(/\r\nconnection: close\r\n/);
  });

  test.each([
    ["where the server wants it closed", OK.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")],
    ["in HTTP/1.0", OK.replace("HTTP/1.1", "HTTP/1.0")],
    ["with a second answer behind the first", `${OK}${OK}`],
  ])("%s", async (_rule, answer) => {
    expect(await asked({}, answer)).toMatch(/\r\nconnection: keep-alive\r\n/);
  });
});

describe("auto", () => {
  test("keeps connections where there are more than 200 targets", async () => {
    await using server = await startApiServer({ tls: null });
    using harness = new PoolHarness();
    const target = makeTarget({ port: server.port, connection: "auto" });
    harness.targetCount = BOUNDS.probeFreshTargetsMax;
    await harness.probe(target);
    await harness.probe(target);
    expect(server.requests.connections).toBe(2);
    harness.targetCount += 1;
    await harness.probe(target);
    await harness.probe(target);
    expect(server.requests.connections).toBe(3);
  });
});

describe("the place for connections", () => {
  test("holds one for each target, and so many of all", async () => {
    await using server = await startApiServer({ tls: null });
    using harness = new PoolHarness();
    const target = makeTarget({ port: server.port, connection: "reuse" });
    await Promise.all([harness.probe(target), harness.probe(target), harness.probe(target)]);
    await expect.poll(() => server.requests.open).toBe(1);
  });

  test("has no more room than the process may open files", async () => {
    await using server = await startApiServer({ tls: null });
    const clock = new FakeClock();
    const lines = createConnectionPool(clock, () => 1, 1);
    const probe = createProbe({ clock, pool: lines });
    for (const key of ["a", "b"]) {
      await probeTargetWith(probe, makeTarget({ key, port: server.port, connection: "reuse" }), clock);
    }
    await expect.poll(() => server.requests.open).toBe(1);
    lines.stop();
  });

  test("opens no more than a hundred a second anew, however many targets there are", async () => {
    const targets = 10_000;
    const clock = new FakeClock();
    const lines = createConnectionPool(clock, () => targets);
    const keys = Array.from({ length: targets }, (_, i) => `t-${i}`);
    const open = (key: string): void =>
      lines.release(makeTarget({ key, port: 1, connection: "reuse" }), detachedConnection(clock.now()));
    for (const key of keys) open(key);
    const opened: number[] = [];
    for (let second = 0; second < 400; second += 1) {
      await clock.advance(1_000);
      const gone = keys.filter((key) => {
        const line = lines.take(makeTarget({ key, port: 1, connection: "reuse" }), null);
        if (line !== null) lines.release(makeTarget({ key, port: 1, connection: "reuse" }), line);
        return line === null;
      });
      for (const key of gone) open(key);
      opened.push(gone.length);
    }
    lines.stop();
    const mean = opened.reduce((sum, count) => sum + count, 0) / opened.length;
    expect(mean).toBeGreaterThan(BOUNDS.probeFreshPerSecond / 2);
    expect(mean).toBeLessThan(BOUNDS.probeFreshPerSecond * 1.1);
    // All of them were opened at once, and do not go at once.
    expect(Math.max(...opened)).toBeLessThan(3 * BOUNDS.probeFreshPerSecond);
  });

  test("drops a connection whose trust has changed", async () => {
    await using server = await startApiServer({ tls: files });
    using harness = new PoolHarness();
    const path = join(folder, "rotated.pem");
    await writeFile(path, authority.ca);
    const target = makeTarget({
      port: server.port,
      connection: "reuse",
      probe: { scheme: "https" },
      tls: { verify: true, caFile: path },
    });
    await harness.probe(target);
    await writeFile(path, (await makeAuthority("other")).ca);
    await harness.clock.advance(BOUNDS.probeFileCheckEveryMs);
    expect((await harness.probe(target)).fault).toBe("probe-untrusted");
  });

  test("is emptied by a scheduler that forgets a target, and by its end", async () => {
    await using server = await startApiServer({ tls: null });
    const results: string[] = [];
    const scheduler = createScheduler({
      clock: systemClock,
      vantage: "here",
      random: () => 0.5,
    });
    scheduler.start({ onResult: ({ target }) => results.push(target) });
    for (const key of ["a", "b"]) {
      scheduler.ensure(makeTarget({ key, port: server.port, connection: "reuse", everyMs: 5_000 }), "normal");
    }
    await expect.poll(() => results.toSorted()).toEqual(["a", "b"]);
    await expect.poll(() => server.requests.open).toBe(2);
    scheduler.forget("a");
    await expect.poll(() => server.requests.open).toBe(1);
    await scheduler.stop();
    await expect.poll(() => server.requests.open).toBe(0);
  });
});
