import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BOUNDS } from "../server/bounds.ts";
import { type Clock, systemClock } from "../server/clock.ts";
import { ConfiguredChecks } from "../server/configured-checks.ts";
import type { InstanceSettings } from "../server/contract/settings.ts";
import { ScopedFiles } from "../server/scoped-files.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { instanceNamed } from "./support/monitor-harness.ts";

let folder: string;
let cfg: string;
let instance: InstanceSettings;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-cfg-"));
  cfg = join(folder, "haproxy.cfg");
  instance = { ...instanceNamed("lb-1"), cfg: [cfg] };
});
afterAll(() => rm(folder, { recursive: true }));

/** The file of lb-1, with this backend, has been read. */
async function readChecks(lines: readonly string[], clock: Clock = systemClock): Promise<ConfiguredChecks> {
  await writeBackend(...lines);
  const checks = new ConfiguredChecks(new ScopedFiles(), clock);
  await checks.readAll([instance, instanceNamed("lb-2")]);
  return checks;
}

async function writeBackend(...lines: readonly string[]): Promise<void> {
  await writeFile(cfg, ["backend web", ...lines, ""].map((line) => `${line}\n`).join(""));
}

test("another process of an instance with a file is a reload, the first one is none", async () => {
  const checks = await readChecks(["  server a 127.0.0.1:80 check inter 2s"]);
  const processes = ["1.1", "1.1", "2.1", "2.1", "3.1"];
  expect(processes.map((epoch) => checks.takeReload("lb-1", epoch))).toEqual([false, false, true, false, true]);
  expect(processes.map((epoch) => checks.takeReload("lb-2", epoch))).not.toContain(true);
});

test("a file that is read again says whether it differs", async () => {
  const checks = await readChecks(["  server a 127.0.0.1:80 check inter 2s"]);
  expect(await checks.reread("lb-1")).toBe(false);
  await writeBackend("  server b 127.0.0.1:80 check inter 2s");
  expect(await checks.reread("lb-1")).toBe(true);
  expect([checks.find("lb-1", "web", "a"), checks.find("lb-1", "web", "b")]).toEqual([undefined, expect.anything()]);
  expect(await checks.reread("lb-2")).toBe(false);
});

test("a read that is under way while its instance is removed leaves nothing", async () => {
  const checks = await readChecks(["  server a 127.0.0.1:80 check inter 5"]);
  expect(checks.findings).not.toEqual([]);
  const reading = checks.reread("lb-1");
  await checks.readAll([]);
  await reading;
  expect([checks.findings, checks.find("lb-1", "web", "a")]).toEqual([[], undefined]);
});

test("the finding about a section names the rule of many mistakes once", async () => {
  const lines = Array.from({ length: 300 }, (_, n) => `  server s${n} 127.0.0.1:80 check inter 5`);
  const { findings } = await readChecks(["  mode http", ...lines]);
  const finding = findings.find(({ sentence }) => sentence.includes("inter 5 is 5 ms"));
  expect(finding?.sentence).toMatch(/And 299 more: time-without-unit\.$/);
});

test("a file that takes minutes to read leaves the event loop free, and is given up at the deadline", async () => {
  const clock = new FakeClock();
  const checks = await readChecks([], clock);
  await writeFile(cfg, "backend b\n server s 1.1.1.1:80 check\n".repeat(25_000));
  const reading = checks.reread("lb-1");
  await expect.poll(() => clock.pending).toBe(1);
  await clock.advance(BOUNDS.cfgTimeoutMs);
  await reading;
  expect(checks.findings).toMatchObject([{ code: "cfg-unreadable" }]);
  expect(checks.findings[0]?.sentence).toMatch(/cannot be read: that takes longer than 60000 ms$/);
});
