import type { SeededRandom } from "./seeded-random.ts";
import type { BlockMode } from "./simulated-machine.ts";
import { statsHost } from "./simulated-source.ts";
import type { Scenario, Simulation } from "./simulation.ts";

/** What happens to paths, HAProxies and our own process. */
export type Disturbance = (simulation: Simulation, random: SeededRandom) => Scenario;

const S = 1_000;

/** HAProxy is reloaded again and again, once a second or faster than its checks. */
export function* reloadStorm(simulation: Simulation, random: SeededRandom): Scenario {
  const haproxy = random.pick(simulation.haproxies);
  const times = Math.round(random.between(1, 40));
  simulation.recordEvent(`${haproxy.name} is reloaded ${times} times`);
  for (let i = 0; i < times; i += 1) {
    haproxy.reload();
    yield random.between(0.7 * S, 1.3 * S);
  }
}

/** Our own path is cut: to everything, or to most of it. A server without a check that is cut alone looks like a mismatch, so it is left out. */
export function* cutOurPath(simulation: Simulation, random: SeededRandom): Scenario {
  const everything = random.chance(0.5);
  const checked = simulation.settings.machines.filter(({ depth }) => depth !== "none").map(({ name }) => name);
  const names = everything ? [...simulation.machines.keys()] : randomSubset(checked, 0.6, random);
  yield* cut(simulation, random, "us", names, random.between(0.2 * S, 60 * S));
}

/** Our own path to one server is cut, by a firewall that HAProxy's packets pass. */
export function* cutOurPathToOne(simulation: Simulation, random: SeededRandom): Scenario {
  const name = random.pick([...simulation.machines.keys()].sort());
  yield* cut(simulation, random, "us", [name], random.between(10 * S, 60 * S));
}

/** Our own path comes and goes, to everything at once: a port that renegotiates, a route that flaps. */
export function* flapOurPath(simulation: Simulation, random: SeededRandom): Scenario {
  const names = [...simulation.machines.keys()];
  for (let i = 0; i < 12; i += 1) {
    yield* cut(simulation, random, "us", names, random.between(0.03 * S, 1.5 * S));
    yield random.between(0.03 * S, 1.5 * S);
  }
}

/** HAProxy's path to some servers is cut, and restored before it becomes a mismatch. */
export function* cutHaproxyPath(simulation: Simulation, random: SeededRandom): Scenario {
  const haproxy = random.pick(simulation.haproxies);
  const names = randomSubset(
    haproxy.slots.map(({ name }) => name),
    0.4,
    random,
  );
  yield* cut(simulation, random, `haproxy ${haproxy.name}`, names, random.between(0.2 * S, 8 * S));
}

/** A part of them, whatever their order is. */
function randomSubset(names: readonly string[], part: number, random: SeededRandom): string[] {
  return [...names].sort().filter(() => random.chance(part));
}

function* cut(
  simulation: Simulation,
  random: SeededRandom,
  from: "us" | `haproxy ${string}`,
  names: readonly string[],
  ms: number,
): Scenario {
  const kind: BlockMode = random.pick(["drop", "reject"] as const);
  const hosts = names.map((name) => simulation.machines.get(name)?.host ?? "");
  simulation.recordEvent(`the path of ${from} to ${names.join(", ") || "nothing"} is cut (${kind})`);
  const restore = simulation.network.block(from, hosts, kind);
  yield ms;
  restore();
  simulation.recordEvent(`the path of ${from} is restored`);
}

/** Our process stands still, for less or more than every timeout. */
export function* pauseHaprobe(simulation: Simulation, random: SeededRandom): Scenario {
  const ms = random.chance(0.5) ? random.between(50, 1_500) : random.between(1.5 * S, 25 * S);
  simulation.recordEvent(`haprobe stands still for ${Math.round(ms)} ms`);
  simulation.haprobe.pause(ms);
  yield ms;
}

/** HAProxy stands still: its answers, its checks, everything. */
export function* pauseHaproxy(simulation: Simulation, random: SeededRandom): Scenario {
  const haproxy = random.pick(simulation.haproxies);
  const ms = random.between(0.5 * S, 30 * S);
  simulation.recordEvent(`${haproxy.name} stands still for ${Math.round(ms)} ms`);
  haproxy.freeze(ms);
  yield ms;
}

/** Its stats socket is out of reach, while it works on. */
export function* cutStats(simulation: Simulation, random: SeededRandom): Scenario {
  const haproxy = random.pick(simulation.haproxies);
  const kind = random.pick(["drop", "reject"] as const);
  simulation.recordEvent(`the stats of ${haproxy.name} are out of reach (${kind})`);
  const restore = simulation.network.block("us", [statsHost(haproxy.name)], kind);
  yield random.between(0.5 * S, 30 * S);
  restore();
  simulation.recordEvent(`the stats of ${haproxy.name} are back`);
}

/** `clear counters all`. */
export function* clearCounters(simulation: Simulation, random: SeededRandom): Scenario {
  const haproxy = random.pick(simulation.haproxies);
  simulation.recordEvent(`${haproxy.name}: clear counters all`);
  haproxy.clearCounters();
  yield 1;
}

/** One disturbance after the other, with pauses in between, until `endsAt`. */
export function* runDisturbances(
  simulation: Simulation,
  random: SeededRandom,
  kinds: readonly Disturbance[],
  endsAt: number,
): Scenario {
  while (kinds.length > 0) {
    yield random.between(5 * S, 40 * S);
    if (simulation.time.now() >= endsAt) return;
    yield* random.pick(kinds)(simulation, random);
  }
}
