import { BOUNDS } from "../bounds.ts";
import type { JudgePolicy } from "../contract/target.ts";
import { type CheckCoverage, canDetect } from "./check-depth.ts";
import type { FailedProbe, ServerMemory } from "./server-memory.ts";
import type { JudgeContext } from "./judge-context.ts";
import { classifyTraffic } from "./client-traffic.ts";

/** What is still missing before a failure that HAProxy can never notice is confirmed. */
export type Confirmation =
  | { readonly kind: "confirmed" }
  /** HAProxy's own clients get through where we do not. */
  | { readonly kind: "path-differs" }
  /** A view that was polled after the first failure is missing: ask for one at once. */
  | { readonly kind: "needs-view" }
  | { readonly kind: "waits" };

/** Decides over a failure that HAProxy's check cannot notice (design: "Confirming what HAProxy can never notice"). */
export function confirmUndetectable(
  memory: ServerMemory,
  reach: CheckCoverage,
  policy: JudgePolicy,
  around: JudgeContext,
  now: number,
): Confirmation {
  const row = undetectableFailures(memory, reach);
  const first = row[0];
  const last = row.at(-1);
  if (first === undefined || last === undefined) return { kind: "waits" };
  const traffic = classifyTraffic(memory.traffic, now);
  if (last.stage === "connect" && traffic === "works") return { kind: "path-differs" };
  if (memory.haproxy.viewAt <= first.sentAt) return { kind: "needs-view" };
  if (row.length < policy.fall) return { kind: "waits" };
  if (last.stage === "connect" && traffic !== "fails") {
    // Only here can the fault be on our side of the wire.
    if (around.othersRespondedSince <= first.sentAt) return { kind: "waits" };
    const timedOut = row.some((probe) => probe.timedOut);
    if (timedOut && now - first.endedAt < BOUNDS.connectTimeoutConfirmAfterMs) return { kind: "waits" };
  }
  return { kind: "confirmed" };
}

/** The failures at the end of the row that HAProxy can never notice, and that are about its present belief. */
function undetectableFailures(memory: ServerMemory, reach: CheckCoverage): readonly FailedProbe[] {
  const from = Math.max(memory.haproxy.beliefChangedAt, memory.clocksHeldUntil);
  let start = memory.probe.consecutiveFailures.length;
  for (let i = memory.probe.consecutiveFailures.length - 1; i >= 0; i -= 1) {
    const probe = memory.probe.consecutiveFailures[i];
    if (probe === undefined || probe.sentAt <= from || canDetect(reach, probe.stage)) break;
    start = i;
  }
  return memory.probe.consecutiveFailures.slice(start);
}
