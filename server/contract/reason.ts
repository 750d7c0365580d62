/** Why a server is out of service. */
export const OUT_OF_SERVICE_REASONS = ["maintenance", "drain", "nolb", "weight-zero", "template-slot"] as const;

/** Why there is no target to probe. */
export const NO_TARGET_REASONS = ["no-address", "no-probe-rule", "skipped"] as const;

/** What went wrong with a probe; the judge may keep it as the reason of a verdict. */
export const PROBE_FAULTS = [
  "probe-answered-unhealthy",
  "probe-unexpected-status",
  "probe-unexpected-body",
  "probe-refused",
  "probe-timed-out",
  "probe-reset",
  "probe-tls-failed",
  "probe-certificate-expired",
  "probe-protocol-error",
  "probe-untrusted",
  "probe-denied",
  "probe-cannot-speak",
  "probe-dns-failed",
] as const;

/** Reasons that only the judge can give. */
export const JUDGED_REASONS = [
  "haproxy-status-unknown",
  "name-unresolved",
  "haproxy-stale",
  "haproxy-unverified",
  "probe-pending",
  "probe-stale",
  "probe-path-missing",
  "probe-rate-limited",
  "probe-answer-meaningless",
  "path-differs",
  "never-reached",
  "clients-served",
  "prober-blind",
  "vantage-silent",
  "draining",
  "starting",
  "check-asks-something-else",
  "haproxy-denied",
  "haproxy-agent-down",
  "haproxy-observed-errors",
  "haproxy-check-failing",
  "haproxy-not-rechecked",
] as const;

/** Reasons that no present verdict has, only one of the past. */
export const PAST_REASONS = ["not-recorded"] as const;

/** Every reason that a verdict can have; its texts are in server/judge, its explanation in docs/concepts.md. */
export const REASONS = [
  ...OUT_OF_SERVICE_REASONS,
  ...NO_TARGET_REASONS,
  ...PROBE_FAULTS,
  ...JUDGED_REASONS,
  ...PAST_REASONS,
] as const;

export type OutOfServiceReason = (typeof OUT_OF_SERVICE_REASONS)[number];
export type NoTargetReason = (typeof NO_TARGET_REASONS)[number];
export type ProbeFault = (typeof PROBE_FAULTS)[number];
export type Reason = (typeof REASONS)[number];
