import { isDeepStrictEqual } from "node:util";
import type { Alerting } from "./alert/alerting.ts";
import type { Clock } from "./clock.ts";
import { formatConfigError } from "./config/config-error.ts";
import { hasNoInstances } from "./config/instances.ts";
import type { LoadResult } from "./config/load.ts";
import { openListenerError } from "./config/open-listener.ts";
import { renderSettings } from "./config/render.ts";
import type { ConfigReader, ConfigStatus } from "./contract/config-status.ts";
import type { Settings } from "./contract/settings.ts";
import type { Engine } from "./engine.ts";
import type { FindingDraft } from "./judge/findings.ts";
import { createSerialQueue } from "./serial-queue.ts";
import type { Logger } from "./telemetry/logger.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** Settings that take effect at a restart only. */
const RESTART_ONLY_SETTINGS = [
  "listen",
  "listenMode",
  "listenInsecurely",
  "tls",
  "trustedProxies",
  "publicUrl",
  "allowedHosts",
  "metricsPerServer",
  "dataDir",
  "recording",
  "database",
  "retention",
  "vantage",
  "logFormat",
] as const satisfies readonly (keyof Settings)[];

/** Applies reloaded configurations, and says which one is in force. */
export interface ConfigReloader extends ConfigReader {
  /**
   * Replaces the configuration. One that is broken or cannot be applied is reported in the log, the metrics and a
   * finding, and the last good one stays in force. Calls run one after another; the promise never rejects.
   */
  apply(loaded: LoadResult): Promise<void>;
}

/** Creates the reloader of one engine; `settings` are those in force. */
export function createConfigReloader(parts: {
  engine: Engine;
  alerting: Pick<Alerting, "configure">;
  metrics: Metrics;
  log: Logger;
  access: { configure(settings: Settings): void };
  /** Reads the configuration again. */
  load: () => LoadResult;
  settings: Settings;
  clock: Clock;
}): ConfigReloader {
  const { engine, alerting, metrics, log, clock } = parts;
  const enqueue = createSerialQueue();
  let current = parts.settings;
  let loadedAt = clock.wall();
  let refused: ConfigStatus["refused"] = null;

  async function apply(loaded: LoadResult): Promise<void> {
    if (loaded.kind === "broken") return reject(loaded.errors.map(formatConfigError));
    const { settings, warnings } = loaded;
    // A file that is truncated while it is written may still be valid YAML.
    if (hasNoInstances(settings) && settings.database === null) return reject(["No HAProxy is configured"]);
    // The listener stays as it was started, and may not be left open by a change of `auth`.
    const { listen, tls, listenInsecurely } = parts.settings;
    const open = openListenerError({ listen, tls, listenInsecurely, auth: settings.auth });
    if (open !== null) return reject([`the listener in use ${open}; a restart applies listen and tls`]);
    for (const warning of warnings) log.warn({ event: "config-warning" }, warning);
    for (const key of RESTART_ONLY_SETTINGS) {
      if (!isDeepStrictEqual(current[key], settings[key])) {
        log.warn({ event: "config-needs-restart", key }, `${key} changed: this takes effect at a restart`);
      }
    }
    await engine.configure(settings);
    alerting.configure(settings);
    parts.access.configure(settings);
    metrics.recordConfigReload(true);
    engine.monitor.setOwnFindings("config", []);
    log.level = settings.logLevel;
    current = settings;
    loadedAt = clock.wall();
    refused = null;
    const { instances, rules } = settings;
    log.info(
      { event: "config-reloaded" },
      `configuration loaded: ${instances.length} instances, ${rules.length} rules`,
    );
  }

  function reject(errors: readonly string[]): void {
    refused = { at: new Date(clock.wall()).toISOString(), errors };
    metrics.recordConfigReload(false);
    engine.monitor.setOwnFindings("config", [createConfigBrokenFinding(errors)]);
    for (const error of errors) {
      log.error({ event: "config-broken" }, `${error}; the last good configuration stays in force`);
    }
  }

  const applyNext: ConfigReloader["apply"] = (loaded) =>
    enqueue(() => apply(loaded)).catch((error: unknown) => {
      log.error({ event: "config-not-applied", err: error }, "the configuration could not be applied");
      reject([`it could not be applied: ${error instanceof Error ? error.message : String(error)}`]);
    });

  return {
    apply: applyNext,
    reload: () => applyNext(parts.load()),
    status: () => ({
      text: renderSettings(current),
      loadedAt: new Date(loadedAt).toISOString(),
      needsRestart: RESTART_ONLY_SETTINGS.filter((key) => !isDeepStrictEqual(parts.settings[key], current[key])),
      refused,
    }),
  };
}

function createConfigBrokenFinding([first = "", ...others]: readonly string[]): FindingDraft {
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return {
    code: "config-broken",
    subject: { instance: null, backend: null, server: null },
    sentence: `The configuration is broken; the last good one stays in force: ${first}${more}`,
    advice: "Fix the reported line: the file is read again as soon as it changes, and on SIGHUP.",
    afterMs: 0,
  };
}
