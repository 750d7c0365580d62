import type { ServerAddress, ServerView } from "../contract/view.ts";
import { deriveBelief } from "./belief.ts";
import { depthWithoutCheck, provenDepth } from "./check-depth.ts";
import { type TrafficCounters, INITIAL_MEMORY, type ServerMemory, type ClientTraffic } from "./server-memory.ts";
import { classifyTraffic } from "./client-traffic.ts";

/** A view and the moment it is evidence for: when its poll was sent. */
export interface TimedView {
  readonly view: ServerView;
  readonly at: number;
}

/** Address as one text, to compare and to show; null where there is none. */
export function formatAddress(address: ServerAddress): string | null {
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
export function observeView(memory: ServerMemory, { view, at }: TimedView, epoch: string): ServerMemory {
  if (at <= memory.viewAt) return memory;
  // A poll that says what the last one said moves nothing but its time, unless its counters are watched.
  if (view === memory.view && epoch === memory.epoch && memory.traffic === null) return { ...memory, viewAt: at };
  const first = memory.viewAt === INITIAL_MEMORY.viewAt;
  const belief = deriveBelief(view);
  const address = formatAddress(view.address) ?? "";
  const addressChanged = !first && address !== memory.address;
  const beliefChanged = first || belief.kind !== memory.belief.kind;
  const sameEpoch = epoch === memory.epoch;
  const { health } = view.check;
  // A reload sets health anew: that is no movement.
  const moved = sameEpoch && health !== null && memory.health !== null ? health - memory.health : 0;
  const counters = readTrafficCounters(view);
  const unverified = view.check.status === "INI" && view.state !== "no-check";

  return {
    ...(addressChanged ? resetProbes(memory) : memory),
    epoch,
    view,
    viewAt: at,
    belief,
    beliefChangedAt: beliefChanged || addressChanged ? at : memory.beliefChangedAt,
    address,
    addressSince: addressChanged ? at : memory.addressSince,
    depth: depthWithoutCheck(view) ?? provenDepth(view.check) ?? keptDepth(memory, view),
    accepts5xx: acceptsErrors(memory, view),
    checkDeniedWhileDown:
      belief.kind === "down" && ((!beliefChanged && memory.checkDeniedWhileDown) || isCheckDenied(view)),
    unverified,
    health,
    isHealthInTransition: isHealthInTransition(view),
    healthFellAt: moved < 0 ? at : memory.healthFellAt,
    healthRoseAt: moved > 0 ? at : memory.healthRoseAt,
    verifiedAt: memory.unverified && !unverified ? at : memory.verifiedAt,
    counters,
    traffic: sameEpoch ? observeClientTraffic(memory.traffic, counters, at) : null,
  };
}

function isHealthInTransition({ check }: ServerView): boolean {
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

function isCheckDenied({ check }: ServerView): boolean {
  return check.status === "L7STS" && (check.code === 401 || check.code === 403);
}

function readTrafficCounters(view: ServerView): TrafficCounters | null {
  if (view.sessionsTotal === null || view.bytesOut === null) return null;
  return {
    sessions: view.sessionsTotal,
    bytesOut: view.bytesOut,
    errors: (view.connectErrors ?? 0) + (view.retries ?? 0),
  };
}

/** Begins to watch the traffic of a server from these counters on. */
export function startClientTraffic(base: TrafficCounters, at: number): ClientTraffic {
  return { baseline: base, lastErrors: base.errors, errorFreeSince: at, failingSince: null, hasNewSessions: false };
}

function observeClientTraffic(
  traffic: ClientTraffic | null,
  counters: TrafficCounters | null,
  at: number,
): ClientTraffic | null {
  if (traffic === null || counters === null) return null;
  if (counters.errors > traffic.lastErrors) {
    const gotThrough = classifyTraffic(traffic, at) === "works";
    const failingSince = gotThrough ? at : (traffic.failingSince ?? traffic.errorFreeSince);
    return { baseline: counters, lastErrors: counters.errors, errorFreeSince: at, failingSince, hasNewSessions: false };
  }
  return {
    ...traffic,
    hasNewSessions: counters.sessions > traffic.baseline.sessions && counters.bytesOut > traffic.baseline.bytesOut,
  };
}

/** Another address is another machine: what the old one answered says nothing about it. */
function resetProbes(memory: ServerMemory): ServerMemory {
  const {
    result,
    assessment: opinion,
    failure,
    consecutivePasses: passes,
    consecutiveFailures: run,
    wasUnavailable: wasAway,
    isGuessedPathProven: provenPath,
    everReached,
    disagreement: dispute,
  } = INITIAL_MEMORY;
  return {
    ...memory,
    result,
    assessment: opinion,
    failure,
    consecutivePasses: passes,
    consecutiveFailures: run,
    wasUnavailable: wasAway,
    isGuessedPathProven: provenPath,
    everReached,
    disagreement: dispute,
  };
}
