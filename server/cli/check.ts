import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { BOUNDS } from "../bounds.ts";
import { systemClock } from "../clock.ts";
import { CONTRACT_VERSION, type FleetSummary, type InstanceStatus, type ServerStatus } from "../contract/status.ts";
import { createEngine } from "../engine.ts";
import { checkTable } from "./check-table.ts";
import { CHECK_EXIT } from "./exit-code.ts";
import { type CommonOptions, complaintsText, loadFor, noInstanceText } from "./options.ts";
import { whenDecided } from "./when-decided.ts";

/** What `check` found: printed as JSON, or as a table for people. */
export interface CheckReport {
  readonly version: number;
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly summary: FleetSummary;
}

export interface CheckOptions extends CommonOptions {
  readonly format: "table" | "json";
  readonly maxWaitMs?: number;
  readonly colour: boolean;
}

/** `haprobe check`: polls, probes until every server is decided, prints, and resolves with the exit code. */
export async function check(
  options: CheckOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const loaded = loadFor(options);
  if (loaded.kind === "broken") return fail(complaintsText(loaded));
  if (loaded.settings.instances.length === 0) return fail(noInstanceText());

  const engine = createEngine({
    settings: loaded.settings,
    clock: systemClock,
    random: Math.random,
    vantage: hostname(),
    epoch: randomUUID(),
    sinks: [],
    onOwnFault: (detail) => process.stderr.write(`haprobe: probes could not be sent from this machine: ${detail}\n`),
  });
  engine.start();
  await whenDecided(engine.monitor, systemClock, options.maxWaitMs ?? BOUNDS.checkMaxWaitMs, signal);
  const { live } = engine.monitor;
  const report: CheckReport = {
    version: CONTRACT_VERSION,
    servers: [...live.servers()],
    instances: live.instances(),
    summary: live.summary(),
  };
  await engine.stop();
  if (signal.aborted) return CHECK_EXIT.unknown;
  print(options.format === "json" ? `${JSON.stringify(report, null, 2)}\n` : checkTable(report, options.colour));
  return checkExitCode(report);
}

/** 2 for a confirmed false-up, 1 for any other mismatch, 3 where HAProxy was not readable or nothing could be judged, else 0. */
export function checkExitCode({ servers, instances }: CheckReport): number {
  const counted = servers.filter((server) => server.expected === null);
  if (counted.some((server) => server.verdict === "false-up" && server.phase === "confirmed"))
    return CHECK_EXIT.critical;
  if (counted.some((server) => server.phase !== null)) return CHECK_EXIT.warning;
  const blind = servers.some((server) => server.reason === "prober-blind");
  const judged = servers.some((server) => server.verdict !== "unknown");
  const unreadable = instances.some((instance) => instance.state !== "ok");
  return blind || unreadable || !judged ? CHECK_EXIT.unknown : CHECK_EXIT.ok;
}

function fail(text: string): number {
  process.stderr.write(`haprobe: ${text}\n`);
  return CHECK_EXIT.unknown;
}
