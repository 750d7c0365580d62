import { hasNoInstances } from "../config/instances.ts";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import type { Verdict } from "../contract/verdict.ts";
import { createEngine } from "../engine.ts";
import { matchesGlob } from "../match.ts";
import { escapeUnprintable, escapeUnprintableInLines } from "../contract/quote.ts";
import { WAIT_EXIT } from "./exit-code.ts";
import { formatConfigErrors, loadConfig, formatNoInstances } from "./options.ts";
import { openFleetStream } from "./fleet-stream.ts";
import { serviceEndpoint, type ServiceOptions } from "./service-endpoint.ts";
import {
  type Goal,
  instanceGlob,
  type GoalProgress,
  evaluateGoal,
  type FleetState,
  formatServer,
} from "./wait-goal.ts";
import { STDERR_FAULTS } from "./stderr-faults.ts";

const EVALUATE_EVERY_MS = 50;

export interface WaitOptions extends ServiceOptions {
  readonly key: string;
  readonly verdicts: readonly Verdict[];
  readonly timeoutMs: number;
  /** How long the goal must hold. */
  readonly stableMs: number;
}

/** The source of the state. */
interface StateSource {
  /** Null while there is none. */
  state(): FleetState | null;
  /** Why there is no state; null if it may still come. */
  error(): string | null;
  stop(): void | Promise<void>;
}

/** `haprobe wait`: follows the haprobe at `url`, or polls and probes itself; resolves with 0 once the goal held long enough, 1 at the timeout, 3 if nothing can be read. */
export async function wait(options: WaitOptions, signal: AbortSignal, print: (text: string) => void): Promise<number> {
  const source = options.url === undefined ? localEngine(options) : await runningService(options);
  if (typeof source === "string") return printError(source, WAIT_EXIT.unreadable);
  try {
    return await waitForGoal(source, options, signal, print);
  } finally {
    await source.stop();
  }
}

async function waitForGoal(
  source: StateSource,
  { key, verdicts, timeoutMs, stableMs }: WaitOptions,
  signal: AbortSignal,
  print: (text: string) => void,
): Promise<number> {
  const goal: Goal = { key, verdicts: new Set(verdicts) };
  const deadline = systemClock.now() + timeoutMs;
  let reachedAt: number | null = null;
  let wasRead = false;
  let printed = "";
  while (!signal.aborted) {
    const now = systemClock.now();
    const progress = evaluateSource(source, goal);
    if (progress.kind === "nowhere") {
      return printError(`no HAProxy named ${instanceGlob(key)} is polled`, WAIT_EXIT.unreadable);
    }
    if (progress.kind === "reached") {
      reachedAt ??= now;
      if (now - reachedAt >= stableMs) {
        print(progress.servers.map((server) => `${escapeUnprintable(formatServer(server))}\n`).join(""));
        return WAIT_EXIT.reached;
      }
    } else {
      reachedAt = null;
      if (progress.kind !== "pending" && progress.sentence !== printed)
        printError(escapeUnprintable(progress.sentence));
      printed = progress.sentence;
    }
    wasRead ||= progress.kind === "reached" || progress.kind === "waiting";
    // An unreadable source at the start is a mistake; later it may be part of the deployment.
    if (progress.kind === "broken" && !wasRead) return WAIT_EXIT.unreadable;
    if (now >= deadline) {
      const code = progress.kind === "broken" || !wasRead ? WAIT_EXIT.unreadable : WAIT_EXIT.timeout;
      return printError(`not reached within ${timeoutMs / 1_000} s`, code);
    }
    await pause(EVALUATE_EVERY_MS);
  }
  return WAIT_EXIT.unreadable;
}

function evaluateSource(source: StateSource, goal: Goal): GoalProgress {
  const state = source.state();
  if (state !== null) return evaluateGoal(goal, state);
  const error = source.error();
  return error === null ? { kind: "pending", sentence: "" } : { kind: "broken", sentence: error };
}

/** A running haprobe as the source; an error text if its address is unusable. */
async function runningService(options: WaitOptions): Promise<StateSource | string> {
  const endpoint = await serviceEndpoint(options);
  return typeof endpoint === "string" ? endpoint : openFleetStream(endpoint, options.key);
}

/** An engine of this process as the source; an error text if the configuration is invalid. */
function localEngine(options: WaitOptions): StateSource | string {
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") return formatConfigErrors(loaded);
  if (hasNoInstances(loaded.settings)) return formatNoInstances();
  const glob = instanceGlob(options.key);
  const instances = loaded.settings.instances.filter(({ name }) => matchesGlob(glob, name));
  const engine = createEngine({
    settings: { ...loaded.settings, instances },
    clock: systemClock,
    random: Math.random,
    vantage: loaded.settings.vantage ?? hostname(),
    epoch: randomUUID(),
    faults: STDERR_FAULTS,
    onOwnFault: (detail) => printError(`probes could not be sent from this machine: ${detail}`),
    onDiscoveryFailure: ({ message }) => process.stderr.write(`haprobe: ${escapeUnprintable(message)}\n`),
  });
  void engine.start();
  const { live } = engine.monitor;
  return {
    state: () => ({ instances: live.instances(), servers: live.servers() }),
    error: () => null,
    stop: () => engine.stop(),
  };
}

function printError(text: string, exitCode = 0): number {
  process.stderr.write(`haprobe: ${escapeUnprintableInLines(text)}\n`);
  return exitCode;
}
