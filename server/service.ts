import { randomUUID } from "node:crypto";
import { basePathOf } from "./access/request-target.ts";
import { AuditLog } from "./access/audit-log.ts";
import { MemoryAudit } from "./access/memory-audit.ts";
import { SendingBytes } from "./access/sending-bytes.ts";
import { clientOf, TrustedProxies } from "./access/client.ts";
import { createAlertControl } from "./alert/alert-control.ts";
import { BOUNDS } from "./bounds.ts";
import type { LoadResult } from "./config/load.ts";
import type { MonitorEvent } from "./contract/event.ts";
import type { TimerWrite } from "./contract/store.ts";
import type { RefusedKind } from "./contract/refusal.ts";
import { exposureOf, isWritable } from "./contract/listen.ts";
import { createEngine } from "./engine.ts";
import { describeVantage } from "./forward/describe-vantage.ts";
import { startForwarding } from "./forward/forwarding.ts";
import { createHistoryReader, NO_HISTORY } from "./history/history-reader.ts";
import { SampleRings } from "./history/sample-rings.ts";
import { createSeriesReader } from "./history/series-reader.ts";
import { SeriesRecorder } from "./history/series-recorder.ts";
import { createApp } from "./http/app.ts";
import { connectionLimit, type BoundAddress, startHttpListener } from "./http/http-listener.ts";
import { ownEndpoints } from "./http/own-endpoints.ts";
import { Hub } from "./hub/hub.ts";
import { startMarkingPace } from "./marking-pace.ts";
import { startMemoryRelease } from "./memory-release.ts";
import { listGoneServers } from "./monitor/gone-servers.ts";
import { createIncidentArchive } from "./monitor/incident-archive.ts";
import { openFileLimit } from "./probe/open-file-limit.ts";
import { createReadiness } from "./readiness.ts";
import { attachPushEndpoints } from "./push/push-endpoints.ts";
import { createStatePublisher } from "./push/state-publisher.ts";
import { createConfigReloader } from "./config-reloader.ts";
import { createAlertFindings } from "./judge/alert-findings.ts";
import { createLogFindings, createRecordingFindings } from "./judge/own-findings.ts";
import { createForwardFindings } from "./judge/forward-findings.ts";
import { uuidV7 } from "./monitor/uuid.ts";
import { createAccess } from "./service/access.ts";
import { createAlerting } from "./service/alerting.ts";
import { createFaultReporter } from "./service/fault-reporter.ts";
import { createIncidentActions } from "./service/incident-actions.ts";
import { watchListenerCertificate } from "./service/listener-certificate.ts";
import { reportLostLines } from "./service/lost-lines.ts";
import type { ServiceOptions } from "./service/options.ts";
import { toPublicSettings } from "./service/public-settings.ts";
import { createRecording } from "./service/recording.ts";
import { createRequestErrorLog } from "./service/request-error-log.ts";
import { createStorage, listStoreFindings } from "./service/storage.ts";
import { findWebRoot } from "./service/web-root.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { createEventLog } from "./telemetry/event-log.ts";
import { Refusals } from "./telemetry/refusals.ts";
import { createWriteLog } from "./telemetry/write-log.ts";
import { VERSION } from "./version.ts";

/** The running service. */
export interface Service {
  readonly address: BoundAddress;
  /** Applies a reloaded configuration; a broken one leaves the last good one in force. Never rejects. */
  reload(loaded: LoadResult): Promise<void>;
  /** Logs and counts an error that nothing else handled. */
  recordFault(error: unknown): void;
  /** Stops everything in the reverse order of its start. */
  stop(): Promise<void>;
}

/**
 * Builds, connects and starts everything; throws HAPROBE_LISTEN_FAILED if it cannot listen, and HAPROBE_DATA_DIR_LOCKED if
 * another process uses its data directory. A start that fails leaves nothing running.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, log, logOutput, clock, random } = options;
  const epoch = randomUUID();
  const startedAt = new Date(clock.wall()).toISOString();
  await using started = new AsyncDisposableStack();

  const storage = createStorage(options, started);
  const restored = (await storage?.start()) ?? null;
  const vantage = storage?.vantage ?? settings.vantage ?? options.vantage;

  const recording = createRecording(options, vantage, epoch);
  if (recording !== null) started.defer(() => recording.close());

  const refusals = new Refusals(log, clock);
  const onRefused = (kind: RefusedKind): void => refusals.record(kind);
  const metrics = createMetrics({
    perServer: settings.metricsPerServer,
    about: { version: VERSION, node: process.versions.node },
    lostLogLines: () => logOutput?.lostLines ?? 0,
    lostInputs: () => recording?.lostInputs ?? 0,
    storeStatus: () => storage?.status() ?? null,
    alertStatus: () => alerting.status(),
    refusals,
    listenerCertificate: () => tls?.certificate ?? null,
    readiness: () => ({ isReady: readiness.notReady().length === 0, late: readiness.lateness() }),
    clock,
  });
  started.defer(() => metrics.stop());
  const eventLog = createEventLog(log, clock);
  started.defer(() => eventLog.stop());
  const faults = createFaultReporter(log, metrics, clock, started);
  const engine = createEngine({
    settings,
    clock,
    random,
    vantage,
    epoch,
    faults,
    measurements: metrics,
    ...(recording === null ? {} : { recorder: recording }),
    ...(restored === null ? {} : { restored }),
    onOwnFault: (detail, count) =>
      log.warn({ event: "probe-not-sent", count }, `probes could not be sent from this machine: ${detail}`),
    onDiscoveryFailure: ({ name, code, message }) =>
      log.warn({ event: "discovery-failed", instance: name, code }, message),
  });
  const { monitor } = engine;
  const { live } = monitor;
  recording?.onError((error) => monitor.setOwnFindings("recording", createRecordingFindings(error)));
  monitor.subscribe(eventLog);
  monitor.subscribe(metrics);
  const certificate =
    settings.tls === null
      ? null
      : await watchListenerCertificate(settings.tls, clock, log, (findings) =>
          monitor.setOwnFindings("listener", findings),
        );
  const tls = certificate?.files ?? null;
  if (tls !== null) started.defer(() => tls.stop());
  const readiness = createReadiness({
    engine,
    storeStatus: () => storage?.status() ?? null,
    certificate: () => tls?.certificate ?? null,
    ownFindings: () => [
      ...createLogFindings(logOutput?.error ?? null),
      ...listStoreFindings(storage),
      ...(certificate?.findings() ?? []),
    ],
    clock,
  });
  const following = {
    plan: (event: MonitorEvent) => alerting.plan(event),
    onTimersStored: (timers: readonly TimerWrite[]) => alerting.expect(timers),
  };
  const hub =
    storage === null || settings.database === null
      ? null
      : new Hub({
          store: storage.store,
          local: live,
          localChanges: monitor.changes,
          own: { site: settings.site, vantage },
          clock,
          holder: `${vantage}:${epoch}`,
          createId: uuidV7,
          ...following,
          onStoreFailure: (error) => log.warn({ event: "hub-store-away", err: error }, "incidents wait for the store"),
          onFindings: (findings) => monitor.setOwnFindings("hub", findings),
        });
  if (hub !== null) started.defer(() => hub.stop());
  /** What pages, streams and alerts show: on a hub what all vantages see. */
  const shown = hub?.state ?? live;
  const alerting = createAlerting(options, {
    store: storage?.store ?? null,
    live: shown,
    holder: `${vantage}:${epoch}`,
    isWorking: () => readiness.isWorking(),
    onChange: (status) => monitor.setOwnFindings("alerts", createAlertFindings(status)),
  });
  monitor.subscribe(alerting);
  started.defer(() => alerting.stop());
  if (storage !== null) {
    const storeSink = storage.createSink({
      ...following,
      keepsIncidents: () => hub?.isReducing !== true,
      ...(hub === null ? {} : { vantageStatus: () => describeVantage(live, settings.site, VERSION) }),
      readServer: (key) => live.server(key),
      ...(hub === null && settings.hub === null ? {} : { readEvidence: (key) => monitor.evidence(key) }),
      listGone: (servers) => listGoneServers(live, servers),
      onLost: () => monitor.restate(),
      faults,
      onChange: () => monitor.setOwnFindings("store", listStoreFindings(storage)),
      onLateState: (stored) => engine.restoreLate(stored),
    });
    monitor.subscribe(storeSink);
    started.defer(() => storeSink.stop());
  }
  if (storage !== null && settings.hub !== null) {
    const forwarding = startForwarding({
      settings: settings.hub,
      store: storage.store,
      log: () => storage.logName,
      live,
      version: VERSION,
      clock,
      random,
      onChange: () => monitor.setOwnFindings("forward", createForwardFindings(forwarding.status())),
    });
    started.defer(() => forwarding.stop());
  }
  if (logOutput !== undefined) {
    started.defer(reportLostLines(logOutput, log, (findings) => monitor.setOwnFindings("log", findings)));
  }
  const rings = new SampleRings();
  const seriesRecorder = new SeriesRecorder({
    samples: () => monitor.samples(),
    rings,
    store: storage?.store ?? null,
    minutesKeptMs: settings.retention.minutesMs,
    hoursKeptMs: settings.retention.hoursMs,
    clock,
    onDropped: (servers) => metrics.recordSeriesDrop(servers),
    onError: (error) => faults.recordFault({ part: "process", name: "", error }),
  });
  started.defer(() => seriesRecorder.stop());
  const published = createStatePublisher({ live: shown, changes: hub?.state ?? monitor.changes, clock, epoch, faults });
  started.defer(() => published.stop());
  const access = createAccess(settings, storage?.store ?? null, clock, started);
  const proxies = new TrustedProxies(settings.trustedProxies);
  const reloader = createConfigReloader({
    engine,
    alerting,
    metrics,
    log,
    access,
    load: options.load ?? (() => ({ kind: "loaded", settings, file: null, files: [], watched: [], warnings: [] })),
    settings,
    clock,
  });
  const audit = new AuditLog({
    store: storage?.store ?? new MemoryAudit(),
    clock,
    keep: storage === null ? BOUNDS.auditKeptInMemory : BOUNDS.auditKept,
    onLost: (count) => log.warn({ event: "audit-lost", count }, `${count} entries of the audit log were lost`),
  });
  started.defer(() => audit.stop());
  const writeLog = createWriteLog(log, clock);
  started.defer(() => writeLog.stop());
  const basePath = basePathOf(settings.publicUrl);
  const sending = new SendingBytes(BOUNDS.bytesBeingSentMax);
  const app = createApp({
    live: shown,
    actions: createIncidentActions({ store: storage?.store ?? null, hub, monitor, clock, ...following }),
    alerts: createAlertControl(alerting, clock),
    config: reloader,
    audit,
    onAudit(entry) {
      audit.record(entry);
      if (entry.action.includes("/session/") || entry.action.includes("/oidc/"))
        log.info({ event: "session", ...entry }, entry.action);
    },
    session: access.session,
    published,
    hub: hub?.state ?? null,
    ingest: hub?.ingest ?? null,
    readiness,
    archive: storage === null ? null : createIncidentArchive(storage.store, clock),
    history: storage === null ? NO_HISTORY : createHistoryReader(storage.store, clock, hub?.pastFleet),
    sources: engine,
    series: createSeriesReader(rings, storage?.store ?? null, settings.retention.minutesMs, clock),
    metrics: { contentType: metrics.contentType, render: () => metrics.render(live) },
    access: access.guard,
    webRoot: options.webRoot ?? findWebRoot(),
    basePath,
    isTls: tls !== null,
    isSecure: settings.publicUrl?.startsWith("https:") ?? tls !== null,
    isReadOnly: !isWritable(exposureOf(settings)),
    haprobeInfo: { version: VERSION, epoch, vantage, startedAt, settings: toPublicSettings(settings) },
    tried: options.tried ?? (() => []),
    clock,
    sending,
    onWrite: (write) => writeLog.recordWrite(write),
    onAlertWrite: ({ what, ...write }) => log.info({ event: what, ...write }, `${what}: ${write.id}`),
    onWriteRefused: (request, detail) => writeLog.recordRefusal(request.path, clientOf(request).address, detail),
    onRefused,
    onInternalError: createRequestErrorLog(log, clock, started),
  });
  const openFiles = openFileLimit();
  const listener = await startHttpListener({
    app,
    ...settings.listen,
    mode: settings.listenMode,
    tls,
    proxies,
    clock,
    openFiles,
    basePath,
    onRefused,
  });
  started.defer(() => listener.close(BOUNDS.shutdownMs));
  const push = attachPushEndpoints({
    server: listener.server,
    published,
    access: access.guard,
    clock,
    sending,
    faults,
    // Streams keep their connections, so half of those are left for requests.
    streamsMax: Math.min(BOUNDS.streamClientsMax, connectionLimit(openFiles) / 2),
    onStream: (socket) => listener.keep(socket),
    basePath,
    proxies,
    onRefused,
  });
  started.defer(() => push.close());
  const servers = (): number => live.instances().reduce((sum, instance) => sum + instance.servers, 0);
  started.defer(startMemoryRelease({ clock, servers }));
  started.defer(startMarkingPace({ clock }));
  started.defer(() => engine.stop());
  hub?.start();
  alerting.start();
  await engine.start(ownEndpoints(listener.address));

  const running = started.move();
  return {
    address: listener.address,
    reload: async (loaded) => {
      await Promise.all([reloader.apply(loaded), tls?.check()]);
    },
    recordFault: (error) => faults.recordFault({ part: "process", name: "", error }),
    stop: () => running.disposeAsync(),
  };
}
