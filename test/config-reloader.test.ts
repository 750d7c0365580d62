import { UNEXPECTED_FAULTS } from "./support/unexpected-faults.ts";
import { expect, test, vi } from "vitest";
import { type LoadResult, loadSettings } from "../server/config/load.ts";
import { formatConfigError } from "../server/config/config-error.ts";
import { createConfigReloader } from "../server/config-reloader.ts";
import type { Settings } from "../server/contract/settings.ts";
import { createEngine } from "../server/engine.ts";
import { createLogger } from "../server/telemetry/logger.ts";
import { createMetrics } from "../server/telemetry/metrics.ts";
import { authSettings, tokenSettings } from "./access/auth-settings.ts";
import { FakeFleet } from "./push/fake-fleet.ts";
import { FakeClock } from "./support/fake-clock.ts";

function load(...haproxy: readonly string[]): Extract<LoadResult, { kind: "loaded" }> {
  const readFile = (): never => {
    throw Object.assign(new Error("no file"), { code: "ENOENT" });
  };
  const loaded = loadSettings({ haproxy, env: {}, readFile, cwd: "/" });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  return loaded;
}

/** An engine whose HAProxy does not exist, and its reloader. */
async function startReloader(started: Partial<Settings> = {}) {
  const clock = new FakeClock();
  const loaded = load("unix:/nonexistent/a.sock");
  const lines: string[] = [];
  const log = createLogger({ level: "info", format: "json", stream: { write: (line) => lines.push(line) } });
  const metrics = createMetrics({
    perServer: "all",
    about: { version: "1", node: "26" },
    lostLogLines: () => 0,
    clock,
  });
  const engine = createEngine({
    settings: loaded.settings,
    clock,
    random: () => 0.5,
    vantage: "here",
    epoch: "e",
    faults: UNEXPECTED_FAULTS,
    onOwnFault: () => {},
    onDiscoveryFailure: () => {},
  });
  await engine.start();
  const reloader = createConfigReloader({
    engine,
    alerting: { configure: () => {} },
    metrics,
    log,
    access: { configure: () => {} },
    load: () => ({ kind: "broken", errors: [], watched: [] }),
    settings: { ...loaded.settings, ...started },
    clock,
  });
  return {
    async [Symbol.asyncDispose]() {
      await engine.stop();
      metrics.stop();
    },
    engine,
    reloader,
    lines,
    findings: () => engine.monitor.live.findings().map(({ code }) => code),
    reloadSucceeded: async () =>
      /^haprobe_config_last_reload_successful (\d)/m.exec(await metrics.render(new FakeFleet()))?.[1] === "1",
  };
}

test("a reload configures the monitor once, whatever it changes", async () => {
  await using harness = await startReloader();
  const { engine, reloader } = harness;
  const configure = vi.spyOn(engine.monitor, "configure");
  await reloader.apply(load("unix:/nonexistent/a.sock"));
  expect(configure).toHaveBeenCalledTimes(1);
  await reloader.apply(load("unix:/nonexistent/a.sock", "unix:/nonexistent/b.sock"));
  expect(configure).toHaveBeenCalledTimes(2);
});

test("a configuration that cannot be applied is reported, and the next one is applied", async () => {
  await using harness = await startReloader();
  const { engine, reloader, lines, findings, reloadSucceeded } = harness;
  vi.spyOn(engine.monitor, "configure").mockImplementationOnce(() => {
    throw new Error("poisoned");
  });
  await reloader.apply(load("unix:/nonexistent/b.sock"));
  expect(findings()).toContain("config-broken");
  expect(await reloadSucceeded()).toBe(false);
  expect(lines.join("")).toContain("poisoned");

  await reloader.apply(load("unix:/nonexistent/c.sock"));
  expect(findings()).not.toContain("config-broken");
  expect(await reloadSucceeded()).toBe(true);
  expect(engine.monitor.live.instances()).toMatchObject([{ stats: "unix:/nonexistent/c.sock" }]);
});

test("a configuration without any HAProxy is refused as at a start: the last good one stays in force", async () => {
  await using harness = await startReloader();
  const { engine, reloader, lines, findings, reloadSucceeded } = harness;
  await reloader.apply(load());
  expect(engine.monitor.live.instances()).toMatchObject([{ stats: "unix:/nonexistent/a.sock" }]);
  expect(findings()).toContain("config-broken");
  expect(await reloadSucceeded()).toBe(false);
  expect(lines.join("")).toContain("No HAProxy is configured");
});

test("a change of auth that would leave the running listener open is refused, also where listen changes with it", async () => {
  const auth = authSettings([tokenSettings({ name: "ci", role: "operator", tokenHash: `sha256:${"0".repeat(64)}` })]);
  const tls = { certFile: "/c", keyFile: "/k", clientCaFile: null };
  await using harness = await startReloader({ listen: { host: "0.0.0.0", port: 8405 }, tls, auth });
  const next = load("unix:/nonexistent/b.sock");
  expect(next.settings).toMatchObject({ listen: { host: "127.0.0.1" }, auth: { tokens: [] } });
  await harness.reloader.apply(next);
  expect(harness.findings()).toContain("config-broken");
  expect(harness.lines.join("")).toContain(
    "the listener in use is 0.0.0.0:8405, which other machines reach, without auth",
  );
  await harness.reloader.apply({ ...next, settings: { ...next.settings, auth } });
  expect(harness.findings()).not.toContain("config-broken");
});

test("its status is the configuration in force, what needs a restart, and every error of a newer one", async () => {
  await using harness = await startReloader();
  const { reloader } = harness;
  expect(reloader.status()).toMatchObject({ needsRestart: [], refused: null });
  const error = { file: "haprobe.yaml", line: 7, column: 3, message: "evry is not a key" };
  await reloader.apply({ kind: "broken", errors: [error, error], files: [] } as unknown as LoadResult);
  expect(reloader.status().refused?.errors).toEqual([
    formatConfigError(error as never),
    formatConfigError(error as never),
  ]);
  expect(reloader.status().text).toContain("/nonexistent/a.sock");
  const next = load("unix:/nonexistent/b.sock");
  await reloader.apply({ ...next, settings: { ...next.settings, vantage: "elsewhere" } });
  expect(reloader.status()).toMatchObject({ needsRestart: ["vantage"], refused: null });
  expect(reloader.status().text).toContain("/nonexistent/b.sock");
});
