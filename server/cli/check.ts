import { hasNoInstances } from "../config/instances.ts";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { BOUNDS } from "../bounds.ts";
import { systemClock } from "../clock.ts";
import type { Finding } from "../contract/finding.ts";
import { CONTRACT_VERSION, type FleetSummary, type InstanceStatus, type ServerStatus } from "../contract/status.ts";
import { createEngine } from "../engine.ts";
import { renderPluginLine, renderPluginStatus } from "./check-plugin.ts";
import { renderCheckTable } from "./check-table.ts";
import { CHECK_EXIT } from "./exit-code.ts";
import { renderFindings } from "./finding-lines.ts";
import { type CommonOptions, formatConfigErrors, loadConfig, formatNoInstances } from "./options.ts";
import type { CHECK_FORMATS } from "./output-formats.ts";
import { STDERR_FAULTS } from "./stderr-faults.ts";
import { escapeUnprintable, escapeUnprintableInLines } from "../contract/quote.ts";
import { ERROR_REMEDIES } from "../errors.ts";
import { isUndecided, waitUntilDecided } from "./wait-until-decided.ts";

/** The result of `check`. */
export interface CheckReport {
  readonly version: number;
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly summary: FleetSummary;
  /** Present with `--findings` only. */
  readonly findings?: readonly Finding[];
}

export interface CheckOptions extends CommonOptions {
  readonly format: (typeof CHECK_FORMATS)[number];
  readonly maxWaitMs?: number;
  /** Also print findings. */
  readonly findings: boolean;
  readonly colour: boolean;
  /** Prints on stderr what it waits for. */
  readonly progress: boolean;
}

/** `haprobe check`: polls and probes until every server is decided, prints the result, and resolves with the exit code. */
export async function check(
  options: CheckOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const fail = (text: string): number => {
    // Monitoring systems show the first line of stdout only.
    if (options.format === "plugin") print(`${renderPluginStatus(CHECK_EXIT.unknown, text.split("\n")[0] ?? "")}\n`);
    printNote(text);
    return CHECK_EXIT.unknown;
  };
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") return fail(formatConfigErrors(loaded));
  if (hasNoInstances(loaded.settings)) return fail(formatNoInstances());

  const engine = createEngine({
    settings: loaded.settings,
    clock: systemClock,
    random: Math.random,
    vantage: loaded.settings.vantage ?? hostname(),
    epoch: randomUUID(),
    faults: STDERR_FAULTS,
    onOwnFault: (detail) => printNote(`probes could not be sent from this machine: ${escapeUnprintable(detail)}`),
    onDiscoveryFailure: ({ code, message }) =>
      printNote(`${escapeUnprintable(message)} [${code}]\n  ${ERROR_REMEDIES[code]}`),
  });
  await engine.start();
  const defaultWaitMs = options.format === "plugin" ? BOUNDS.checkPluginMaxWaitMs : BOUNDS.checkMaxWaitMs;
  const wait = {
    maxWaitMs: options.maxWaitMs ?? defaultWaitMs,
    awaitFindings: options.findings,
    onWaiting: options.progress
      ? (sentence: string) => printNote(`waiting for ${escapeUnprintable(sentence)}`)
      : () => {},
  };
  await waitUntilDecided(engine, systemClock, wait, signal);
  const { live } = engine.monitor;
  const report: CheckReport = {
    version: CONTRACT_VERSION,
    servers: [...live.servers()],
    instances: live.instances(),
    summary: live.summary(),
    ...(options.findings ? { findings: live.findings() } : {}),
  };
  await engine.stop();
  if (signal.aborted) return CHECK_EXIT.unknown;
  const exitCode = checkExitCode(report, live.findings());
  print(renderReport(report, options, exitCode));
  return exitCode;
}

/** Prints on stderr. Text from outside is escaped. */
function printNote(text: string): void {
  process.stderr.write(`haprobe: ${escapeUnprintableInLines(text)}\n`);
}

function renderReport(report: CheckReport, { format, colour }: CheckOptions, exitCode: number): string {
  const findings = report.findings === undefined ? "" : renderFindings(report.findings);
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "plugin":
      // Further lines are the long output of a plugin, where a `|` also begins performance data.
      return renderPluginLine(report, exitCode) + findings.replaceAll("|", "/");
    case "table":
      return renderCheckTable(report, colour) + (findings === "" ? "" : `\n${findings}`);
    default:
      return format satisfies never;
  }
}

/**
 * 2 for a confirmed false-up; 1 for any other mismatch, a split or a backend without a usable server; else 3 if a HAProxy
 * could not be read, a server is still undecided, the prober is blind or nothing could be judged; else 0. Servers without
 * a probe rule do not count.
 */
export function checkExitCode({ servers, instances }: CheckReport, findings: readonly Finding[] = []): number {
  const counted = servers.filter((server) => server.expected === null);
  if (counted.some((server) => server.verdict === "false-up" && server.phase === "confirmed"))
    return CHECK_EXIT.critical;
  const isWarning = findings.some(({ code }) => code === "split" || code === "backend-without-servers");
  if (isWarning || counted.some((server) => server.phase !== null)) return CHECK_EXIT.warning;
  const unreadable = instances.some((instance) => instance.state !== "ok");
  const undecided = counted.some((server) => isUndecided(server) || server.reason === "prober-blind");
  const judged = servers.some((server) => server.verdict !== "unknown" || isExcluded(server));
  return unreadable || undecided || !judged ? CHECK_EXIT.unknown : CHECK_EXIT.ok;
}

/** True for a server that no rule covers or that a rule skips. */
function isExcluded({ reason }: ServerStatus): boolean {
  return reason === "no-probe-rule" || reason === "skipped";
}
