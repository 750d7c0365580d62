import type { Finding } from "../../server/contract/finding.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { FAULT_PARTS } from "../../server/contract/ports.ts";
import { afterEach, describe, expect, test } from "vitest";
import type { VerdictChanged } from "../../server/contract/event.ts";
import type { Phase, Verdict } from "../../server/contract/verdict.ts";
import { createMetrics, type Metrics } from "../../server/telemetry/metrics.ts";
import { FALSE_UP, FakeFleet, makeServerKeys, makeServerStatus } from "../push/fake-fleet.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { serverRemoved, verdictChanged } from "../support/sample-events.ts";
import { parseExposition, type Sample } from "./exposition-parser.ts";

/** Metrics that render the servers of one fleet. */
interface FleetMetrics extends Omit<Metrics, "render"> {
  render(): Promise<string>;
}

const started: FleetMetrics[] = [];
afterEach(() => {
  for (const metrics of started.splice(0)) metrics.stop();
});

function metricsOf(
  fleet: FakeFleet,
  perServer: "all" | "mismatches" | "none" = "all",
  clock = new FakeClock(),
): FleetMetrics {
  const own = createMetrics({ perServer, about: { version: "0.1.0", node: "26.10.0" }, lostLogLines: () => 0, clock });
  const metrics = { ...own, render: () => own.render(fleet) };
  started.push(metrics);
  return metrics;
}

async function samples(metrics: FleetMetrics, name: string): Promise<Sample[]> {
  return parseExposition(await metrics.render()).filter((sample) => sample.name === name);
}

function changed(key: string, verdict: Verdict, phase: Phase | null): VerdictChanged {
  return verdictChanged(null, { verdict, phase, reason: null }, key);
}

describe("series of one server", () => {
  test("are the five that the documentation names, with promex's labels", async () => {
    const fleet = new FakeFleet();
    fleet.set("lb-1/k8s-api/cp-1", FALSE_UP);
    const text = parseExposition(await metricsOf(fleet).render());
    const own = text.filter((sample) => sample.labels["server"] === "cp-1");
    const labels = { haproxy: "lb-1", proxy: "k8s-api", server: "cp-1", site: "default" };
    expect(own).toEqual([
      { name: "haprobe_server_verdict", labels: { ...labels, verdict: "false-up" }, value: 1 },
      { name: "haprobe_check_depth", labels: { ...labels, depth: "connection" }, value: 1 },
      { name: "haprobe_probe_up", labels, value: 1 },
      { name: "haprobe_probe_duration_seconds", labels, value: 0.0123 },
      { name: "haprobe_misrouted_sessions_total", labels, value: 12 },
    ]);
  });

  test("a probe that failed or was denied is 0, one that did not happen has no series", async () => {
    const fleet = new FakeFleet();
    const { probe } = makeServerStatus("a/b/c");
    fleet.set("lb-1/web/failed", { probe: { ...probe, outcome: "failed" } });
    fleet.set("lb-1/web/denied", { probe: { ...probe, outcome: "denied" } });
    fleet.set("lb-1/web/pending", { probe: { ...probe, outcome: "pending", durationMs: null } });
    const up = await samples(metricsOf(fleet), "haprobe_probe_up");
    expect(up.map((sample) => [sample.labels["server"], sample.value])).toEqual([
      ["failed", 0],
      ["denied", 0],
    ]);
    expect(await samples(metricsOf(fleet), "haprobe_probe_duration_seconds")).toHaveLength(2);
  });

  test("quotes, backslashes and newlines in names survive escaping", async () => {
    const backend = 'a"b\\n\n{c},d="e"/é';
    const fleet = new FakeFleet();
    fleet.set(`lb-1/${backend}/s`, FALSE_UP);
    const verdicts = await samples(metricsOf(fleet), "haprobe_server_verdict");
    expect(verdicts.map((sample) => sample.labels["proxy"])).toEqual([backend]);
  });

  test("a carriage return in a name, for which the format has no escape, is shown as elsewhere", async () => {
    const fleet = new FakeFleet();
    fleet.set("lb-1/web\r\nx: y/s", FALSE_UP);
    expect(await metricsOf(fleet).render()).not.toContain("\r");
    const verdicts = await samples(metricsOf(fleet), "haprobe_server_verdict");
    expect(verdicts.map((sample) => sample.labels["proxy"])).toEqual(["web\\u000d\nx: y"]);
  });

  test("vanish with the server, and those of its backend with the last one", async () => {
    const fleet = new FakeFleet(["lb-1/web/s-0", "lb-1/web/s-1", "lb-1/old/s-0"]);
    const metrics = metricsOf(fleet);
    metrics.apply(changed("lb-1/old/s-0", "false-up", "confirmed"));
    metrics.recordPoll("lb-1", 2, true);
    fleet.remove("lb-1/web/s-1");
    fleet.remove("lb-1/old/s-0");
    fleet.removeInstance("lb-1");
    const left = parseExposition(await metrics.render());
    expect(left.filter((sample) => sample.labels["server"] === "s-1")).toEqual([]);
    expect(left.filter((sample) => sample.labels["proxy"] === "old")).toEqual([]);
    expect(left.filter((sample) => sample.name.startsWith("haprobe_poll"))).toEqual([]);
  });

  test.each([
    ["all", ["s-0", "s-1", "s-0"], ["web", "db"]],
    ["mismatches", ["s-1"], ["web", undefined]],
    ["none", [], [undefined]],
  ] as const)(
    "per-server: %s shows servers %j and backends %j, and counts all the same",
    async (perServer, shown, backends) => {
      const fleet = new FakeFleet(["lb-1/web/s-0", "lb-1/web/s-1", "lb-1/db/s-0"]);
      fleet.set("lb-1/web/s-1", FALSE_UP);
      const clock = new FakeClock();
      const metrics = metricsOf(fleet, perServer, clock);
      metrics.apply(changed("lb-1/web/s-1", "false-up", "confirmed"));
      await clock.advance(3_000);
      const verdicts = await samples(metrics, "haprobe_server_verdict");
      expect(verdicts.map((sample) => sample.labels["server"])).toEqual(shown);
      const counts = await samples(metrics, "haprobe_servers");
      expect([...new Set(counts.map(({ labels }) => labels["proxy"]))]).toEqual(backends);
      expect(sumOf(counts, "false-up")).toBe(1);
      expect(sumOf(counts, "agree-up")).toBe(2);
      const seconds = await samples(metrics, "haprobe_mismatch_seconds_total");
      expect(seconds).toMatchObject([{ labels: { haproxy: "lb-1", verdict: "false-up" }, value: 3 }]);
      expect(seconds[0]?.labels["proxy"]).toBe(perServer === "none" ? undefined : "web");
    },
  );
});

test("of ever new instances some are counted, though no scrape drops those that are gone", async () => {
  const fleet = new FakeFleet();
  const metrics = metricsOf(fleet);
  for (let n = 0; n < BOUNDS.instancesMax + 5; n += 1) {
    fleet.setInstance(`lb-${n}`, { state: "ok" });
    metrics.recordPoll(`lb-${n}`, 2, true);
    metrics.recordPhases(`lb-${n}`, { connect: 1 });
  }
  const names = (sample: readonly Sample[]): Set<unknown> => new Set(sample.map(({ labels }) => labels["haproxy"]));
  expect(names(await samples(metrics, "haprobe_polls_total")).size).toBe(BOUNDS.instancesMax);
  expect(names(await samples(metrics, "haprobe_probe_phase_seconds_count")).size).toBe(BOUNDS.instancesMax);
});

describe("a HAProxy with more backends than have series of their own", () => {
  const MORE = 3;
  const keys = Array.from({ length: BOUNDS.metricsBackendsMax + MORE }, (_, n) => `lb-1/b-${n}/s`);

  test.each(["all", "mismatches"] as const)("has the others summed and counted, per-server: %s", async (perServer) => {
    const fleet = new FakeFleet([...keys, "lb-2/web/s"]);
    for (const key of [...keys, "lb-2/web/s"]) fleet.set(key, FALSE_UP);
    const metrics = metricsOf(fleet, perServer);
    const leftOut = await samples(metrics, "haprobe_backends_left_out");
    expect(leftOut.map(({ labels, value }) => [labels["haproxy"], value])).toEqual([
      ["lb-1", MORE],
      ["lb-2", 0],
    ]);
    expect(await samples(metrics, "haprobe_server_verdict")).toHaveLength(BOUNDS.metricsBackendsMax + 1);
    const counts = (await samples(metrics, "haprobe_servers")).filter(({ labels }) => labels["verdict"] === "false-up");
    expect(counts).toHaveLength(BOUNDS.metricsBackendsMax + 2);
    expect(sumOf(counts, "false-up")).toBe(keys.length + 1);
    expect(counts.find(({ labels }) => labels["proxy"] === undefined)?.value).toBe(MORE);
  });

  test("has the seconds of the others in one total, though no scrape drops those that are gone", async () => {
    const clock = new FakeClock();
    const metrics = metricsOf(new FakeFleet(keys), "all", clock);
    for (const key of keys) metrics.apply(changed(key, "false-up", "confirmed"));
    for (const key of keys) metrics.apply(serverRemoved(key));
    for (const key of keys) metrics.apply(changed(key, "false-up", "confirmed"));
    await clock.advance(2_000);
    const seconds = await samples(metrics, "haprobe_mismatch_seconds_total");
    expect(seconds).toHaveLength(BOUNDS.metricsBackendsMax + 1);
    expect(seconds.find(({ labels }) => labels["proxy"] === undefined)?.value).toBe(2 * MORE);
  });
});

function sumOf(counts: readonly Sample[], verdict: string): number {
  return counts.filter(({ labels }) => labels["verdict"] === verdict).reduce((sum, { value }) => sum + value, 0);
}

describe("aggregates", () => {
  test("haprobe_servers counts every verdict, zeros included; quality and phase only existing ones", async () => {
    const fleet = new FakeFleet(makeServerKeys(3));
    fleet.set("lb-1/web/s-1", FALSE_UP);
    fleet.set("lb-1/web/s-2", { ...FALSE_UP, expected: "known since May", quality: null });
    const metrics = metricsOf(fleet);
    const counts = await samples(metrics, "haprobe_servers");
    expect(Object.fromEntries(counts.map((sample) => [sample.labels["verdict"], sample.value]))).toEqual({
      "false-up": 2,
      "false-down": 0,
      "agree-down": 0,
      unknown: 0,
      "out-of-service": 0,
      "agree-up": 1,
    });
    const base = { haproxy: "lb-1", proxy: "web" };
    expect(await samples(metrics, "haprobe_servers_by_quality")).toMatchObject([
      { labels: { ...base, quality: "check-blind" }, value: 2 },
    ]);
    expect(await samples(metrics, "haprobe_mismatches")).toMatchObject([
      { labels: { ...base, verdict: "false-up", phase: "confirmed" }, value: 1 },
    ]);
  });

  test("haprobe_servers_unknown has the reason for a missing verdict", async () => {
    const fleet = new FakeFleet(makeServerKeys(4));
    fleet.set("lb-1/web/s-1", { verdict: "unknown", reason: "prober-blind" });
    fleet.set("lb-1/web/s-2", { verdict: "unknown", reason: "prober-blind" });
    fleet.set("lb-1/web/s-3", { verdict: "unknown", reason: "no-probe-rule" });
    const found = await samples(metricsOf(fleet), "haprobe_servers_unknown");
    expect(found.map(({ labels, value }) => [labels["reason"], value])).toEqual([
      ["prober-blind", 2],
      ["no-probe-rule", 1],
    ]);
  });

  test("haprobe_haproxy_up is 1 only with fresh data, and absent before the first poll", async () => {
    const fleet = new FakeFleet();
    for (const state of ["ok", "stale", "failing", "pending"] as const) fleet.setInstance(state, { state });
    const up = await samples(metricsOf(fleet), "haprobe_haproxy_up");
    expect(up.map((sample) => [sample.labels["haproxy"], sample.value])).toEqual([
      ["ok", 1],
      ["stale", 0],
      ["failing", 0],
    ]);
  });

  test("polls and probes are counted and measured in seconds; a phase that was not reached is not measured", async () => {
    const metrics = metricsOf(new FakeFleet(makeServerKeys(1)));
    metrics.recordPoll("lb-1", 250, true);
    metrics.recordPoll("lb-1", 5_000, false);
    metrics.recordProbe("failed");
    metrics.recordProbe("made up");
    metrics.recordPhases("lb-1", { connect: 1, tls: null, answer: 40 });
    metrics.recordPhases("lb-1", { connect: 2 });
    metrics.recordPhases("gone", { connect: 2 });
    const text = parseExposition(await metrics.render());
    const value = (name: string, labels: Record<string, string>): number | undefined =>
      text.find((each) => each.name === name && Object.entries(labels).every(([k, v]) => each.labels[k] === v))?.value;
    expect(value("haprobe_poll_duration_seconds", { haproxy: "lb-1" })).toBe(5);
    expect(value("haprobe_polls_total", { haproxy: "lb-1", result: "ok" })).toBe(1);
    expect(value("haprobe_polls_total", { haproxy: "lb-1", result: "failed" })).toBe(1);
    expect(value("haprobe_probe_phase_seconds_sum", { haproxy: "lb-1", phase: "connect" })).toBeCloseTo(0.003);
    expect(value("haprobe_probe_phase_seconds_bucket", { phase: "answer", le: "0.05" })).toBe(1);
    // The bounds belong to their buckets.
    expect(value("haprobe_probe_phase_seconds_bucket", { phase: "connect", le: "0.0005" })).toBe(0);
    expect(value("haprobe_probe_phase_seconds_bucket", { phase: "connect", le: "0.001" })).toBe(1);
    expect(value("haprobe_probe_phase_seconds_bucket", { phase: "connect", le: "+Inf" })).toBe(2);
    expect(value("haprobe_probe_phase_seconds_count", { phase: "connect" })).toBe(2);
    expect(value("haprobe_probe_phase_seconds_count", { phase: "tls" })).toBeUndefined();
    expect(value("haprobe_probe_phase_seconds_count", { haproxy: "gone" })).toBeUndefined();
    expect(value("haprobe_probes_total", { outcome: "failed" })).toBe(1);
    expect(value("haprobe_probes_total", { outcome: "made up" })).toBeUndefined();
  });

  test("mismatch seconds count confirmed mismatches only, ongoing ones included, and each event once", async () => {
    const clock = new FakeClock();
    const metrics = metricsOf(new FakeFleet(makeServerKeys(3)), "all", clock);
    const seconds = async (): Promise<number | undefined> =>
      (await samples(metrics, "haprobe_mismatch_seconds_total"))[0]?.value;
    metrics.apply(changed("lb-1/web/s-0", "false-up", "settling"));
    await clock.advance(10_000);
    expect(await seconds()).toBeUndefined();
    const confirmed = changed("lb-1/web/s-0", "false-up", "confirmed");
    metrics.apply(confirmed);
    metrics.apply(changed("lb-1/web/s-1", "false-up", "confirmed"));
    await clock.advance(3_000);
    metrics.apply(confirmed);
    expect(await seconds()).toBe(6);
    metrics.apply(changed("lb-1/web/s-0", "agree-up", null));
    metrics.apply(serverRemoved("lb-1/web/s-1"));
    await clock.advance(60_000);
    expect(await seconds()).toBe(6);
  });

  test("findings are counted by HAProxy and code", async () => {
    const fleet = new FakeFleet();
    const about = (id: string, instance: string | null): Finding => ({
      id,
      code: "cfg-issue",
      subject: { instance, backend: null, server: null },
      sentence: "",
      advice: "",
      since: "2026-11-27T03:00:00Z",
      vantages: [],
    });
    fleet.currentFindings = [about("a", "lb-1"), about("b", "lb-1"), about("c", null)];
    expect(await samples(metricsOf(fleet), "haprobe_findings")).toMatchObject([
      { labels: { haproxy: "lb-1", code: "cfg-issue" }, value: 2 },
      { labels: { code: "cfg-issue" }, value: 1 },
    ]);
  });

  test("a failed reload of the configuration is visible", async () => {
    const metrics = metricsOf(new FakeFleet());
    expect(await samples(metrics, "haprobe_config_last_reload_successful")).toMatchObject([{ value: 1 }]);
    metrics.recordConfigReload(false);
    expect(await samples(metrics, "haprobe_config_last_reload_successful")).toMatchObject([{ value: 0 }]);
  });

  test("errors of haprobe itself and of its sinks are counted by part and by sink", async () => {
    const metrics = metricsOf(new FakeFleet());
    metrics.recordFault({ part: "sink", name: "store", error: new Error("no space left") });
    metrics.recordFault({ part: "instance", name: "lb-1", error: new TypeError("not a function") });
    metrics.recordSinkDrop("store");
    expect(await samples(metrics, "haprobe_internal_errors_total")).toMatchObject(
      FAULT_PARTS.map((part) => ({ labels: { part }, value: part === "sink" || part === "instance" ? 1 : 0 })),
    );
    expect(await samples(metrics, "haprobe_sink_errors_total")).toMatchObject([
      { labels: { sink: "store" }, value: 1 },
    ]);
    expect(await samples(metrics, "haprobe_sink_dropped_events_total")).toMatchObject([
      { labels: { sink: "store" }, value: 1 },
    ]);
  });

  test("the version, CPU, memory and lag of this process are visible", async () => {
    const text = parseExposition(await metricsOf(new FakeFleet()).render());
    const value = (name: string): number => text.find((each) => each.name === name)?.value ?? Number.NaN;
    expect(text.find((each) => each.name === "haprobe_build_info")?.labels["version"]).toBe("0.1.0");
    expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(value("process_open_fds")).toBeGreaterThan(0);
    expect(value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
    expect(value("nodejs_eventloop_lag_max_seconds")).toBeGreaterThanOrEqual(value("nodejs_eventloop_lag_p99_seconds"));
  });
});

describe("a large fleet", () => {
  test("is rendered in slices: other work runs in between, and a server that moves meanwhile appears once", async () => {
    const fleet = new FakeFleet(makeServerKeys(100));
    // A clock by which each row costs a millisecond.
    const clock = new FakeClock();
    let reads = 0;
    clock.now = () => (reads += 1);
    const rendering = metricsOf(fleet, "all", clock).render();
    const first = fleet.rows.get("lb-1/web/s-0");
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      if (turns === 1 && first) {
        fleet.rows.delete(first.key);
        fleet.rows.set(first.key, first);
      }
      if (turns < 5) setImmediate(turn);
    };
    setImmediate(turn);
    const verdicts = parseExposition(await rendering).filter((each) => each.name === "haprobe_server_verdict");
    expect(verdicts).toHaveLength(100);
    expect(turns).toBe(5);
  });

  test("is rendered once for scrapes that come together", async () => {
    const metrics = metricsOf(new FakeFleet(makeServerKeys(3)));
    const first = metrics.render();
    expect(metrics.render()).toBe(first);
    await first;
    const later = metrics.render();
    expect(later).not.toBe(first);
    await later;
  });
});
