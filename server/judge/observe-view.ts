import type { ServerAddress, ServerView } from "../contract/view.ts";
import { beliefOf } from "./belief.ts";
import { depthWithoutCheck, provedDepth } from "./depth.ts";
import { type Counters, NOTHING_SEEN, type ServerMemory, type Traffic } from "./memory.ts";
import { trafficWord } from "./traffic.ts";

/** A view and the moment it is evidence for: when its poll was sent. */
export interface SeenView {
  readonly view: ServerView;
  readonly at: number;
}

/** Address as one text, to compare and to show; null where there is none. */
export function addressText(address: ServerAddress): string | null {
  switch (address.kind) {
    case "ip":
      return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
    case "unix":
      return "unix";
    case "none":
      return null;
  }
}

/** Adds what a view says to the memory. The same view twice changes nothing. */
export function observeView(memory: ServerMemory, { view, at }: SeenView, epoch: string): ServerMemory {
  if (at <= memory.viewAt) return memory;
  // A poll that says what the last one said moves nothing but its time, unless its counters are watched.
  if (view === memory.view && epoch === memory.epoch && memory.traffic === null) return { ...memory, viewAt: at };
  const first = memory.viewAt === NOTHING_SEEN.viewAt;
  const belief = beliefOf(view);
  const address = addressText(view.address) ?? "";
  const addressChanged = !first && address !== memory.address;
  const beliefChanged = first || belief.kind !== memory.belief.kind;
  const sameEpoch = epoch === memory.epoch;
  const { health } = view.check;
  // A reload sets health anew: that is no movement.
  const moved = sameEpoch && health !== null && memory.health !== null ? health - memory.health : 0;
  const counters = countersOf(view);
  const unverified = view.check.status === "INI" && view.state !== "no-check";

  return {
    ...(addressChanged ? forgetProbes(memory) : memory),
    epoch,
    view,
    viewAt: at,
    belief,
    changedAt: beliefChanged || addressChanged ? at : memory.changedAt,
    address,
    addressSince: addressChanged ? at : memory.addressSince,
    depth: depthWithoutCheck(view) ?? provedDepth(view.check) ?? keptDepth(memory, view),
    accepts5xx: acceptsErrors(memory, view),
    deniedInSpell: belief.kind === "down" && ((!beliefChanged && memory.deniedInSpell) || wasDenied(view)),
    unverified,
    health,
    midway: isMidway(view),
    healthFellAt: moved < 0 ? at : memory.healthFellAt,
    healthRoseAt: moved > 0 ? at : memory.healthRoseAt,
    verifiedAt: memory.unverified && !unverified ? at : memory.verifiedAt,
    counters,
    traffic: sameEpoch ? observeTraffic(memory.traffic, counters, at) : null,
  };
}

function isMidway({ check }: ServerView): boolean {
  const { health, rise, fall } = check;
  return health !== null && rise !== null && fall !== null && health > 0 && health < rise + fall - 1;
}

/** A check that came back after `no check` has to be seen again before its depth is known. */
function keptDepth(memory: ServerMemory, view: ServerView): ServerMemory["depth"] {
  return memory.depth === "none" && view.check.status !== null ? null : memory.depth;
}

function acceptsErrors(memory: ServerMemory, { check }: ServerView): boolean {
  if (check.status !== "L7OK" || check.code === null) return memory.accepts5xx;
  return check.code >= 500;
}

function wasDenied({ check }: ServerView): boolean {
  return check.status === "L7STS" && (check.code === 401 || check.code === 403);
}

function countersOf(view: ServerView): Counters | null {
  if (view.sessionsTotal === null || view.bytesOut === null) return null;
  return {
    sessions: view.sessionsTotal,
    bytesOut: view.bytesOut,
    errors: (view.connectErrors ?? 0) + (view.retries ?? 0),
  };
}

/** Begins to watch the traffic of a server from these counters on. */
export function watchTraffic(base: Counters, at: number): Traffic {
  return { base, lastErrors: base.errors, quietSince: at, failingSince: null, moved: false };
}

function observeTraffic(traffic: Traffic | null, counters: Counters | null, at: number): Traffic | null {
  if (traffic === null || counters === null) return null;
  if (counters.errors > traffic.lastErrors) {
    const gotThrough = trafficWord(traffic, at) === "works";
    const failingSince = gotThrough ? at : (traffic.failingSince ?? traffic.quietSince);
    return { base: counters, lastErrors: counters.errors, quietSince: at, failingSince, moved: false };
  }
  return {
    ...traffic,
    moved: counters.sessions > traffic.base.sessions && counters.bytesOut > traffic.base.bytesOut,
  };
}

/** Another address is another machine: what the old one answered says nothing about it. */
function forgetProbes(memory: ServerMemory): ServerMemory {
  const { result, opinion, failure, passes, run, wasAway, provenPath, everReached, dispute } = NOTHING_SEEN;
  return { ...memory, result, opinion, failure, passes, run, wasAway, provenPath, everReached, dispute };
}
