import { SeededRandom } from "./seeded-random.ts";
import {
  type ScenarioServer,
  type ServerScenario,
  legitimateScenarios,
  undetectedScenarios,
  runScenarios,
} from "./scenarios.ts";
import type { Timeline } from "./timeline.ts";
import { runDisturbances, type Disturbance } from "./disturbances.ts";
import { type CheckLayer, type MachineSettings, Simulation, type SimulationSettings } from "./simulation.ts";

/** A kind of history; with a seed it is one history. */
export interface HistoryOptions {
  readonly seed: number;
  readonly about: "legitimate" | "mismatches";
  readonly disturbances: readonly Disturbance[];
  readonly minutes: number;
  /** How long a mismatch lasts at least, past two timeouts of our probe. */
  readonly mismatchMs?: number;
  /** How long every server is well at the end, so that every state can be left again. */
  readonly cooldownMs?: number;
  readonly settings?: Partial<SimulationSettings>;
  /** Done to the simulation before it begins. */
  readonly prepare?: (simulation: Simulation) => void;
}

/** A history that was played to its end. */
export interface PlayedHistory {
  readonly options: HistoryOptions;
  readonly simulation: Simulation;
  readonly timeline: Timeline;
}

const S = 1_000;
const COOLDOWN_MS = 150 * S;

/** Checks as people write them, with HAProxy's defaults among them; the last is slower than usual. */
const CHECKS = [
  { interMs: 2_000, rise: 2, fall: 3, timeoutMs: 2_000, connectMs: 2_000 },
  { interMs: 500, rise: 2, fall: 2, timeoutMs: 1_000, connectMs: 1_000, slowstartMs: 10_000 },
  { interMs: 2_100, fastinterMs: 300, downinterMs: 1_000, rise: 2, fall: 3, timeoutMs: 1_000, connectMs: 2_000 },
  { interMs: 1_000, rise: 1, fall: 1, timeoutMs: 1_000, connectMs: 1_000 },
  { interMs: 10_000, downinterMs: 5_000, rise: 2, fall: 2, timeoutMs: 2_000, connectMs: 5_000, slowstartMs: 60_000 },
] as const;

/** Some machines behind every depth of check, chosen by the seed. */
export function createMachines(
  seed: number,
  site: number,
  depths: readonly CheckLayer[],
  each: number,
): MachineSettings[] {
  const random = new SeededRandom(seed, "machines", String(site));
  return depths.flatMap((depth) =>
    Array.from({ length: each }, (_, i) => ({
      name: `s${site}-${depth.toLowerCase()}-${i + 1}`,
      depth,
      check: depth === "none" ? null : random.pick(CHECKS),
      agentInterMs: depth === "L4" && random.chance(0.3) ? 1_000 : null,
      site,
    })),
  );
}

/** The simulation of a plot, before anything happened in it. */
export function createSimulation({ seed, about, settings = {} }: HistoryOptions): Simulation {
  const random = new SeededRandom(seed, "simulation");
  const depths: readonly CheckLayer[] = about === "mismatches" ? ["none", "L4", "L6"] : ["none", "L4", "L6", "L7"];
  return new Simulation({
    seed,
    machines: createMachines(seed, 0, depths, 3),
    sites: 1,
    haproxiesPerSite: random.chance(0.5) ? 2 : 1,
    sessionsPerSecond: random.pick([0, 0, 2, 20]),
    stateFile: random.chance(0.5),
    lostPolls: about === "mismatches" ? 0 : random.pick([0, 0.01, 0.05]),
    probeTimeoutMs: random.pick([1_000, 2_000, 5_000]),
    jitter: true,
    mode: random.pick(["tcp", "http"] as const),
    ...settings,
  });
}

/** Plays a history from its beginning to its end. */
export async function playHistory(plot: HistoryOptions): Promise<PlayedHistory> {
  const simulation = createSimulation(plot);
  const endsAt = plot.minutes * 60 * S;
  const random = new SeededRandom(plot.seed, "stories");
  const pause = plot.about === "mismatches" ? { from: 40 * S, to: 90 * S } : { from: 2 * S, to: 30 * S };
  plot.prepare?.(simulation);
  for (const { name, depth, agentInterMs } of simulation.settings.machines) {
    const machine = simulation.machines.get(name);
    if (machine === undefined) continue;
    const actor: ScenarioServer = {
      simulation,
      machine,
      depth,
      hasAgent: agentInterMs !== null,
      random: random.fork(name),
    };
    const scenarios: readonly (readonly [string, ServerScenario])[] =
      plot.about === "mismatches" ? undetectedScenarios(actor, plot.mismatchMs ?? 10 * S) : legitimateScenarios(actor);
    simulation.startScenario(runScenarios(actor, scenarios, pause, endsAt));
  }
  simulation.startScenario(runDisturbances(simulation, random.fork("disturbances"), plot.disturbances, endsAt));
  return { options: plot, simulation, timeline: await simulation.run(endsAt + (plot.cooldownMs ?? COOLDOWN_MS)) };
}
