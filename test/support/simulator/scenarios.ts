import type { SeededRandom } from "./seeded-random.ts";
import type { Condition, SimulatedMachine } from "./simulated-machine.ts";
import type { AdminState } from "./simulated-slot.ts";
import type { CheckLayer, Scenario, Simulation } from "./simulation.ts";

/** The one whom a story is about. */
export interface ScenarioServer {
  readonly simulation: Simulation;
  readonly machine: SimulatedMachine;
  readonly depth: CheckLayer;
  readonly hasAgent: boolean;
  readonly random: SeededRandom;
}

/** Something that can happen to a server. */
export type ServerScenario = (actor: ScenarioServer) => Scenario;

const S = 1_000;

/** A kube-apiserver is told to stop, closes its port and comes back: refused, 403, start-up hooks, ok. */
function* rollingRestart(actor: ScenarioServer): Scenario {
  yield* holdCondition(actor, "draining", 0.5 * S, 10 * S);
  yield* recover(actor);
}

/** It is killed, and its supervisor starts it again. */
function* crash(actor: ScenarioServer): Scenario {
  yield* recover(actor);
}

function* recover(actor: ScenarioServer): Scenario {
  yield* holdCondition(actor, "closed", 0.05 * S, 12 * S);
  if (actor.random.chance(0.7)) yield* holdCondition(actor, "denied", 0.05 * S, 3 * S);
  if (actor.random.chance(0.8)) yield* holdCondition(actor, "starting", 0.05 * S, 8 * S);
  actor.machine.setCondition("ok");
}

/** A deploy script takes the server out of HAProxy first, and puts it back once it is well. */
function deploy(admin: AdminState | "weight"): ServerScenario {
  return function* (actor) {
    const { random: dice } = actor;
    setAdminState(actor, admin);
    // Scripts that do not wait are the hardest to tell from a lie.
    yield dice.chance(0.5) ? 0 : dice.between(0, 2 * S);
    if (dice.chance(0.3)) yield* holdCondition(actor, dice.pick(["etcd", "503", "hang"] as const), 1 * S, 8 * S);
    yield* recover(actor);
    yield dice.between(0.2 * S, 4 * S);
    setAdminState(actor, "ready");
  };
}

/** The agent takes the server out before it fails, and back after it is well again. */
function* agentDrain(actor: ScenarioServer): Scenario {
  const { simulation: world, machine, random: dice } = actor;
  const say = (word: "up" | "down"): void => {
    for (const haproxy of world.haproxiesOf(machine.name)) haproxy.slot(machine.name).agentReply = word;
    world.recordEvent(`the agent says ${word}`, machine.name);
  };
  say("down");
  yield dice.between(2.5 * S, 6 * S);
  yield* holdCondition(actor, dice.pick(["etcd", "503", "closed"] as const), 2 * S, 20 * S);
  machine.setCondition("ok");
  yield dice.between(0, 3 * S);
  say("up");
}

/** It fails for long, where HAProxy's check can see it. */
function longFailure(...conditions: readonly Condition[]): ServerScenario {
  return function* (actor) {
    yield* holdCondition(actor, actor.random.pick(conditions), 20 * S, 100 * S);
    actor.machine.setCondition("ok");
  };
}

/** It comes and goes, faster than HAProxy counts. */
function flapping(...conditions: readonly Condition[]): ServerScenario {
  return function* (actor) {
    const { random: dice, machine, simulation: world } = actor;
    const condition = dice.pick(conditions);
    const pace = dice.chance(0.5) ? 1 : 5;
    const endsAt = world.time.now() + dice.between(10 * S, 80 * S);
    while (world.time.now() < endsAt) {
      yield* holdCondition(actor, condition, 0.1 * S, 4 * S * pace);
      yield* holdCondition(actor, "ok", 0.1 * S, 3 * S * pace);
    }
    machine.setCondition("ok");
  };
}

/** It answers, and what it answers says nothing about its health. */
function inconclusive(condition: "denied" | "untrusted"): ServerScenario {
  return function* (actor) {
    yield* holdCondition(actor, condition, 3 * S, 40 * S);
    actor.machine.setCondition("ok");
  };
}

/** It is late, and still in time. */
function* slow(actor: ScenarioServer): Scenario {
  actor.machine.slowMs = actor.random.between(100, 900);
  yield* holdCondition(actor, "slow", 3 * S, 20 * S);
  actor.machine.setCondition("ok");
}

function* holdCondition(
  { machine, random: dice }: ScenarioServer,
  condition: Condition,
  from: number,
  to: number,
): Scenario {
  machine.setCondition(condition);
  yield dice.between(from, to);
}

function setAdminState({ simulation: world, machine }: ScenarioServer, what: AdminState | "weight"): void {
  for (const haproxy of world.haproxiesOf(machine.name)) {
    const slot = haproxy.slot(machine.name);
    if (what === "weight") slot.weight = 0;
    else {
      slot.weight = 1;
      slot.setAdminState(what);
    }
  }
  world.recordEvent(`an operator sets it ${what === "weight" ? "to weight 0" : what}`, machine.name);
}

/** All that may happen without being a lie: HAProxy knows it, notices it by itself, or somebody meant it. */
export function legitimateScenarios({
  depth,
  hasAgent,
  simulation: world,
}: ScenarioServer): readonly (readonly [name: string, ServerScenario])[] {
  const seen: Record<CheckLayer, readonly Condition[]> = {
    none: [],
    L4: ["closed"],
    L6: ["closed", "mute", "slam"],
    L7: ["closed", "mute", "slam", "etcd", "503", "hang"],
  };
  // A reload without a state file forgets what operators and agents said, and what comes back then and fails is a lie.
  const operators = world.settings.stateFile
    ? ([
        ["deploy behind drain", deploy("drain")],
        ["deploy behind maint", deploy("maint")],
        ["deploy behind weight 0", deploy("weight")],
      ] as const)
    : [];
  const checked =
    depth === "none"
      ? []
      : ([
          ["rolling restart", rollingRestart],
          ["killed", crash],
          ["rolling restart", rollingRestart],
          ["death", longFailure(...seen[depth])],
          ["flapping", flapping(...seen[depth])],
        ] as const);
  const agents = hasAgent && world.settings.stateFile ? ([["agent", agentDrain]] as const) : [];
  return [
    ...operators,
    ...checked,
    ...agents,
    ["slow", slow],
    ["denied", inconclusive("denied")],
    ["untrusted", inconclusive("untrusted")],
  ];
}

/** What no check of this depth can see. */
export const UNDETECTED_CONDITIONS: Readonly<Record<CheckLayer, readonly Condition[]>> = {
  none: ["etcd", "503", "slam", "hang", "mute", "closed"],
  L4: ["etcd", "503", "slam", "hang", "mute"],
  L6: ["etcd", "503", "hang"],
  L7: [],
};

/** A server that fails where HAProxy cannot see it, for long enough that it has to be told: two timeouts and a bit. */
export function undetectedScenarios(
  { depth, simulation: world }: ScenarioServer,
  lastsMs: number,
): readonly (readonly [name: string, ServerScenario])[] {
  return UNDETECTED_CONDITIONS[depth].map((condition) => [
    condition,
    function* (actor: ScenarioServer): Scenario {
      const patience = 2.2 * world.settings.probeTimeoutMs;
      yield* holdCondition(actor, condition, patience + lastsMs, patience + 2 * lastsMs);
      actor.machine.setCondition("ok");
    },
  ]);
}

/** A server's whole life: calm, an episode, calm, an episode, until `endsAt`; then it is well. */
export function* runScenarios(
  actor: ScenarioServer,
  episodes: readonly (readonly [name: string, ServerScenario])[],
  calm: { readonly from: number; readonly to: number },
  endsAt: number,
): Scenario {
  const { simulation: world, machine, random: dice } = actor;
  // Long enough for the slowest first check: until then nobody knows how deep it looks.
  yield dice.between(15 * S, 25 * S);
  while (world.time.now() < endsAt && episodes.length > 0) {
    const [name, episode] = dice.pick(episodes);
    const entry = { machine: machine.name, name, from: world.time.now(), to: Number.POSITIVE_INFINITY };
    world.timeline.episodes.push(entry);
    yield* episode(actor);
    entry.to = world.time.now();
    yield dice.between(calm.from, calm.to);
  }
}
