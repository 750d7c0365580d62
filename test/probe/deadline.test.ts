import { expect, test } from "vitest";
import { startApiServer } from "../../demo/stand-in/api-server.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { type Clock, systemClock } from "../../server/clock.ts";
import { startDeadline } from "../../server/probe/deadline.ts";
import { createProbe } from "../../server/probe/prober.ts";
import { makeAuthority } from "../support/certificates.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { probeTarget, probeTargetWith } from "./probe-target.ts";
import { startRawServer } from "./raw-server.ts";
import { makeTarget } from "./make-target.ts";

/** A clock whose timers fire when the test says so, however late. */
function lateClock(): Clock & { fire(now: number): void; waits: number[] } {
  let now = 0;
  let callback = (): void => {};
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    wall: () => now,
    after(ms, then) {
      waits.push(ms);
      callback = then;
      return () => {};
    },
    fire(at) {
      now = at;
      callback();
    },
  };
}

test("a deadline that fires in time expires at once", async () => {
  const clock = new FakeClock();
  using deadline = startDeadline(clock, 1_000);
  await clock.advance(999);
  expect(deadline.ended).toBe(false);
  await clock.advance(1);
  expect(deadline).toMatchObject({ expired: true, ended: true });
});

test("one that fires late expires if no data is pending", async () => {
  const clock = lateClock();
  using deadline = startDeadline(clock, 1_000);
  clock.fire(1_000 + BOUNDS.pauseMs + 1);
  expect(deadline.expired).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(deadline.expired).toBe(true);
});

test("with pending data, the probe gets the length of the pause, once", async () => {
  const clock = lateClock();
  using deadline = startDeadline(clock, 1_000);
  clock.fire(1_400);
  deadline.markProgress();
  await new Promise((resolve) => setImmediate(resolve));
  expect(deadline.ended).toBe(false);
  expect(clock.waits).toEqual([1_000, 400]);
  clock.fire(5_000);
  expect(deadline.expired).toBe(true);
});

test("a pause of hours adds at most the deadline once more", async () => {
  const clock = lateClock();
  using deadline = startDeadline(clock, 1_000);
  clock.fire(10_000_000);
  deadline.markProgress();
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.waits).toEqual([1_000, 1_000]);
});

test("a cancelled deadline has not expired, and leaves no timer", () => {
  const clock = new FakeClock();
  const deadline = startDeadline(clock, 1_000);
  const reasons: Error[] = [];
  deadline.setEndHandler((reason) => reasons.push(reason));
  deadline.cancel();
  expect(deadline).toMatchObject({ expired: false, ended: true });
  expect(reasons).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test("a response that came while this process was paused counts", async () => {
  const timeoutMs = 500;
  await using server = await startRawServer((socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    // The bytes are with the kernel; now nothing in this process runs until long after the deadline.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timeoutMs + 2 * BOUNDS.pauseMs);
  });
  expect(await probeTarget(makeTarget({ port: server.port, timeoutMs }))).toMatchObject({
    outcome: "passed",
    body: "ok",
  });
});

test.each(["mute", "hang"] as const)(
  "a cancelled probe of a server that is %s gives no result and closes its socket",
  async (mode) => {
    const files = await (await makeAuthority()).issue({ names: ["127.0.0.1"] });
    const asked = Promise.withResolvers<void>();
    await using server = await startApiServer({ tls: files, mode, onRequest: () => asked.resolve() });
    const target = makeTarget({ port: server.port, probe: { scheme: "https" }, timeoutMs: 60_000 });
    using deadline = startDeadline(systemClock, target.timeoutMs);
    const completion = createProbe({ clock: systemClock })(target, deadline);
    if (mode === "hang") await asked.promise;
    else await expect.poll(() => server.requests.connections).toBe(1);
    deadline.cancel();
    expect(await completion).toEqual({ kind: "cancelled" });
    await expect.poll(() => server.requests.open).toBe(0);
  },
);

test("a probe that is cancelled before it began opens no connection", async () => {
  await using server = await startApiServer({ tls: null });
  const deadline = startDeadline(systemClock, 1_000);
  deadline.cancel();
  const completion = await createProbe({ clock: systemClock })(makeTarget({ port: server.port }), deadline);
  expect(completion).toEqual({ kind: "cancelled" });
  expect(server.requests.connections).toBe(0);
});

test("a request that cannot be written is an own fault", async () => {
  await using server = await startApiServer({ tls: null });
  const target = makeTarget({ port: server.port, probe: { path: "/with blank" } });
  expect(await probeTargetWith(createProbe({ clock: systemClock }), target, systemClock)).toMatchObject({
    kind: "own-fault",
  });
  await expect.poll(() => server.requests.open).toBe(0);
});
