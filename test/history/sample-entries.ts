import type { StoredServerName, StripEntry } from "../../server/contract/store.ts";

export const CP_1: StoredServerName = { site: "default", instance: "lb-1", backend: "k8s-api", server: "cp-1" };

const AGREE_UP: StripEntry = {
  at: 0,
  beganAt: 0,
  vantage: "here",
  address: { network: "default", host: "10.0.0.11", port: 6443 },
  verdict: "agree-up",
  phase: null,
  reason: null,
  probeReason: null,
  haproxyStatus: "UP",
  checkStatus: "L4OK",
  checkCode: null,
  probeOutcome: "passed",
  httpStatus: 200,
  sentence: "HAProxy says UP (L4OK); /readyz answers 200",
  tone: "ok",
  subject: null,
  expected: false,
};

/** A judgement from `at` on: agree-up, with other fields where given. */
export function entryAt(at: number, more: Partial<StripEntry> = {}): StripEntry {
  return { ...AGREE_UP, at, beganAt: at, ...more };
}

/** A false-up from `at` on, in this phase. */
export function falseUpAt(at: number, phase: "suspected" | "confirmed", more: Partial<StripEntry> = {}): StripEntry {
  const words = { verdict: "false-up", phase, reason: "probe-refused", probeOutcome: "failed", httpStatus: null };
  return entryAt(at, { ...words, tone: "critical", subject: "10.0.0.11:6443", ...more });
}
