import { systemClock } from "../../server/clock.ts";
import type { Clock } from "../../server/clock.ts";
import type { Target } from "../../server/contract/target.ts";
import type { Finding } from "../../server/probe/ending.ts";
import { createProbe } from "../../server/probe/prober.ts";

/** Asks once with a probe of its own and wants a finding. */
export async function ask(target: Target, clock: Clock = systemClock): Promise<Finding> {
  const ending = await createProbe({ clock })(target, new AbortController().signal);
  if (ending.kind !== "finding") throw new Error(`no finding but ${JSON.stringify(ending)}`);
  return ending.finding;
}
