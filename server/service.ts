import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createAccessGuard } from "./access/access-guard.ts";
import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import type { LoadResult } from "./config/load.ts";
import type { EventSink, Readiness } from "./contract/ports.ts";
import type { Settings } from "./contract/settings.ts";
import { createEngine, type Engine } from "./engine.ts";
import { createApp } from "./http/app.ts";
import { startHttpListener } from "./http/http-listener.ts";
import { type OwnEndpoint, ownEndpoints } from "./http/own-endpoints.ts";
import { attachPushEndpoints } from "./push/push-endpoints.ts";
import { createStatePublisher } from "./push/state-publisher.ts";
import { createConfigReloader } from "./config-reloader.ts";
import type { Logger } from "./telemetry/logger.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { createEventLog } from "./telemetry/event-log.ts";
import { VERSION } from "./version.ts";

/** The running service. */
export interface Service {
  /** Where it really listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** Goes on with a configuration that was loaded again, or keeps the last good one. */
  reload(loaded: LoadResult): Promise<void>;
  /** Ends everything in the reverse order of its start. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly vantage: string;
}

/** Builds, joins and starts everything; throws HAPROBE_LISTEN_FAILED where it cannot listen, with nothing left running. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, log, clock, random, vantage } = options;
  const epoch = randomUUID();
  const startedAt = new Date(clock.wall()).toISOString();

  const verdictLog = createEventLog(log, clock);
  // The metrics read the monitor, and the monitor tells the metrics: the second is tied when both exist.
  let metrics: Metrics | null = null;
  const metricsSink: EventSink = { apply: (event) => metrics?.apply(event) };
  let own: readonly OwnEndpoint[] = [];
  const engine = createEngine({
    settings,
    ownEndpoints: () => own,
    clock,
    random,
    vantage,
    epoch,
    sinks: [verdictLog, metricsSink],
    measurements: () => metrics,
    onOwnFault: (detail, count) =>
      log.warn({ event: "probe-not-sent", count }, `probes could not be sent from this machine: ${detail}`),
    onDiscoveryFailure: ({ name, code, message }) =>
      log.warn({ event: "discovery-failed", instance: name, code }, message),
  });
  const { monitor } = engine;
  metrics = createMetrics({
    live: monitor.live,
    perServer: settings.metricsPerServer,
    about: { version: VERSION, node: process.versions.node },
    clock,
  });
  const publication = createStatePublisher({ live: monitor.live, changes: monitor, clock, epoch });
  const access = createAccessGuard({ listenHost: settings.listen.host, publicUrl: settings.publicUrl });
  const app = createApp({
    live: monitor.live,
    published: publication,
    readiness: createReadiness(engine),
    metrics,
    access,
    webRoot: findWebRoot(),
    haprobeInfo: { version: VERSION, epoch, vantage, startedAt, settings: toPublicSettings(settings) },
    clock,
    onInternalError: (error) =>
      log.error({ event: "request-failed", err: error }, "a request failed by a fault of haprobe"),
  });

  let listener: Awaited<ReturnType<typeof startHttpListener>>;
  try {
    listener = await startHttpListener({ app, ...settings.listen, clock });
  } catch (error) {
    publication.stop();
    metrics.stop();
    verdictLog.stop();
    throw error;
  }
  own = ownEndpoints(listener.address.host, listener.address.port);
  const push = attachPushEndpoints({ server: listener.server, published: publication, access, clock });
  const reload = createConfigReloader({ engine, metrics, log, settings });
  await engine.start();

  return {
    address: listener.address,
    reload: (loaded) => reload.apply(loaded),
    async stop() {
      await engine.stop();
      publication.stop();
      await push.close();
      await listener.close(BOUNDS.shutdownMs);
      metrics.stop();
      verdictLog.stop();
    },
  };
}

/** Ready once each instance was tried: an unreachable HAProxy is what people come to see, so it is a remark. */
function createReadiness({ unpolled: untried, monitor }: Engine): Readiness {
  return {
    notReady: () => untried().map((name) => `instance ${name} was not asked yet`),
    remarks: () =>
      monitor.live
        .instances()
        .filter(({ error, state }) => error !== null || state === "stale")
        .map(({ name, error, state }) => `instance ${name} ${error?.message ?? state}`),
  };
}

function toPublicSettings(settings: Settings): Readonly<Record<string, string | number | boolean | null>> {
  return {
    listen: `${settings.listen.host}:${settings.listen.port}`,
    publicUrl: settings.publicUrl,
    instances: settings.instances.length,
    rules: settings.rules.length,
  };
}

/** The built dashboard: beside the built server in a package, in `dist` of a checkout. */
function findWebRoot(): string | null {
  for (const place of ["../dist/web", "../web"]) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    // `web` of a checkout holds the sources: only a build has hashed assets.
    if (existsSync(`${folder}/index.html`) && existsSync(`${folder}/assets`)) return folder;
  }
  return null;
}
