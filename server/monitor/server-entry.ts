import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName, ServerKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { Reason } from "../contract/reason.ts";
import type { CheckDepth, CheckQuality, Phase, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import type { MisroutedTraffic } from "../judge/misrouted-traffic.ts";
import type { FailureEpisode } from "../judge/stability.ts";
import type { ProtocolEvidence } from "../targets/protocol-evidence.ts";
import { isSameAddress } from "./assignment.ts";

/** Polls for which a backup counts as in use after its own sessions grew (`option allbackups`). */
export const BACKUP_IN_USE_POLLS = 3;

/** Stands for "not since we look": polls are not counted further than this. */
export const IDLE_POLLS_MAX = 1_000;

/** The current state of one server: what both witnesses said last, and what the judge made of it. */
export interface ServerEntry {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  view: ServerView;
  /** When the newest poll that said `view` was sent, and the first one; monotonic milliseconds. */
  viewAt: number;
  viewSince: number;
  /** The view that was judged last; null before the first. */
  judgedView: ServerView | null;
  /** What HAProxy's checks of this address have shown it to speak. */
  protocolEvidence: ProtocolEvidence;
  assignment: Assignment;
  /** Newest result of its target; null before the first. */
  result: ProbeResult | null;
  memory: ServerMemory | null;
  misrouted: MisroutedTraffic | null;
  isStandby: boolean;
  quality: CheckQuality | null;
  /** When it failed while HAProxy sent it traffic, lately. */
  episodes: readonly FailureEpisode[];
  /** Polls since its session counter last grew, at most NEVER_GREW. */
  idlePolls: number;
  notified: NotifiedState | null;
}

/** True where the judge has heard what `view` says: counters, times and the words of a check tell it nothing without a dispute. */
export function takeJudged(server: ServerEntry): boolean {
  const { judgedView: judged, view } = server;
  if (judged === view) return true;
  if (judged === null || !isSameJudgeInput(judged, view)) return false;
  // The old one is not kept longer than it has to be.
  server.judgedView = view;
  return true;
}

function isSameJudgeInput(a: ServerView, b: ServerView): boolean {
  return (
    isSameView(a, b) &&
    a.state === b.state &&
    a.backup === b.backup &&
    a.byAgent === b.byAgent &&
    a.mode === b.mode &&
    a.checkElsewhere === b.checkElsewhere &&
    a.check.rise === b.check.rise &&
    a.check.fall === b.check.fall &&
    (a.address === b.address || isSameAddress(a, b))
  );
}

/** What people see of a server, as the listeners were last told. Counters and times are left out on purpose. */
export interface NotifiedState {
  verdict: Verdict;
  phase: Phase | null;
  reason: Reason | null;
  address: string;
  depth: CheckDepth | null;
  quality: CheckQuality | null;
  standby: boolean;
  view: ServerView;
  result: ProbeResult | null;
}

/** True where people would see another thing than they were told last; from then on it counts as told. False before the first judgement. */
export function takeNews(server: ServerEntry): boolean {
  const { memory, view, result, quality, isStandby: standby, notified: shown } = server;
  if (memory === null) return false;
  const { verdict, phase, reason } = memory.decision;
  const { address } = memory.haproxy;
  const { depth } = memory.check;
  const same =
    shown !== null &&
    shown.verdict === verdict &&
    shown.phase === phase &&
    shown.reason === reason &&
    shown.address === address &&
    shown.depth === depth &&
    shown.quality === quality &&
    shown.standby === standby &&
    isSameView(shown.view, view) &&
    isSameResult(shown.result, result);
  if (same) {
    // Neither is kept longer than it has to be.
    shown.view = view;
    shown.result = result;
    return false;
  }
  server.notified = { verdict, phase, reason, address, depth, quality, standby, view, result };
  return true;
}

function isSameView(a: ServerView, b: ServerView): boolean {
  return (
    a === b ||
    (a.status === b.status &&
      a.weight === b.weight &&
      a.agentStatus === b.agentStatus &&
      a.tracked === b.tracked &&
      a.check.status === b.check.status &&
      a.check.code === b.check.code &&
      a.check.health === b.check.health)
  );
}

function isSameResult(a: ProbeResult | null, b: ProbeResult | null): boolean {
  if (a === b || a === null || b === null) return a === b;
  return (
    a.outcome === b.outcome &&
    a.fault === b.fault &&
    a.kind === b.kind &&
    a.stage === b.stage &&
    a.httpStatus === b.httpStatus &&
    a.url === b.url &&
    a.failing.length === b.failing.length &&
    a.failing.every((name, place) => name === b.failing[place])
  );
}

/**
 * True where judging again would say the same: nothing new was seen of the server, and no clock runs for it. What its
 * verdict hangs on besides, its backend's check and other servers, the caller has to look at.
 */
export function canSkipJudging(server: ServerEntry, epoch: string): boolean {
  const { memory, view, result } = server;
  return (
    memory !== null &&
    takeJudged(server) &&
    memory.probe.result === result &&
    memory.disagreement === null &&
    memory.haproxy.epoch === epoch &&
    memory.decision.reason !== "haproxy-stale" &&
    view.tracked === null &&
    !view.backup
  );
}
