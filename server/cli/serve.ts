import { hasNoInstances } from "../config/instances.ts";
import { hostname } from "node:os";
import { systemClock } from "../clock.ts";
import type { LoadResult } from "../config/load.ts";
import { watchFiles } from "../config/watch-files.ts";
import { HaprobeError } from "../errors.ts";
import { exposureOf, isWritable, missingProtection } from "../contract/listen.ts";
import { type Service, startService } from "../service.ts";
import { createLogOutput } from "../telemetry/log-output.ts";
import { createLogger } from "../telemetry/logger.ts";
import { VERSION } from "../version.ts";
import { EXIT } from "./exit-code.ts";
import { createSystemdNotifier } from "./systemd-notifier.ts";
import { triedAddresses, waitForDefaultAddress } from "./default-addresses.ts";
import { type CommonOptions, formatConfigErrors, loadConfig, formatNoInstances, reloadConfig } from "./options.ts";
import { formatHostPort } from "../contract/host-port.ts";
import { escapeUnprintableInLines } from "../contract/quote.ts";

/** `haprobe serve`: runs until `signal` is aborted; resolves with the exit code. */
export async function serve(options: CommonOptions, signal: AbortSignal): Promise<number> {
  let reloadWanted = false;
  let reload = (): void => {
    reloadWanted = true;
  };
  process.on("SIGHUP", () => reload());
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") return fail(formatConfigErrors(loaded));
  const { settings, warnings, file } = loaded;
  let readAgain = (): LoadResult => reloadConfig(options, loaded);

  const logOutput = createLogOutput(process.stderr);
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat, stream: logOutput });
  log.info({ event: "start", version: VERSION, config: file }, `haprobe ${VERSION} starts`);
  const isWithoutHaproxy = hasNoInstances(settings) && settings.database === null;
  if (isWithoutHaproxy) log.warn({ event: "no-haproxy" }, formatNoInstances());
  for (const warning of warnings) log.warn({ event: "config-warning" }, warning);
  const systemd = createSystemdNotifier({
    env: process.env,
    clock: systemClock,
    monotonic: process.hrtime.bigint,
    onError: (error) => log.warn({ event: "systemd-not-notified", err: error }, "systemd could not be notified"),
  });
  try {
    const service = await startService({
      settings,
      log,
      logOutput,
      clock: systemClock,
      random: Math.random,
      vantage: hostname(),
      load: () => readAgain(),
      tried: triedAddresses,
    });
    // What nothing handles, such as a throw in a timer or for what a socket read, is a fault to report: the polls and
    // probes of everything else go on, and a part that stands still makes /readyz fail.
    for (const event of ["unhandledRejection", "uncaughtException"])
      process.on(event, (error) => service.recordFault(error));
    log.info({ event: "listening" }, `listening on ${formatBoundAddress(service.address, settings.tls !== null)}`);
    if (!isWritable(exposureOf(settings))) {
      const missing = missingProtection(settings);
      log.warn(
        { event: "listening-insecurely" },
        `other machines reach this listener without ${missing}: it serves reading only, every write gets 403`,
      );
    }
    for (const { name, statsText, everyMs } of settings.instances) {
      log.info({ event: "polling", instance: name }, `polling ${name} at ${statsText} every ${everyMs} ms`);
    }
    const watch = watchFiles(loaded.watched, systemClock, () => reload());
    readAgain = () => {
      const next = reloadConfig(options, loaded);
      // Files of a broken configuration too: one that is missing may appear.
      watch.add(next.watched);
      return next;
    };
    reload = () => {
      const next = readAgain();
      systemd.reloading();
      void service.reload(next).then(() => systemd.ready());
    };
    systemd.ready();
    if (reloadWanted) reload();
    if (isWithoutHaproxy) void waitForDefaultAddress(systemClock, signal).then((isFound) => isFound && reload());
    await waitForAbort(signal);
    reload = () => {};
    const notified = systemd.stopping();
    await watch.stop();
    log.info({ event: "stop" }, "stopping");
    await Promise.all([service.stop(), notified]);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof HaprobeError)) throw error;
    return fail(`${error.message}\n${error.remedy} (${error.code})`);
  }
}

function formatBoundAddress({ host, port, socketPath }: Service["address"], isTls: boolean): string {
  return socketPath === null ? `${isTls ? "https" : "http"}://${formatHostPort(host, port)}` : `unix:${socketPath}`;
}

function fail(text: string): number {
  process.stderr.write(`haprobe: ${escapeUnprintableInLines(text)}\n`);
  return EXIT.config;
}

/** Resolves once the signal is aborted, and keeps the process alive until then: the timers of the service do not. */
function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const alive = setInterval(() => {}, 2 ** 30);
    signal.addEventListener(
      "abort",
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}
