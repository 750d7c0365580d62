import { BOUNDS } from "../bounds.ts";
import type { ProbeStage } from "../contract/probe-result.ts";
import type { JudgePolicy } from "../contract/target.ts";
import { type CheckCoverage, canDetect } from "./check-depth.ts";
import type { FailedProbe, ServerMemory } from "./server-memory.ts";
import type { JudgeContext } from "./judge-context.ts";
import { classifyTraffic } from "./client-traffic.ts";

/** Whether a failure that HAProxy can never notice is confirmed, and what is missing otherwise. */
export type Confirmation =
  | { readonly kind: "confirmed" }
  /** HAProxy's own clients connect where our probe does not. */
  | { readonly kind: "path-differs" }
  /** A view that was polled after the last failure ended is missing: ask for one at once. */
  | { readonly kind: "needs-view" }
  | { readonly kind: "waits" };

/** Decides whether a failure that HAProxy's check cannot notice is confirmed. */
export function confirmUndetectable(
  memory: ServerMemory,
  coverage: CheckCoverage,
  policy: JudgePolicy,
  context: JudgeContext,
  now: number,
): Confirmation {
  const row = undetectableFailures(memory, coverage);
  const first = row[0];
  const last = row.at(-1);
  if (first === undefined || last === undefined) return { kind: "waits" };
  // Traffic goes to its own port: it proves nothing about another one.
  const traffic = coverage.isOtherPort ? null : classifyTraffic(memory.traffic, now);
  if (last.stage === "connect" && traffic === "works") return { kind: "path-differs" };
  if (memory.haproxy.viewAt <= last.endedAt) return { kind: "needs-view" };
  if (!hasIndependent(row, policy.fall + extraFailures(last, coverage))) return { kind: "waits" };
  if (last.stage === "connect" && traffic !== "fails") {
    // Only a failure to connect can be the fault of our own path.
    const firstConnect = row.find(({ stage }) => stage === "connect") ?? last;
    if (context.othersRespondedSince <= firstConnect.sentAt) return { kind: "waits" };
    const timedOut = row.some(({ kind }) => kind === "timed-out");
    if (timedOut && now - first.endedAt < BOUNDS.connectTimeoutConfirmAfterMs) return { kind: "waits" };
  }
  return { kind: "confirmed" };
}

/** True for so many failures with a cause of their own: each was sent after the one before had ended. Timeouts that overlap count, since a hang has no moment. */
function hasIndependent(row: readonly FailedProbe[], wanted: number): boolean {
  let count = 0;
  let before: FailedProbe | null = null;
  for (const probe of row) {
    const overlaps = before !== null && probe.sentAt < before.endedAt;
    if (overlaps && !(probe.kind === "timed-out" && before?.kind === "timed-out")) continue;
    count += 1;
    if (count >= wanted) return true;
    before = probe;
  }
  return false;
}

/** Failures needed beyond `fall`: a process that ends resets connections before its port closes, which HAProxy can notice. */
function extraFailures(last: FailedProbe, coverage: CheckCoverage): number {
  return last.kind === "reset" && canDetect(coverage, "connect") ? 1 : 0;
}

/** The latest failures in a row that HAProxy can never notice, all sent after its belief last changed. */
function undetectableFailures(memory: ServerMemory, coverage: CheckCoverage): readonly FailedProbe[] {
  const from = Math.max(memory.haproxy.beliefChangedAt, memory.clocksHeldUntil);
  const failures = memory.probe.consecutiveFailures;
  let start = failures.length;
  let stage: ProbeStage | null = null;
  for (let i = failures.length - 1; i >= 0; i -= 1) {
    const probe = failures[i];
    if (probe === undefined || probe.sentAt <= from) break;
    if (probe.stage !== stage && canDetect(coverage, probe.stage)) break;
    ({ stage } = probe);
    start = i;
  }
  return start === 0 ? failures : failures.slice(start);
}
