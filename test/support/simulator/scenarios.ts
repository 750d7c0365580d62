import type { SeededRandom } from "./seeded-random.ts";
import type { Condition, SimulatedMachine } from "./simulated-machine.ts";
import type { AdminState } from "./simulated-slot.ts";
import type { CheckLayer, Scenario, Simulation } from "./simulation.ts";

/** The server of a scenario. */
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

/** A kube-apiserver gets SIGTERM, closes its port and comes back: refused, 403, start-up hooks, ok. */
function* rollingRestart(actor: ScenarioServer): Scenario {
  yield* holdCondition(actor, "draining", 0.5 * S, 10 * S);
  if (actor.random.chance(0.5)) yield* stopAccepting(actor);
  yield* endProcess(actor);
}

/** The port is open for a moment and nothing accepts: what connects then is reset when the process ends. */
function* stopAccepting(actor: ScenarioServer): Scenario {
  yield* holdCondition(actor, "hang", 0.02 * S, 0.35 * S);
}

/** A slow server ends: what waits for its answer is reset, and its port closes at once or a moment later. */
function* slowDeath(actor: ScenarioServer): Scenario {
  const { random, machine } = actor;
  yield* serveSlowly(actor);
  if (random.chance(0.5)) {
    machine.resetConnections();
    yield* stopAccepting(actor);
  }
  yield* endProcess(actor);
}

/** It freezes for less than a probe's timeout and is killed. */
function* frozenDeath(actor: ScenarioServer): Scenario {
  const longest = 0.9 * actor.simulation.settings.probeTimeoutMs;
  yield* holdCondition(actor, actor.random.pick(["hang", "mute"] as const), 0.1 * S, longest);
  yield* endProcess(actor);
}

/** A slow apiserver drains, and its end resets the last probes. */
function* slowDrain(actor: ScenarioServer): Scenario {
  yield* serveSlowly(actor);
  yield* holdCondition(actor, "draining", 1 * S, 6 * S);
  if (actor.random.chance(0.5)) yield* stopAccepting(actor);
  yield* endProcess(actor);
}

/** A middlebox forgets its connections, or another process takes the port over. */
function* connectionsReset(actor: ScenarioServer): Scenario {
  yield* serveSlowly(actor);
  actor.machine.resetConnections();
  yield actor.random.between(1 * S, 5 * S);
  actor.machine.latencyMs = 0;
}

/** Answers get slow, in time for our probe and for every check. */
function* serveSlowly({ machine, random, simulation, depth }: ScenarioServer): Scenario {
  const limit = 0.7 * Math.min(simulation.settings.probeTimeoutMs, depth === "L7" ? 1 * S : 5 * S);
  machine.latencyMs = random.between(0.1 * S, limit);
  yield random.between(2 * S, 6 * S);
}

function* endProcess(actor: ScenarioServer): Scenario {
  actor.machine.setCondition("closed");
  actor.machine.resetConnections();
  actor.machine.latencyMs = 0;
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
    const { random } = actor;
    if (random.chance(0.5)) yield* serveSlowly(actor);
    setAdminState(actor, admin);
    // A script that does not wait looks most like a mismatch.
    yield random.chance(0.5) ? random.between(0, 0.06 * S) : random.between(0, 2 * S);
    if (random.chance(0.3)) yield* holdCondition(actor, random.pick(["etcd", "503", "hang"] as const), 1 * S, 8 * S);
    else if (random.chance(0.5)) yield* holdCondition(actor, "draining", 0.02 * S, 6 * S);
    if (random.chance(0.5)) yield* stopAccepting(actor);
    yield* endProcess(actor);
    yield random.between(0.2 * S, 4 * S);
    setAdminState(actor, "ready");
  };
}

/** The agent takes the server out before it fails, and back after it is well again. */
function* agentDrain(actor: ScenarioServer): Scenario {
  const { simulation, machine, random } = actor;
  const say = (word: "up" | "down"): void => {
    for (const haproxy of simulation.haproxiesOf(machine.name)) haproxy.slot(machine.name).agentReply = word;
    simulation.recordEvent(`the agent says ${word}`, machine.name);
  };
  say("down");
  yield random.between(2.5 * S, 6 * S);
  yield* holdCondition(actor, random.pick(["etcd", "503", "closed"] as const), 2 * S, 20 * S);
  machine.setCondition("ok");
  yield random.between(0, 3 * S);
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
    const { random, machine, simulation } = actor;
    const condition = random.pick(conditions);
    const pace = random.chance(0.5) ? 1 : 5;
    const endsAt = simulation.time.now() + random.between(10 * S, 80 * S);
    while (simulation.time.now() < endsAt) {
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

/** Its health path fails, and clients get what they ask for. */
function* healthPathFails(actor: ScenarioServer): Scenario {
  yield* holdCondition(actor, "unready", 3 * S, 60 * S);
  actor.machine.setCondition("ok");
}

/** It is late, and still in time. */
function* slow(actor: ScenarioServer): Scenario {
  actor.machine.slowMs = actor.random.between(100, 900);
  yield* holdCondition(actor, "slow", 3 * S, 20 * S);
  actor.machine.setCondition("ok");
}

function* holdCondition({ machine, random }: ScenarioServer, condition: Condition, from: number, to: number): Scenario {
  machine.setCondition(condition);
  yield random.between(from, to);
}

function setAdminState({ simulation, machine }: ScenarioServer, what: AdminState | "weight"): void {
  for (const haproxy of simulation.haproxiesOf(machine.name)) {
    const slot = haproxy.slot(machine.name);
    if (what === "weight") slot.weight = 0;
    else {
      slot.weight = 1;
      slot.setAdminState(what);
    }
  }
  simulation.recordEvent(`an operator sets it ${what === "weight" ? "to weight 0" : what}`, machine.name);
}

/** What may happen without a mismatch: HAProxy knows it, its check notices it, or an operator did it. */
export function legitimateScenarios({
  depth,
  hasAgent,
  simulation,
}: ScenarioServer): readonly (readonly [name: string, ServerScenario])[] {
  const seen: Record<CheckLayer, readonly Condition[]> = {
    none: [],
    L4: ["closed"],
    L6: ["closed", "mute", "slam"],
    L7: ["closed", "mute", "slam", "etcd", "503", "hang"],
  };
  // A reload without a state file forgets what operators and agents said, and what comes back then and fails is a lie.
  const operators = simulation.settings.stateFile
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
          ["slow death", slowDeath],
          ["frozen death", frozenDeath],
          ["slow drain", slowDrain],
          ["rolling restart", rollingRestart],
          ["death", longFailure(...seen[depth])],
          ["flapping", flapping(...seen[depth])],
        ] as const);
  const { isGuessed, mode, sessionsPerSecond } = simulation.settings;
  const served =
    isGuessed === true && mode === "http" && sessionsPerSecond > 0 ? ([["unready", healthPathFails]] as const) : [];
  const agents = hasAgent && simulation.settings.stateFile ? ([["agent", agentDrain]] as const) : [];
  return [
    ...operators,
    ...checked,
    ...agents,
    ...served,
    ["slow", slow],
    ["connections reset", connectionsReset],
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

/** Failures that HAProxy cannot see and that last long enough to be confirmed: two timeouts and more. */
export function undetectedScenarios(
  { depth, simulation }: ScenarioServer,
  lastsMs: number,
): readonly (readonly [name: string, ServerScenario])[] {
  return UNDETECTED_CONDITIONS[depth].map((condition) => [
    condition,
    function* (actor: ScenarioServer): Scenario {
      const minimumMs = 2.2 * simulation.settings.probeTimeoutMs;
      yield* holdCondition(actor, condition, minimumMs + lastsMs, minimumMs + 2 * lastsMs);
      actor.machine.setCondition("ok");
    },
  ]);
}

/** Plays pauses and scenarios of one server in turn until `endsAt`; then it is well. */
export function* runScenarios(
  actor: ScenarioServer,
  scenarios: readonly (readonly [name: string, ServerScenario])[],
  pause: { readonly from: number; readonly to: number },
  endsAt: number,
): Scenario {
  const { simulation, machine, random } = actor;
  // Long enough for the slowest first check: until then its depth is not known.
  yield random.between(15 * S, 25 * S);
  while (simulation.time.now() < endsAt && scenarios.length > 0) {
    const [name, episode] = random.pick(scenarios);
    const entry = { machine: machine.name, name, from: simulation.time.now(), to: Number.POSITIVE_INFINITY };
    simulation.timeline.episodes.push(entry);
    yield* episode(actor);
    entry.to = simulation.time.now();
    yield random.between(pause.from, pause.to);
  }
}
