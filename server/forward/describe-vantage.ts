import type { LiveState } from "../contract/ports.ts";
import type { VantageStatus } from "../contract/vantage.ts";

/** What a haprobe says of itself: the HAProxies of its site that it polls, and whether it is blind. */
export function describeVantage(
  live: Pick<LiveState, "instances" | "findings">,
  site: string,
  version: string,
): VantageStatus {
  return {
    version,
    instances: live.instances().filter((instance) => instance.site === site),
    isBlind: live.findings().some(({ code }) => code === "prober-blind"),
  };
}
