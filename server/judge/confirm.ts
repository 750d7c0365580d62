import { BOUNDS } from "../bounds.ts";
import type { JudgePolicy } from "../contract/target.ts";
import { type CheckReach, canNotice } from "./depth.ts";
import type { FailedProbe, ServerMemory } from "./memory.ts";
import type { Surroundings } from "./surroundings.ts";
import { trafficWord } from "./traffic.ts";

/** What is still missing before a failure that HAProxy can never notice is confirmed. */
export type Confirmation =
  | { readonly kind: "confirmed" }
  /** HAProxy's own clients get through where we do not. */
  | { readonly kind: "path-differs" }
  /** A view that was polled after the first failure is missing: ask for one at once. */
  | { readonly kind: "needs-view" }
  | { readonly kind: "waits" };

/** Decides over a failure that HAProxy's check cannot notice (design: "Confirming what HAProxy can never notice"). */
export function confirmNever(
  memory: ServerMemory,
  reach: CheckReach,
  policy: JudgePolicy,
  around: Surroundings,
  now: number,
): Confirmation {
  const row = neverRow(memory, reach);
  const first = row[0];
  const last = row.at(-1);
  if (first === undefined || last === undefined) return { kind: "waits" };
  const traffic = trafficWord(memory.traffic, now);
  if (last.stage === "connect" && traffic === "works") return { kind: "path-differs" };
  if (memory.viewAt <= first.sentAt) return { kind: "needs-view" };
  if (row.length < policy.fall) return { kind: "waits" };
  if (last.stage === "connect" && traffic !== "fails") {
    // Only here can the fault be on our side of the wire.
    if (around.othersHeardAt <= first.sentAt) return { kind: "waits" };
    const timedOut = row.some((probe) => probe.timedOut);
    if (timedOut && now - first.endedAt < BOUNDS.connectTimeoutPatienceMs) return { kind: "waits" };
  }
  return { kind: "confirmed" };
}

/** The failures at the end of the row that HAProxy can never notice, and that are about its present belief. */
function neverRow(memory: ServerMemory, reach: CheckReach): readonly FailedProbe[] {
  const from = Math.max(memory.changedAt, memory.haltedUntil);
  let start = memory.run.length;
  for (let i = memory.run.length - 1; i >= 0; i -= 1) {
    const probe = memory.run[i];
    if (probe === undefined || probe.sentAt <= from || canNotice(reach, probe.stage)) break;
    start = i;
  }
  return memory.run.slice(start);
}
