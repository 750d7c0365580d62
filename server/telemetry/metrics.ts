import { BOUNDS } from "../bounds.ts";
import type { Clock } from "../clock.ts";
import type { AlertStatus } from "../contract/alert-status.ts";
import type { FaultReporter, LiveState, Measurements, SyncEventSink } from "../contract/ports.ts";
import type { StoreStatus } from "../contract/store-status.ts";
import { forEachInSlices } from "../slices.ts";
import { MetricFamily, formatLabels } from "./exposition.ts";
import { FaultSeries } from "./fault-series.ts";
import { InstanceSeries } from "./instance-series.ts";
import { renderFindingSeries } from "./finding-series.ts";
import { MismatchSeconds } from "./mismatch-seconds.ts";
import { ProbeSeries } from "./probe-series.ts";
import { ProcessSeries } from "./process-series.ts";
import { backendLabels, type PerServer } from "./backend-counts.ts";
import { ServerSeries } from "./server-series.ts";
import type { ListenerCertificate } from "../contract/listener-certificate.ts";
import { renderListenerSeries } from "./listener-series.ts";
import { renderAlertSeries } from "./alert-series.ts";
import { type ReadinessReading, renderReadinessSeries } from "./readiness-series.ts";
import type { Refusals } from "./refusals.ts";
import { renderStoreSeries } from "./store-series.ts";

/** The content of `/metrics`, and the receiver of what it counts. */
export interface Metrics extends Measurements, SyncEventSink, FaultReporter {
  readonly contentType: string;
  /** Renders all series, those of the servers from `live`; scrapes that come while one is being rendered share it. */
  render(live: LiveState): Promise<string>;
  /** Counts values of servers that the store did not take. */
  recordSeriesDrop(servers: number): void;
  /** Records whether the last reload of the configuration succeeded. */
  recordConfigReload(ok: boolean): void;
  /** Stops measuring the event loop. */
  stop(): void;
}

/** Creates the metrics. Series of servers are made at each scrape, so those of a vanished server vanish with it. */
export function createMetrics(parts: {
  perServer: PerServer;
  about: { readonly version: string; readonly node: string };
  /** Count of log lines that could not be written. */
  lostLogLines: () => number;
  /** Count of inputs that are missing in the recording; 0 without one. */
  lostInputs?: () => number;
  /** How the store keeps up; null without one. */
  storeStatus?: () => StoreStatus | null;
  /** How messages are delivered; null where nothing is sent. */
  alertStatus?: () => AlertStatus | null;
  /** What `/readyz` says; null before there is an engine. */
  readiness?: () => ReadinessReading | null;
  /** What clients were refused. */
  refusals?: Pick<Refusals, "render">;
  /** The certificate that the listener presents; null without TLS. */
  listenerCertificate?: () => ListenerCertificate | null;
  clock: Clock;
}): Metrics {
  const {
    perServer,
    about,
    lostLogLines,
    lostInputs = () => 0,
    storeStatus = () => null,
    alertStatus = () => null,
    listenerCertificate = () => null,
    readiness = () => null,
    refusals,
    clock,
  } = parts;
  const process = new ProcessSeries();
  const probes = new ProbeSeries();
  const instances = new InstanceSeries();
  const faults = new FaultSeries();
  const mismatchSeconds = new MismatchSeconds(clock, perServer !== "none");
  let configOk = true;
  let droppedSeries = 0;
  let rendering: Promise<string> | null = null;

  function ownText(servers: ServerSeries): string {
    const mismatch = new MetricFamily(
      "haprobe_mismatch_seconds_total",
      "counter",
      "Seconds in a confirmed mismatch, summed over the servers.",
    );
    for (const total of mismatchSeconds.totals((instance, backend) => servers.counts.has(instance, backend))) {
      const labels = formatLabels([...backendLabels(total.instance, total.backend), ["verdict", total.verdict]]);
      mismatch.add(labels, total.seconds);
    }
    const build = new MetricFamily("haprobe_build_info", "gauge", "Versions, as labels; always 1.");
    const versions: [string, string][] = [
      ["version", about.version],
      ["node", about.node],
    ];
    build.add(formatLabels(versions), 1);
    const config = new MetricFamily(
      "haprobe_config_last_reload_successful",
      "gauge",
      "1 if the configuration was loaded without an error the last time.",
    );
    config.add("", configOk ? 1 : 0);
    const lostLines = new MetricFamily(
      "haprobe_log_lines_lost_total",
      "counter",
      "Log lines that could not be written.",
    );
    lostLines.add("", lostLogLines());
    const lost = new MetricFamily(
      "haprobe_recording_inputs_lost_total",
      "counter",
      "Polls, probe results and ticks that are missing in the recording.",
    );
    lost.add("", lostInputs());
    const series = new MetricFamily(
      "haprobe_series_dropped_total",
      "counter",
      "Minutes of a server's series that were dropped because the store was behind.",
    );
    series.add("", droppedSeries);
    const own = [mismatch, build, config, lostLines, lost, series].map((family) => family.render()).join("");
    const ready = readiness();
    return (
      own +
      (ready === null ? "" : renderReadinessSeries(ready)) +
      (refusals?.render() ?? "") +
      renderStoreSeries(storeStatus()) +
      renderAlertSeries(alertStatus(), clock.wall()) +
      renderListenerSeries(listenerCertificate())
    );
  }

  async function renderAll(live: LiveState): Promise<string> {
    // Ten thousand servers take tens of milliseconds, so the work is done in slices.
    const servers = new ServerSeries(perServer);
    await forEachInSlices(clock, BOUNDS.sliceMs, live.servers(), (row) => servers.add(row));
    const texts: string[] = [];
    await forEachInSlices(clock, BOUNDS.sliceMs, servers.render(), (text) => texts.push(text));
    const present = live.instances();
    const names = new Set(present.map(({ name }) => name));
    texts.push(
      instances.render(present),
      renderFindingSeries(live.findings()),
      probes.render(names),
      faults.render(),
      ownText(servers),
      process.render(),
    );
    return texts.join("");
  }

  return {
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    recordPoll: (instance, durationMs, ok) => instances.recordPoll(instance, durationMs, ok),
    recordProbe: (outcome) => probes.recordProbe(outcome),
    recordPhases: (instance, phases) => probes.phases(instance, phases),
    recordFault: (fault) => faults.recordFault(fault),
    recordSinkDrop: (sink) => faults.recordSinkDrop(sink),
    name: "metrics",
    apply: (event) => mismatchSeconds.apply(event),
    recordSeriesDrop(servers) {
      droppedSeries += servers;
    },
    recordConfigReload(ok) {
      configOk = ok;
    },
    render(live) {
      rendering ??= renderAll(live).finally(() => {
        rendering = null;
      });
      return rendering;
    },
    stop: () => process.stop(),
  };
}
