import type { Dice } from "./dice.ts";
import type { Condition, Machine } from "./machine.ts";
import type { Admin } from "./slot.ts";
import type { CheckDepth, Story, World } from "./world.ts";

/** The one whom a story is about. */
export interface Actor {
  readonly world: World;
  readonly machine: Machine;
  readonly depth: CheckDepth;
  readonly hasAgent: boolean;
  readonly dice: Dice;
}

/** Something that can happen to a server. */
export type Episode = (actor: Actor) => Story;

const S = 1_000;

/** A kube-apiserver is told to stop, closes its port and comes back: refused, 403, start-up hooks, ok. */
function* rollingRestart(actor: Actor): Story {
  yield* during(actor, "draining", 0.5 * S, 10 * S);
  yield* cameBack(actor);
}

/** It is killed, and its supervisor starts it again. */
function* killed(actor: Actor): Story {
  yield* cameBack(actor);
}

function* cameBack(actor: Actor): Story {
  yield* during(actor, "closed", 0.05 * S, 12 * S);
  if (actor.dice.chance(0.7)) yield* during(actor, "denied", 0.05 * S, 3 * S);
  if (actor.dice.chance(0.8)) yield* during(actor, "starting", 0.05 * S, 8 * S);
  actor.machine.become("ok");
}

/** A deploy script takes the server out of HAProxy first, and puts it back once it is well. */
function deploy(admin: Admin | "weight"): Episode {
  return function* (actor) {
    const { dice } = actor;
    operate(actor, admin);
    // Scripts that do not wait are the hardest to tell from a lie.
    yield dice.chance(0.5) ? 0 : dice.between(0, 2 * S);
    if (dice.chance(0.3)) yield* during(actor, dice.pick(["etcd", "503", "hang"] as const), 1 * S, 8 * S);
    yield* cameBack(actor);
    yield dice.between(0.2 * S, 4 * S);
    operate(actor, "ready");
  };
}

/** The agent takes the server out before it fails, and back after it is well again. */
function* byAgent(actor: Actor): Story {
  const { world, machine, dice } = actor;
  const say = (word: "up" | "down"): void => {
    for (const haproxy of world.haproxiesOf(machine.name)) haproxy.slot(machine.name).agentWord = word;
    world.note(`the agent says ${word}`, machine.name);
  };
  say("down");
  yield dice.between(2.5 * S, 6 * S);
  yield* during(actor, dice.pick(["etcd", "503", "closed"] as const), 2 * S, 20 * S);
  machine.become("ok");
  yield dice.between(0, 3 * S);
  say("up");
}

/** It fails for long, where HAProxy's check can see it. */
function death(...conditions: readonly Condition[]): Episode {
  return function* (actor) {
    yield* during(actor, actor.dice.pick(conditions), 20 * S, 100 * S);
    actor.machine.become("ok");
  };
}

/** It comes and goes, faster than HAProxy counts. */
function flapping(...conditions: readonly Condition[]): Episode {
  return function* (actor) {
    const { dice, machine, world } = actor;
    const condition = dice.pick(conditions);
    const pace = dice.chance(0.5) ? 1 : 5;
    const endsAt = world.time.now() + dice.between(10 * S, 80 * S);
    while (world.time.now() < endsAt) {
      yield* during(actor, condition, 0.1 * S, 4 * S * pace);
      yield* during(actor, "ok", 0.1 * S, 3 * S * pace);
    }
    machine.become("ok");
  };
}

/** It answers, and what it answers says nothing about its health. */
function mute(condition: "denied" | "untrusted"): Episode {
  return function* (actor) {
    yield* during(actor, condition, 3 * S, 40 * S);
    actor.machine.become("ok");
  };
}

/** It is late, and still in time. */
function* slow(actor: Actor): Story {
  actor.machine.slowMs = actor.dice.between(100, 900);
  yield* during(actor, "slow", 3 * S, 20 * S);
  actor.machine.become("ok");
}

function* during({ machine, dice }: Actor, condition: Condition, from: number, to: number): Story {
  machine.become(condition);
  yield dice.between(from, to);
}

function operate({ world, machine }: Actor, what: Admin | "weight"): void {
  for (const haproxy of world.haproxiesOf(machine.name)) {
    const slot = haproxy.slot(machine.name);
    if (what === "weight") slot.weight = 0;
    else {
      slot.weight = 1;
      slot.set(what);
    }
  }
  world.note(`an operator sets it ${what === "weight" ? "to weight 0" : what}`, machine.name);
}

/** All that may happen without being a lie: HAProxy knows it, notices it by itself, or somebody meant it. */
export function legitimate({ depth, hasAgent, world }: Actor): readonly (readonly [name: string, Episode])[] {
  const seen: Record<CheckDepth, readonly Condition[]> = {
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
          ["killed", killed],
          ["rolling restart", rollingRestart],
          ["death", death(...seen[depth])],
          ["flapping", flapping(...seen[depth])],
        ] as const);
  const agents = hasAgent && world.settings.stateFile ? ([["agent", byAgent]] as const) : [];
  return [
    ...operators,
    ...checked,
    ...agents,
    ["slow", slow],
    ["denied", mute("denied")],
    ["untrusted", mute("untrusted")],
  ];
}

/** What no check of this depth can see. */
export const LIES: Readonly<Record<CheckDepth, readonly Condition[]>> = {
  none: ["etcd", "503", "slam", "hang", "mute", "closed"],
  L4: ["etcd", "503", "slam", "hang", "mute"],
  L6: ["etcd", "503", "hang"],
  L7: [],
};

/** A server that fails where HAProxy cannot see it, for long enough that it has to be told: two timeouts and a bit. */
export function lies({ depth, world }: Actor, lastsMs: number): readonly (readonly [name: string, Episode])[] {
  return LIES[depth].map((condition) => [
    condition,
    function* (actor: Actor): Story {
      const patience = 2.2 * world.settings.probeTimeoutMs;
      yield* during(actor, condition, patience + lastsMs, patience + 2 * lastsMs);
      actor.machine.become("ok");
    },
  ]);
}

/** A server's whole life: calm, an episode, calm, an episode, until `endsAt`; then it is well. */
export function* life(
  actor: Actor,
  episodes: readonly (readonly [name: string, Episode])[],
  calm: { readonly from: number; readonly to: number },
  endsAt: number,
): Story {
  const { world, machine, dice } = actor;
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
