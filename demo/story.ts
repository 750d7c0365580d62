import { type Clock, sleep } from "../server/clock.ts";
import { FAULTS, type FaultName, type ServerName } from "./faults.ts";

/** One step of the tour: an action, then a pause. */
export interface StoryStep {
  readonly action:
    | { readonly kind: "none" }
    | { readonly kind: "break"; readonly server: ServerName; readonly fault: FaultName }
    | { readonly kind: "heal"; readonly server: ServerName };
  readonly headline: string;
  readonly hints: readonly string[];
  readonly pauseMs: number;
}

const SECOND = 1_000;

function breakStep(server: ServerName, fault: FaultName, seconds: number): StoryStep {
  const { description, hints } = FAULTS[fault];
  return {
    action: { kind: "break", server, fault },
    headline: `${server} ${description}.`,
    hints,
    pauseMs: seconds * SECOND,
  };
}

function healStep(server: ServerName, look: readonly string[], seconds: number): StoryStep {
  return {
    action: { kind: "heal", server },
    headline: `${server} is healthy again.`,
    hints: look,
    pauseMs: seconds * SECOND,
  };
}

/** Two minutes: what a check of the port alone detects, and what it does not. */
export const STORY: readonly StoryStep[] = [
  {
    action: { kind: "none" },
    headline: "All three servers are healthy.",
    hints: [
      "HAProxy and haprobe agree everywhere except in k8s-token: HAProxy's check sends no token, gets 401 and keeps all",
      "three DOWN. haprobe has a token and gets 200: false-down, confirmed after the grace of 10 s.",
      "The check column shows before any outage which backends can be falsely UP.",
    ],
    pauseMs: 18 * SECOND,
  },
  breakStep("cp-2", "etcd", 22),
  healStep(
    "cp-2",
    ["The mismatch ends with the first good answer. k8s-readyz takes it back after two good checks."],
    12,
  ),
  breakStep("cp-1", "drain", 15),
  healStep("cp-1", ["The shutdown was cancelled."], 8),
  breakStep("cp-3", "die", 15),
  healStep("cp-3", ["HAProxy's checks count up again; false-down is settling and is never confirmed."], 8),
  breakStep("cp-2", "hang", 16),
  healStep("cp-2", ["The end of the tour."], 6),
];

/** The effects of the tour. */
export interface StoryTarget {
  setFault(server: ServerName, fault: FaultName | null): Promise<void>;
  /** Prints a headline and hints. */
  print(headline: string, look: readonly string[]): void;
}

/** Runs the steps; returns early once `signal` is aborted. */
export async function playStory(
  steps: readonly StoryStep[],
  stage: StoryTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = clock.now();
  for (const { action: happens, headline: says, hints, pauseMs: lookForMs } of steps) {
    if (signal.aborted) return;
    stage.print(`${minutes(clock.now() - startedAt)}  ${says}`, hints);
    if (happens.kind === "break") await stage.setFault(happens.server, happens.fault);
    if (happens.kind === "heal") await stage.setFault(happens.server, null);
    await sleep(clock, lookForMs, signal);
  }
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
