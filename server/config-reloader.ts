import { isDeepStrictEqual } from "node:util";
import { formatConfigError } from "./config/config-error.ts";
import type { LoadResult } from "./config/load.ts";
import type { Settings } from "./contract/settings.ts";
import type { Engine } from "./engine.ts";
import type { FindingDraft } from "./judge/findings.ts";
import type { Logger } from "./telemetry/logger.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** Settings that only a new process can take. */
const RESTART_ONLY_SETTINGS = [
  "listen",
  "publicUrl",
  "metricsPerServer",
  "logFormat",
] as const satisfies readonly (keyof Settings)[];

/** Takes configurations that were loaded again. */
export interface ConfigReloader {
  /** A good one replaces the one before; a broken one leaves it in force, and says so in the log, the metrics and a finding. */
  apply(loaded: LoadResult): Promise<void>;
}

/** Reloads one engine; loadings that come while one is under way follow it, in order. */
export function createConfigReloader(parts: {
  engine: Engine;
  metrics: Metrics;
  log: Logger;
  settings: Settings;
}): ConfigReloader {
  const { engine, metrics, log } = parts;
  let current = parts.settings;
  let line: Promise<void> = Promise.resolve();

  async function apply(loaded: LoadResult): Promise<void> {
    if (loaded.kind === "broken") {
      metrics.recordConfigReload(false);
      engine.monitor.setOwnFindings([createConfigBrokenFinding(loaded)]);
      for (const complaint of loaded.errors) {
        log.error(
          { event: "config-broken" },
          `${formatConfigError(complaint)}; the last good configuration stays in force`,
        );
      }
      return;
    }
    const { settings, warnings } = loaded;
    for (const warning of warnings) log.warn({ event: "config-doubt" }, warning);
    for (const key of RESTART_ONLY_SETTINGS) {
      if (!isDeepStrictEqual(current[key], settings[key])) {
        log.warn({ event: "config-needs-restart", key }, `${key} changed: that needs a restart`);
      }
    }
    metrics.recordConfigReload(true);
    engine.monitor.setOwnFindings([]);
    log.level = settings.logLevel;
    current = settings;
    await engine.configure(settings);
    const { instances, rules } = settings;
    log.info(
      { event: "config-reloaded" },
      `configuration loaded: ${instances.length} instances, ${rules.length} rules`,
    );
  }

  return {
    apply(loaded) {
      line = line.then(() => apply(loaded));
      return line;
    },
  };
}

function createConfigBrokenFinding({ errors: complaints }: Extract<LoadResult, { kind: "broken" }>): FindingDraft {
  const first = complaints[0];
  const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : "";
  return {
    code: "config-broken",
    subject: { instance: null, backend: null, server: null },
    sentence: `The configuration is broken; the last good one stays in force: ${first === undefined ? "" : formatConfigError(first)}${more}`,
    advice: "Mend the line that is named: it is read again as soon as the file changes, and on SIGHUP.",
    afterMs: 0,
  };
}
