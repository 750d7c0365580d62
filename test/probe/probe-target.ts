import { systemClock } from "../../server/clock.ts";
import type { Clock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import { startDeadline } from "../../server/probe/deadline.ts";
import type { ProbeCompletion, RawProbeResult, Probe } from "../../server/probe/probe-completion.ts";
import { createProbe } from "../../server/probe/prober.ts";

/** Asks once with a probe of its own and wants a finding. */
export async function probeTarget(target: Target, clock: Clock = systemClock): Promise<RawProbeResult> {
  const ending = await probeTargetWith(createProbe({ clock }), target, clock);
  if (ending.kind !== "finding") throw new Error(`no finding but ${JSON.stringify(ending)}`);
  return ending.result;
}

/** Asks once within the target's own timeout, as the scheduler does. */
export async function probeTargetWith(probe: Probe, target: Target, clock: Clock): Promise<ProbeCompletion> {
  using deadline = startDeadline(clock, target.timeoutMs);
  return await probe(target, deadline);
}
