import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSystemdNotifier } from "../../server/cli/systemd-notifier.ts";
import { startControlPlane } from "../http/control-plane.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { startHaprobe } from "../support/haprobe-cli.ts";

let folder = "";
let record = "";
/** Puts a `systemd-notify` first on the PATH that appends its arguments to a file. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haprobe-notify-"));
  record = join(folder, "messages");
  writeFileSync(record, "");
  const program = join(folder, "systemd-notify");
  writeFileSync(program, `#!/bin/sh\necho "$@" >>${record}\n`);
  chmodSync(program, 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const messages = (): string[] => readFileSync(record, "utf8").split("\n").slice(0, -1);
const errors: Error[] = [];
const options = (env: Record<string, string>, clock = new FakeClock()) => ({
  env,
  clock,
  monotonic: () => 5_000_000_000n,
  onError: (error: Error) => void errors.push(error),
});

test("reports the start, a reload and the stop in their order", async () => {
  const systemd = createSystemdNotifier(options({ NOTIFY_SOCKET: "/run/systemd/notify" }));
  systemd.ready();
  systemd.reloading();
  systemd.ready();
  await systemd.stopping();
  expect(messages()).toEqual(["READY=1", "RELOADING=1 MONOTONIC_USEC=5000000", "READY=1", "STOPPING=1"]);
  expect(errors).toEqual([]);
});

test("feeds the watchdog three times in its period, from the start to the stop", async () => {
  const clock = new FakeClock();
  const systemd = createSystemdNotifier(options({ NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "30000000" }, clock));
  await clock.advance(60_000);
  expect(messages()).toEqual([]);
  systemd.ready();
  await expect.poll(messages).toEqual(["READY=1", "WATCHDOG=1"]);
  await clock.advance(10_000);
  await expect.poll(messages).toHaveLength(3);
  systemd.ready();
  await expect.poll(messages).toHaveLength(4);
  await systemd.stopping();
  await clock.advance(60_000);
  expect(messages().slice(2)).toEqual(["WATCHDOG=1", "READY=1", "STOPPING=1"]);
  expect(clock.pending).toBe(0);
});

test("starts nothing where systemd did not start it, and reports a missing program once per message", async () => {
  const silent = createSystemdNotifier(options({ WATCHDOG_USEC: "30000000" }));
  silent.ready();
  await silent.stopping();
  expect(messages()).toEqual([]);
  vi.stubEnv("PATH", "/nonexistent");
  const failing = createSystemdNotifier(options({ NOTIFY_SOCKET: "/run/x" }));
  failing.ready();
  await failing.stopping();
  expect(errors.map(({ message }) => message)).toEqual(Array(2).fill("spawn systemd-notify ENOENT"));
});

test("haprobe serve reports that it listens, each reload and its end", async () => {
  await using plane = await startControlPlane();
  const env = { NOTIFY_SOCKET: join(folder, "none"), WATCHDOG_USEC: "3600000000" };
  await using haprobe = await startHaprobe(plane.args, env);
  await expect.poll(messages).toEqual(["READY=1", "WATCHDOG=1"]);
  process.kill(haprobe.pid, "SIGHUP");
  await expect
    .poll(() => messages().slice(2))
    .toEqual([expect.stringMatching(/^RELOADING=1 MONOTONIC_USEC=\d+$/), "READY=1"]);
  expect(await haprobe.stop()).toBe(0);
  expect(messages().at(-1)).toBe("STOPPING=1");
});
