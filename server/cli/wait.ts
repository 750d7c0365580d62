import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import type { Verdict } from "../contract/verdict.ts";
import { createEngine } from "../engine.ts";
import { matchesGlob } from "../match.ts";
import { escapeUnprintable } from "../telemetry/escape-unprintable.ts";
import { WAIT_EXIT } from "./exit-code.ts";
import { hasNoInstances, type CommonOptions, formatConfigErrors, loadConfig, formatNoInstances } from "./options.ts";
import { openFleetStream } from "./fleet-stream.ts";
import {
  type Goal,
  instanceGlob,
  type GoalProgress,
  evaluateGoal,
  type FleetState,
  formatServer,
} from "./wait-goal.ts";

const EVALUATE_EVERY_MS = 50;

export interface WaitOptions extends CommonOptions {
  readonly key: string;
  readonly verdicts: readonly Verdict[];
  readonly timeoutMs: number;
  /** How long what is waited for has to stand. */
  readonly stableMs: number;
  /** A running haprobe to ask; without it this process polls and probes for itself. */
  readonly url?: URL;
}

/** Where the state comes from. */
interface StateSource {
  /** Null while nothing is known. */
  state(): FleetState | null;
  /** Why nothing is; null where it may still come. */
  error(): string | null;
  stop(): void | Promise<void>;
}

/** `haprobe wait`: resolves with 0 once the goal has stood long enough, 1 at the timeout, 3 where nothing can be read. */
export async function wait(options: WaitOptions, signal: AbortSignal, print: (text: string) => void): Promise<number> {
  const source: StateSource | string =
    options.url === undefined ? localEngine(options) : openFleetStream(options.url, options.key);
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
  let everRead = false;
  let told = "";
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
      if (progress.kind !== "pending" && progress.sentence !== told) printError(progress.sentence);
      told = progress.sentence;
    }
    everRead ||= progress.kind === "reached" || progress.kind === "waiting";
    // What cannot be read from the start is a mistake; what breaks later may be part of the deployment.
    if (progress.kind === "broken" && !everRead) return WAIT_EXIT.unreadable;
    if (now >= deadline) {
      const code = progress.kind === "broken" || !everRead ? WAIT_EXIT.unreadable : WAIT_EXIT.timeout;
      return printError(`not reached within ${timeoutMs / 1_000} s`, code);
    }
    await pause(EVALUATE_EVERY_MS);
  }
  return WAIT_EXIT.unreadable;
}

function evaluateSource(source: StateSource, goal: Goal): GoalProgress {
  const sight = source.state();
  if (sight !== null) return evaluateGoal(goal, sight);
  const trouble = source.error();
  return trouble === null ? { kind: "pending", sentence: "" } : { kind: "broken", sentence: trouble };
}

/** Polls and probes for itself; a text where the configuration does not allow it. */
function localEngine(options: WaitOptions): StateSource | string {
  const loaded = loadConfig(options);
  if (loaded.kind === "broken") return formatConfigErrors(loaded);
  if (hasNoInstances(loaded.settings)) return formatNoInstances();
  const wanted = instanceGlob(options.key);
  const instances = loaded.settings.instances.filter(({ name }) => matchesGlob(wanted, name));
  const engine = createEngine({
    settings: { ...loaded.settings, instances },
    clock: systemClock,
    random: Math.random,
    vantage: hostname(),
    epoch: randomUUID(),
    sinks: [],
    onOwnFault: (detail) => printError(`probes could not be sent from this machine: ${detail}`),
    onDiscoveryFailure: ({ message }) => process.stderr.write(`haprobe: ${message}\n`),
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
  process.stderr.write(`haprobe: ${escapeUnprintable(text)}\n`);
  return exitCode;
}
