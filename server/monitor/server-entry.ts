import type { VerdictEvidence } from "../contract/event.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName, ServerKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { Reason } from "../contract/reason.ts";
import type { CheckDepth, CheckQuality, Phase, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { isProbeStale } from "../judge/probe-age.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { classifyAnswers } from "../judge/client-answers.ts";
import { classifyTraffic } from "../judge/client-traffic.ts";
import type { MisroutedTraffic } from "../judge/misrouted-traffic.ts";
import type { FailureEpisode } from "../judge/stability.ts";
import type { ProtocolEvidence } from "../targets/protocol-evidence.ts";
import { isSameAddress } from "./assignment.ts";

/** Polls for which a backup counts as in use after its own sessions grew (`option allbackups`). */
export const BACKUP_IN_USE_POLLS = 3;

/** Polls are counted up to this; it stands for "never" as well. */
export const IDLE_POLLS_MAX = 1_000;

/** The current state of one server: the newest view and result, and what the judge concluded. */
export interface ServerEntry {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  view: ServerView;
  /** When the newest poll with `view` was sent, and the first one; monotonic milliseconds. */
  viewAt: number;
  viewSince: number;
  /** Which HAProxy process the poll of `viewAt` showed. */
  epoch: string;
  /** The view that was judged last; null before the first. */
  judgedView: ServerView | null;
  /** Key of the server that `view` tracks: made once, since a key is looked up faster than it is made. */
  trackedKey: ServerKey | null;
  /** Protocols that HAProxy's checks of this address have shown. */
  protocolEvidence: ProtocolEvidence;
  assignment: Assignment;
  /** Newest result of its target; null before the first. */
  result: ProbeResult | null;
  memory: ServerMemory | null;
  /** Begin of the first settled verdict in this run; null before it. */
  settledSince: number | null;
  misrouted: MisroutedTraffic | null;
  isStandby: boolean;
  quality: CheckQuality | null;
  /** Recent times in which it failed while HAProxy sent it traffic. */
  episodes: readonly FailureEpisode[];
  /** Recent times in which HAProxy had it DOWN. */
  downEpisodes: readonly FailureEpisode[];
  /** Polls since its session counter last grew, at most IDLE_POLLS_MAX. */
  idlePolls: number;
  notified: NotifiedState | null;
  /** What its last event reported; null before the first. */
  evidence: VerdictEvidence | null;
  /** What its last event said of HAProxy's clients. */
  saidClients: NotifiedState["clients"];
  saidConnects: "fails" | "works" | null;
  /** Sub-checks that its last event named as failing. */
  saidFailing: readonly string[];
}

/** True where the judged view says the same as the newest one: without a disagreement, counters, times and texts of a check do not matter. */
export function isViewJudged({ judgedView, view }: ServerEntry): boolean {
  return judgedView === view || (judgedView !== null && isSameJudgeInput(judgedView, view));
}

/** True where the verdict may change with time alone: an undecided mismatch, or a result that has become too old. */
export function isDueByTime({ memory, assignment }: ServerEntry, pausedUntil: number, now: number): boolean {
  if (memory === null) return false;
  const { phase, reason } = memory.decision;
  if (phase === "suspected" || phase === "settling" || reason === "starting") return true;
  return reason !== "probe-stale" && reason !== "haproxy-stale" && isProbeStale(memory, assignment, pausedUntil, now);
}

function isSameJudgeInput(a: ServerView, b: ServerView): boolean {
  return (
    isSameView(a, b) &&
    a.state === b.state &&
    a.backup === b.backup &&
    a.byAgent === b.byAgent &&
    a.mode === b.mode &&
    a.checkElsewhere === b.checkElsewhere &&
    a.checkPort === b.checkPort &&
    a.check.rise === b.check.rise &&
    a.check.fall === b.check.fall &&
    (a.address === b.address || isSameAddress(a, b))
  );
}

/** What a reader sees of a server, as listeners were last notified of it; without counters and times. */
export interface NotifiedState {
  verdict: Verdict;
  phase: Phase | null;
  reason: Reason | null;
  since: number;
  address: string;
  depth: CheckDepth | null;
  quality: CheckQuality | null;
  isStandby: boolean;
  clients: "served" | "failing" | null;
  view: ServerView;
  result: ProbeResult | null;
}

/** True where a reader sees something else than at the last notification; false before the first judgement. */
export function isRowNews({ memory, view, result, quality, isStandby, notified }: ServerEntry): boolean {
  if (memory === null) return false;
  const { verdict, phase, reason, since } = memory.decision;
  return !(
    notified !== null &&
    notified.verdict === verdict &&
    notified.phase === phase &&
    notified.reason === reason &&
    notified.since === since &&
    notified.address === memory.haproxy.address &&
    notified.depth === memory.check.depth &&
    notified.quality === quality &&
    notified.isStandby === isStandby &&
    notified.clients === clientsOf(memory) &&
    isSameView(notified.view, view) &&
    isSameResult(notified.result, result)
  );
}

/** True where either side reports something else than the last event said; false before the first. */
export function isEvidenceNews(server: ServerEntry): boolean {
  const { evidence, memory, assignment, view } = server;
  if (evidence === null || memory === null) return false;
  const { check } = view;
  const result = decisiveResult(server);
  const outcome = assignment.kind === "none" ? "skipped" : (result?.outcome ?? "pending");
  return !(
    evidence.haproxyStatus === view.status &&
    evidence.checkStatus === check.status &&
    evidence.checkCode === check.code &&
    evidence.probeOutcome === outcome &&
    evidence.probeReason === (result?.fault ?? null) &&
    evidence.httpStatus === (result?.httpStatus ?? null) &&
    // Part of the sentence only, which is kept with the evidence.
    server.saidClients === clientsOf(memory) &&
    server.saidConnects === connectsOf(memory) &&
    isSameList(server.saidFailing, failingOf(server))
  );
}

/** The result that the verdict is about: the last failure until `rise` passes have healed it, else the newest result; null without a target. */
export function decisiveResult({ memory, assignment, result }: ServerEntry): ProbeResult | null {
  return assignment.kind === "target" ? (memory?.probe.failure ?? result) : null;
}

const NOTHING_FAILS: readonly string[] = [];

/** Sub-checks that fail in the result that the verdict is about. */
export function failingOf(server: ServerEntry): readonly string[] {
  return decisiveResult(server)?.failing ?? NOTHING_FAILS;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, place) => name === b[place]));
}

/** Keeps what listeners were notified of; `isNews` as of `isRowNews`. */
export function markRowNotified(server: ServerEntry, isNews: boolean): void {
  const { memory, view, result, quality, isStandby, notified } = server;
  if (memory === null) return;
  if (!isNews && notified !== null) {
    // An older view or result is not kept in memory longer than necessary.
    notified.view = view;
    notified.result = result;
    return;
  }
  const { verdict, phase, reason, since } = memory.decision;
  const { address } = memory.haproxy;
  const { depth } = memory.check;
  const clients = clientsOf(memory);
  server.notified = { verdict, phase, reason, since, address, depth, quality, isStandby, clients, view, result };
}

/** What HAProxy's clients get while our probes fail, as of the newest view. */
export function clientsOf({ answers, haproxy }: ServerMemory): NotifiedState["clients"] {
  return classifyAnswers(answers, haproxy.viewAt);
}

/** What they show about connecting while our probes fail to, as of the newest view. */
export function connectsOf({ traffic, haproxy }: ServerMemory): ServerEntry["saidConnects"] {
  return classifyTraffic(traffic, haproxy.viewAt);
}

function isSameView(a: ServerView, b: ServerView): boolean {
  return (
    a === b ||
    (a.status === b.status &&
      a.weight === b.weight &&
      a.agentStatus === b.agentStatus &&
      a.agentText === b.agentText &&
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
    isSameList(a.failing, b.failing)
  );
}

/**
 * True where judging again gives the same: neither view nor result is new, and no clock runs for the server. Its
 * backend's check and other servers, on which its verdict depends as well, are up to the caller.
 */
export function canSkipJudging(server: ServerEntry): boolean {
  const { memory, view, result, epoch } = server;
  return (
    memory !== null &&
    isViewJudged(server) &&
    memory.probe.result === result &&
    memory.disagreement === null &&
    memory.haproxy.epoch === epoch &&
    memory.decision.reason !== "haproxy-stale" &&
    view.tracked === null &&
    !view.backup
  );
}
