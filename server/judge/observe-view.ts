import type { CheckView, ServerAddress, ServerView } from "../contract/view.ts";
import { deriveBelief } from "./belief.ts";
import { type ClientAnswers, observeClientAnswers, readAnswerCounters } from "./client-answers.ts";
import { depthWithoutCheck, failedBetween, failsBeforeAnswer, provenDepth } from "./check-depth.ts";
import {
  type CheckMemory,
  type ClientTraffic,
  INITIAL_MEMORY,
  type ServerMemory,
  type TrafficCounters,
} from "./server-memory.ts";
import { formatHostPort } from "../contract/host-port.ts";

/** A view and the moment it is evidence for: when its poll was sent. */
export interface TimedView {
  readonly view: ServerView;
  readonly at: number;
}

/** Address as one text, to compare and to show; null where there is none. */
export function formatAddress(address: ServerAddress): string | null {
  switch (address.kind) {
    case "ip":
      return formatHostPort(address.host, address.port);
    case "unix":
      return "unix";
    case "none":
    case "unresolved":
      return null;
  }
}

/** Adds what a view says to the memory. The same view twice changes nothing. */
export function observeView(memory: ServerMemory, { view, at }: TimedView, epoch: string): ServerMemory {
  const { haproxy, check } = memory;
  if (at <= haproxy.viewAt) return memory;
  // A poll that repeats the view moves nothing but its time, unless its counters are watched.
  if (view === haproxy.view && epoch === haproxy.epoch && memory.traffic === null && memory.answers === null) {
    return { ...memory, haproxy: { ...haproxy, viewAt: at } };
  }
  const isFirst = haproxy.viewAt === INITIAL_MEMORY.haproxy.viewAt;
  const belief = deriveBelief(view);
  const address = formatAddress(view.address) ?? "";
  const addressChanged = !isFirst && address !== haproxy.address;
  const beliefChanged = isFirst || belief.kind !== haproxy.belief.kind;
  const sameEpoch = epoch === haproxy.epoch;
  const counters = readTrafficCounters(view);
  return {
    haproxy: {
      epoch,
      epochSince: sameEpoch ? haproxy.epochSince : at,
      view,
      viewAt: at,
      belief,
      beliefChangedAt: beliefChanged || addressChanged ? at : haproxy.beliefChangedAt,
      address,
      addressSince: addressChanged ? at : haproxy.addressSince,
      counters,
    },
    check: updateCheck(check, view, {
      before: sameEpoch ? (haproxy.view?.check ?? null) : null,
      at,
      deniedBefore: belief.kind === "down" && !beliefChanged && check.deniedWhileDown,
    }),
    // Another address is another machine: answers of the old one say nothing about it.
    probe: addressChanged ? INITIAL_MEMORY.probe : memory.probe,
    clocksHeldUntil: memory.clocksHeldUntil,
    disagreement: addressChanged ? null : memory.disagreement,
    traffic: sameEpoch ? observeClientTraffic(memory.traffic, counters, at) : null,
    answers: sameEpoch ? updateAnswers(memory.answers, view, at) : null,
    decision: memory.decision,
  };
}

function updateCheck(
  check: CheckMemory,
  view: ServerView,
  { before, at, deniedBefore }: { before: CheckView | null; at: number; deniedBefore: boolean },
): CheckMemory {
  const { health } = view.check;
  // A reload sets health anew: that is no movement.
  const moved = before !== null && health !== null && check.health !== null ? health - check.health : 0;
  const wasUnavailable = failsBeforeAnswer(view.check) || (before !== null && failedBetween(before, view.check));
  const isUnverified = view.check.status === "INI" && view.state !== "no-check";
  return {
    depth: depthWithoutCheck(view) ?? provenDepth(view.check) ?? keptDepth(check, view),
    accepts5xx: acceptsErrors(check, view),
    deniedWhileDown: deniedBefore || (deriveBelief(view).kind === "down" && isCheckDenied(view)),
    isUnverified,
    verifiedAt: check.isUnverified && !isUnverified ? at : check.verifiedAt,
    health,
    isHealthInTransition: isHealthInTransition(view),
    healthFellAt: moved < 0 ? at : check.healthFellAt,
    healthRoseAt: moved > 0 ? at : check.healthRoseAt,
    activityAt: before !== null && showsActivity(before, view.check) ? at : check.activityAt,
    unavailableAt: deriveBelief(view).kind === "up" && wasUnavailable ? at : check.unavailableAt,
  };
}

/** True where a check has started, or one that was not seen running has ended, between the two views. */
function showsActivity(before: CheckView, now: CheckView): boolean {
  if (before.running || now.running) return now.running && !before.running;
  return (
    before.durationMs !== now.durationMs ||
    before.health !== now.health ||
    before.status !== now.status ||
    before.code !== now.code
  );
}

function isHealthInTransition({ check }: ServerView): boolean {
  const { health, rise, fall } = check;
  return health !== null && rise !== null && fall !== null && health > 0 && health < rise + fall - 1;
}

/** A check that came back after `no check` has to be seen again before its depth is known. */
function keptDepth(before: CheckMemory, view: ServerView): CheckMemory["depth"] {
  return before.depth === "none" && view.check.status !== null ? null : before.depth;
}

function acceptsErrors(before: CheckMemory, { check }: ServerView): boolean {
  // A state file restores L7OK with code 0.
  if (check.status !== "L7OK" || check.code === null || check.code === 0) return before.accepts5xx;
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

function updateAnswers(answers: ClientAnswers | null, view: ServerView, at: number): ClientAnswers | null {
  const counters = answers === null ? null : readAnswerCounters(view);
  return answers === null || counters === null ? null : observeClientAnswers(answers, counters, at);
}

/** Starts to watch the traffic of a server from the counters polled at `at` on, for a probe that was sent at `since`. */
export function startClientTraffic(baseline: TrafficCounters, at: number, since: number): ClientTraffic {
  return {
    since,
    baseline,
    baselineAt: at,
    lastErrors: baseline.errors,
    errorFreeSince: Math.max(at, since),
    failingSince: null,
    hasNewSessions: false,
  };
}

/** Takes in the counters of one view. */
function observeClientTraffic(
  traffic: ClientTraffic | null,
  counters: TrafficCounters | null,
  at: number,
): ClientTraffic | null {
  if (traffic === null || counters === null) return null;
  if (counters.errors > traffic.lastErrors) {
    const gotThrough = traffic.hasNewSessions;
    const failingSince = gotThrough ? at : (traffic.failingSince ?? traffic.errorFreeSince);
    return { ...startClientTraffic(counters, at, traffic.since), failingSince };
  }
  // Sessions from before the probe that failed must not count as having connected after it.
  if (traffic.baselineAt <= traffic.since) return { ...traffic, baseline: counters, baselineAt: at };
  return {
    ...traffic,
    hasNewSessions: counters.sessions > traffic.baseline.sessions && counters.bytesOut > traffic.baseline.bytesOut,
  };
}
