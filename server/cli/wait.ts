import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../clock.ts";
import type { Verdict } from "../contract/verdict.ts";
import { createEngine } from "../engine.ts";
import { matchesGlob } from "../match.ts";
import { escapeUnprintable } from "../telemetry/escape-unprintable.ts";
import { WAIT_EXIT } from "./exit-code.ts";
import { asksNobody, type CommonOptions, complaintsText, loadFor, noInstanceText } from "./options.ts";
import { followStream } from "./stream-sight.ts";
import { type Goal, instanceGlob, type Progress, progressOf, type Sight, serverLine } from "./wait-goal.ts";

const LOOK_EVERY_MS = 50;

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
interface Source {
  /** Null while nothing is known. */
  sight(): Sight | null;
  /** Why nothing is; null where it may still come. */
  trouble(): string | null;
  stop(): unknown;
}

/** `haprobe wait`: resolves with 0 once the goal has stood long enough, 1 at the timeout, 3 where nothing can be read. */
export async function wait(options: WaitOptions, signal: AbortSignal, print: (text: string) => void): Promise<number> {
  const source = options.url === undefined ? ownEyes(options) : followStream(options.url, options.key);
  if (typeof source === "string") return say(source, WAIT_EXIT.unreadable);
  try {
    return await watch(source, options, signal, print);
  } finally {
    await source.stop();
  }
}

async function watch(
  source: Source,
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
    const progress = progressFrom(source, goal);
    if (progress.kind === "nowhere") {
      return say(`no HAProxy named ${instanceGlob(key)} is polled`, WAIT_EXIT.unreadable);
    }
    if (progress.kind === "reached") {
      reachedAt ??= now;
      if (now - reachedAt >= stableMs) {
        print(progress.servers.map((server) => `${escapeUnprintable(serverLine(server))}\n`).join(""));
        return WAIT_EXIT.reached;
      }
    } else {
      reachedAt = null;
      if (progress.kind !== "pending" && progress.sentence !== told) say(progress.sentence);
      told = progress.sentence;
    }
    everRead ||= progress.kind === "reached" || progress.kind === "waiting";
    // What cannot be read from the start is a mistake; what breaks later may be part of the deployment.
    if (progress.kind === "broken" && !everRead) return WAIT_EXIT.unreadable;
    if (now >= deadline) {
      const code = progress.kind === "broken" || !everRead ? WAIT_EXIT.unreadable : WAIT_EXIT.timeout;
      return say(`not reached within ${timeoutMs / 1_000} s`, code);
    }
    await pause(LOOK_EVERY_MS);
  }
  return WAIT_EXIT.unreadable;
}

function progressFrom(source: Source, goal: Goal): Progress {
  const sight = source.sight();
  if (sight !== null) return progressOf(goal, sight);
  const trouble = source.trouble();
  return trouble === null ? { kind: "pending", sentence: "" } : { kind: "broken", sentence: trouble };
}

/** Polls and probes for itself; a text where the configuration does not allow it. */
function ownEyes(options: WaitOptions): Source | string {
  const loaded = loadFor(options);
  if (loaded.kind === "broken") return complaintsText(loaded);
  if (asksNobody(loaded.settings)) return noInstanceText();
  const wanted = instanceGlob(options.key);
  const instances = loaded.settings.instances.filter(({ name }) => matchesGlob(wanted, name));
  const engine = createEngine({
    settings: { ...loaded.settings, instances },
    clock: systemClock,
    random: Math.random,
    vantage: hostname(),
    epoch: randomUUID(),
    sinks: [],
    ownEndpoints: () => [],
    onOwnFault: (detail) => say(`probes could not be sent from this machine: ${detail}`),
    onDiscoveryFailure: ({ message }) => process.stderr.write(`haprobe: ${message}\n`),
  });
  void engine.start();
  const { live } = engine.monitor;
  return {
    sight: () => ({ instances: live.instances(), servers: live.servers() }),
    trouble: () => null,
    stop: () => engine.stop(),
  };
}

function say(text: string, exitCode = 0): number {
  process.stderr.write(`haprobe: ${escapeUnprintable(text)}\n`);
  return exitCode;
}
