import type { ServerStatus } from "../../server/contract/status.ts";
import type { CheckDepth } from "../../server/contract/verdict.ts";

/** How far HAProxy's checks look, the shallowest first. */
export const CHECK_DEPTHS = ["none", "connection", "tls", "application"] as const satisfies readonly CheckDepth[];
export type CountedDepth = (typeof CHECK_DEPTHS)[number];

/** What each depth verifies. */
export const DEPTH_LABELS: Readonly<Record<CountedDepth, string>> = {
  none: "no check",
  connection: "TCP connect only",
  tls: "TLS handshake only",
  application: "application response",
};

/** Servers by the depth of HAProxy's check; those whose depth was not seen yet are in none. */
export function countByDepth(servers: readonly ServerStatus[]): Readonly<Record<CountedDepth, number>> {
  const counts = { none: 0, connection: 0, tls: 0, application: 0 };
  for (const { haproxy } of servers) {
    const depth = CHECK_DEPTHS.find((each) => each === haproxy.depth);
    if (depth !== undefined) counts[depth] += 1;
  }
  return counts;
}

/** Median of the durations of the newest probes, each target once; null without one. */
export function probePace(servers: readonly ServerStatus[]): {
  readonly targets: number;
  readonly medianMs: number | null;
} {
  const durations = new Map<string, number>();
  for (const { probe } of servers) {
    if (probe.url !== null && probe.durationMs !== null) durations.set(probe.url, probe.durationMs);
  }
  const sorted = [...durations.values()].sort((a, b) => a - b);
  return { targets: sorted.length, medianMs: sorted[Math.floor(sorted.length / 2)] ?? null };
}
