import { type MachineSettings, Simulation } from "./simulation.ts";

const CHECK = { interMs: 2_000, fall: 3, rise: 2, timeoutMs: 1_000, connectMs: 1_000 };

/** One HAProxy in front of these machines, with a check of this depth for each; all is well until a scenario changes it. */
export function simulateOneHaproxy(
  seed: number,
  depths: Readonly<Record<string, MachineSettings["depth"]>>,
): Simulation {
  return new Simulation({
    seed,
    machines: Object.entries(depths).map(([name, depth]) => ({
      name,
      depth,
      check: CHECK,
      agentInterMs: null,
      site: 0,
    })),
    sites: 1,
    haproxiesPerSite: 1,
    sessionsPerSecond: 0.1,
    stateFile: true,
    lostPolls: 0,
    probeTimeoutMs: 1_000,
    jitter: true,
    mode: "tcp",
  });
}
