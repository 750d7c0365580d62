import type { InstanceStatus, ServerStatus } from "../contract/status.ts";
import type { Verdict } from "../contract/verdict.ts";
import { matchesGlob } from "../match.ts";

/** The goal of `wait`: every server whose key matches has one of these verdicts, and a mismatch is confirmed. */
export interface Goal {
  /** A key `instance/backend/server`; globs may stand for any part. */
  readonly key: string;
  readonly verdicts: ReadonlySet<Verdict>;
}

/** The current state of the fleet, or of the part that the goal is about. */
export interface FleetState {
  readonly instances: Iterable<InstanceStatus>;
  readonly servers: Iterable<ServerStatus>;
}

export type GoalProgress =
  | { readonly kind: "reached"; readonly servers: readonly ServerStatus[] }
  | { readonly kind: "waiting"; readonly sentence: string }
  /** A HAProxy of the goal was not polled yet. */
  | { readonly kind: "pending"; readonly sentence: string }
  /** A HAProxy of the goal cannot be read. */
  | { readonly kind: "broken"; readonly sentence: string }
  /** No HAProxy of this name is polled. */
  | { readonly kind: "nowhere" };

/** Compares the state with the goal. A HAProxy without fresh data could hide a server, so each must be fresh. */
export function evaluateGoal(goal: Goal, { instances, servers }: FleetState): GoalProgress {
  const glob = instanceGlob(goal.key);
  const selected = [...instances].filter(({ name }) => matchesGlob(glob, name));
  if (selected.length === 0) return { kind: "nowhere" };
  for (const { name, state, error } of selected) {
    if (state === "ok") continue;
    if (state === "pending") return { kind: "pending", sentence: `${name} was not polled yet` };
    return { kind: "broken", sentence: `${name}: ${error?.message ?? "its data is stale"}` };
  }
  const matching = [...servers].filter(({ key }) => matchesGlob(goal.key, key));
  if (matching.length === 0) return { kind: "waiting", sentence: `there is no server ${goal.key}` };
  const missing = matching.filter((server) => !meetsGoal(goal, server));
  const [first] = missing;
  if (first === undefined) return { kind: "reached", servers: matching };
  const others = missing.length === 1 ? "" : ` (and ${missing.length - 1} more)`;
  return { kind: "waiting", sentence: `${formatServer(first)}${others}` };
}

/** The part of a key that selects instances. */
export function instanceGlob(key: string): string {
  const [instance = "", ...rest] = key.split("/");
  return rest.length === 0 ? "*" : instance;
}

/** `lb-1/k8s-api/cp-1 false-up (confirmed): HAProxy says UP …`. */
export function formatServer({ key, verdict, phase, sentence }: ServerStatus): string {
  return `${key} ${phase === null ? verdict : `${verdict} (${phase})`}: ${sentence}`;
}

function meetsGoal({ verdicts }: Goal, { verdict, phase }: ServerStatus): boolean {
  return verdicts.has(verdict) && (phase === null || phase === "confirmed");
}
