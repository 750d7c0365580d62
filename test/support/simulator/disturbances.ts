import type { SeededRandom } from "./seeded-random.ts";
import type { BlockMode } from "./simulated-machine.ts";
import { statsHost } from "./simulated-source.ts";
import type { Scenario, Simulation } from "./simulation.ts";

/** What happens to paths, HAProxies and our own process, over and above what servers do. */
export type Disturbance = (world: Simulation, dice: SeededRandom) => Scenario;

const S = 1_000;

/** HAProxy is reloaded again and again, once a second or faster than its checks. */
export function* reloadStorm(world: Simulation, dice: SeededRandom): Scenario {
  const haproxy = dice.pick(world.haproxies);
  const times = Math.round(dice.between(1, 40));
  world.recordEvent(`${haproxy.name} is reloaded ${times} times`);
  for (let i = 0; i < times; i += 1) {
    haproxy.reload();
    yield dice.between(0.7 * S, 1.3 * S);
  }
}

/** Our own path is cut: to everything, or to most of it. A server without a check that is cut alone is no weather, but a lie to us. */
export function* cutOurPath(world: Simulation, dice: SeededRandom): Scenario {
  const everything = dice.chance(0.5);
  const checked = world.settings.machines.filter(({ depth }) => depth !== "none").map(({ name }) => name);
  const names = everything ? [...world.machines.keys()] : randomSubset(checked, 0.6, dice);
  yield* cut(world, dice, "us", names, dice.between(0.2 * S, 60 * S));
}

/** Our own path to one server is cut, by a firewall that HAProxy's packets pass. */
export function* cutOurPathToOne(world: Simulation, dice: SeededRandom): Scenario {
  const name = dice.pick([...world.machines.keys()].sort());
  yield* cut(world, dice, "us", [name], dice.between(10 * S, 60 * S));
}

/** Our own path comes and goes, to everything at once: a port that renegotiates, a route that flaps. */
export function* flapOurPath(world: Simulation, dice: SeededRandom): Scenario {
  const names = [...world.machines.keys()];
  for (let i = 0; i < 12; i += 1) {
    yield* cut(world, dice, "us", names, dice.between(0.03 * S, 1.5 * S));
    yield dice.between(0.03 * S, 1.5 * S);
  }
}

/** HAProxy's path to some servers is cut, and healed before it is anybody's mismatch. */
export function* cutHaproxyPath(world: Simulation, dice: SeededRandom): Scenario {
  const haproxy = dice.pick(world.haproxies);
  const names = randomSubset(
    haproxy.slots.map(({ name }) => name),
    0.4,
    dice,
  );
  yield* cut(world, dice, `haproxy ${haproxy.name}`, names, dice.between(0.2 * S, 8 * S));
}

/** A part of them, whatever their order is. */
function randomSubset(names: readonly string[], part: number, dice: SeededRandom): string[] {
  return [...names].sort().filter(() => dice.chance(part));
}

function* cut(
  world: Simulation,
  dice: SeededRandom,
  from: "us" | `haproxy ${string}`,
  names: readonly string[],
  ms: number,
): Scenario {
  const kind: BlockMode = dice.pick(["drop", "reject"] as const);
  const hosts = names.map((name) => world.machines.get(name)?.host ?? "");
  world.recordEvent(`the path of ${from} to ${names.join(", ") || "nothing"} is cut (${kind})`);
  const mend = world.network.block(from, hosts, kind);
  yield ms;
  mend();
  world.recordEvent(`the path of ${from} is mended`);
}

/** Our process stands still, shorter or longer than anybody's patience. */
export function* pauseHaprobe(world: Simulation, dice: SeededRandom): Scenario {
  const ms = dice.chance(0.5) ? dice.between(50, 1_500) : dice.between(1.5 * S, 25 * S);
  world.recordEvent(`haprobe stands still for ${Math.round(ms)} ms`);
  world.haprobe.pause(ms);
  yield ms;
}

/** HAProxy stands still: its answers, its checks, everything. */
export function* pauseHaproxy(world: Simulation, dice: SeededRandom): Scenario {
  const haproxy = dice.pick(world.haproxies);
  const ms = dice.between(0.5 * S, 30 * S);
  world.recordEvent(`${haproxy.name} stands still for ${Math.round(ms)} ms`);
  haproxy.freeze(ms);
  yield ms;
}

/** Its stats socket is out of reach, while it works on. */
export function* cutStats(world: Simulation, dice: SeededRandom): Scenario {
  const haproxy = dice.pick(world.haproxies);
  const kind = dice.pick(["drop", "reject"] as const);
  world.recordEvent(`the stats of ${haproxy.name} are out of reach (${kind})`);
  const mend = world.network.block("us", [statsHost(haproxy.name)], kind);
  yield dice.between(0.5 * S, 30 * S);
  mend();
  world.recordEvent(`the stats of ${haproxy.name} are back`);
}

/** `clear counters all`. */
export function* clearCounters(world: Simulation, dice: SeededRandom): Scenario {
  const haproxy = dice.pick(world.haproxies);
  world.recordEvent(`${haproxy.name}: clear counters all`);
  haproxy.clearCounters();
  yield 1;
}

/** One kind of weather after the other, with calm in between, until `endsAt`. */
export function* runDisturbances(
  world: Simulation,
  dice: SeededRandom,
  kinds: readonly Disturbance[],
  endsAt: number,
): Scenario {
  while (kinds.length > 0) {
    yield dice.between(5 * S, 40 * S);
    if (world.time.now() >= endsAt) return;
    yield* dice.pick(kinds)(world, dice);
  }
}
