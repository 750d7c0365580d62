import { type Clock, systemClock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import { startDeadline } from "../../server/probe/deadline.ts";
import type { ProbeCompletion, RawProbeResult, Probe } from "../../server/probe/probe-completion.ts";
import { createProbe } from "../../server/probe/prober.ts";

/** Probes once with a new probe and expects a result. */
export async function probeTarget(target: Target, clock: Clock = systemClock): Promise<RawProbeResult> {
  const completion = await probeTargetWith(createProbe({ clock }), target, clock);
  if (completion.kind !== "result") throw new Error(`no result but ${JSON.stringify(completion)}`);
  return completion.result;
}

/** Probes once within the target's own timeout, as the scheduler does. */
export async function probeTargetWith(probe: Probe, target: Target, clock: Clock): Promise<ProbeCompletion> {
  using deadline = startDeadline(clock, target.timeoutMs);
  return await probe(target, deadline);
}
