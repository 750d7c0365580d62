import type { ProbeResult } from "../contract/probe-result.ts";
import type { HaproxySide, Misrouted, ProbeSide, ServerStatus } from "../contract/status.ts";
import type { Assignment } from "../contract/target.ts";
import type { CheckDepth, Verdict } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import { shareOf } from "../judge/backend-traffic.ts";
import { isUsable } from "../judge/belief.ts";
import { classifyAnswers, countAnswers } from "../judge/client-answers.ts";
import { classifyTraffic } from "../judge/client-traffic.ts";
import { canDetect, resolveCoverage } from "../judge/check-depth.ts";
import { checkMotion, type CheckPace, isGraceKnown } from "../judge/check-pace.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { trafficUnit } from "../judge/misrouted-traffic.ts";
import { formatAddress } from "../judge/observe-view.ts";
import {
  describeAdvice,
  describeAgreeUp,
  type ReasonInput,
  REASON_TEXTS,
  restoreCommandOf,
} from "../judge/reason-texts.ts";
import type { TrackedCheck } from "../judge/judge-context.ts";
import { faultSubject } from "../judge/fault-subject.ts";
import { deriveTone } from "../judge/tone.ts";
import { decisiveResult, type ServerEntry } from "./server-entry.ts";
import { isoOrNull } from "./wall-time.ts";

/** What the public object needs besides the entry. */
export interface StatusContext {
  readonly site: string;
  readonly vantage: string;
  readonly depth: CheckDepth | null;
  readonly trackedCheck: TrackedCheck | null;
  readonly healthyLeft: number;
  readonly checkPace: CheckPace;
  /** Why a person expects its mismatch; null where none does. */
  readonly expectedByPerson: string | null;
  /** Monotonic milliseconds to an ISO time. */
  readonly iso: (at: number) => string;
}

/** Shared by all servers without a cure, so that a steady server allocates nothing for it. */
const NO_LINES: readonly string[] = [];

/** One haprobe alone judges here. */
const NO_VANTAGES: ServerStatus["probes"] = [];

/** The public object of a server, the same in REST, streams and `check`; null before it is judged. */
export function toServerStatus(entry: ServerEntry, context: StatusContext): ServerStatus | null {
  const { memory, view, assignment } = entry;
  if (memory === null) return null;
  const decisive = decisiveResult(entry);
  const evidence = toReasonInput(memory, view, decisive, assignment, context);
  const words = memory.decision.reason === null ? null : REASON_TEXTS[memory.decision.reason];
  const expected = expectedByRule(assignment, memory.decision.verdict) ?? context.expectedByPerson;
  return {
    key: entry.key,
    instance: entry.instance,
    site: context.site,
    backend: view.backend,
    server: view.server,
    mode: view.mode,
    address: formatAddress(view.address),
    verdict: memory.decision.verdict,
    phase: memory.decision.phase,
    reason: memory.decision.reason,
    probeReason: decisive?.fault ?? null,
    sentence: words === null ? describeAgreeUp(evidence) : words.sentence(evidence),
    advice: words === null ? "" : describeAdvice(words, evidence),
    restore: words === null ? null : restoreCommandOf(words, evidence),
    cure: words?.cure?.(evidence) ?? NO_LINES,
    since: context.iso(memory.decision.since),
    tone:
      expected !== null
        ? "quiet"
        : deriveTone(
            memory.decision.verdict,
            memory.decision.phase,
            memory.decision.reason,
            assignment.policy,
            entry.isStandby,
          ),
    subject: faultSubject(
      memory.decision.verdict,
      { key: entry.key, site: context.site },
      assignment.kind === "target" ? assignment.target : null,
    ),
    expected,
    haproxy: toHaproxySide(entry, memory, context, decisive?.outcome === "failed" ? evidence.isDetectable : null),
    probe: toProbeSide(assignment, decisive, context),
    probes: NO_VANTAGES,
    quality: entry.quality,
    misrouted: toMisrouted(entry, memory, context.healthyLeft),
  };
}

/** Why the rule of a server expects this verdict; null where it does not. */
export function expectedByRule({ policy: { expected } }: Assignment, verdict: Verdict): string | null {
  return expected?.verdict === verdict ? expected.why : null;
}

function toReasonInput(
  memory: ServerMemory,
  view: ServerView,
  result: ProbeResult | null,
  assignment: Assignment,
  { depth, trackedCheck, healthyLeft, checkPace }: StatusContext,
): ReasonInput {
  const otherPort = assignment.kind === "target" ? assignment.otherPort : undefined;
  const coverage = resolveCoverage(view, memory.check, depth, trackedCheck, otherPort);
  // A check that asks something else goes on passing, however deep it looks.
  const asksTheSame = memory.decision.reason !== "check-asks-something-else";
  const isDetectable = result !== null && asksTheSame && canDetect(coverage, result.stage);
  const isPaceKnown = isGraceKnown(assignment.policy, checkPace, checkMotion(memory, view.check));
  return {
    verdict: memory.decision.verdict,
    view,
    result,
    depth,
    isDetectable,
    isConfirmed: memory.decision.phase === "confirmed",
    isPaceKnown,
    clients: classifyAnswers(memory.answers, memory.haproxy.viewAt),
    healthyLeft,
    target: assignment.kind === "target" ? assignment.target : null,
    otherPort: otherPort ?? null,
    fileCure: assignment.cure ?? null,
    isPathProven: assignment.kind === "target" && (!assignment.target.guessed || memory.probe.isGuessedPathProven),
  };
}

function toHaproxySide(
  entry: ServerEntry,
  memory: ServerMemory,
  context: StatusContext,
  canNotice: boolean | null,
): HaproxySide {
  const { view, viewAt, isStandby } = entry;
  const { check } = view;
  return {
    status: view.status,
    usable: isUsable(view) && !isStandby,
    checkStatus: check.status,
    checkCode: check.code,
    lastCheck: check.text,
    depth: context.depth,
    canNotice,
    checkHealth: check.health,
    checkRise: check.rise,
    checkFall: check.fall,
    checkDurationMs: check.durationMs,
    unverified: memory.check.isUnverified,
    weight: view.weight,
    backup: view.backup,
    tracked: view.tracked,
    agentStatus: view.agentStatus,
    lastAgent: view.agentText,
    sessionsTotal: view.sessionsTotal,
    sessionsCurrent: view.sessionsCurrent,
    clientResponses: memory.answers === null ? null : countAnswers(memory.answers),
    clientConnects: classifyTraffic(memory.traffic, memory.haproxy.viewAt),
    changedSecondsAgo: changedSecondsAgo(entry),
    at: context.iso(viewAt),
  };
}

/** Seconds since HAProxy changed the server's state, as of the newest poll. */
function changedSecondsAgo({ view, viewAt, viewSince }: ServerEntry): number | null {
  if (view.lastChangeSeconds === null) return null;
  return view.lastChangeSeconds + Math.round((viewAt - viewSince) / 1_000);
}

function toProbeSide(assignment: Assignment, result: ProbeResult | null, { vantage, iso }: StatusContext): ProbeSide {
  const guessed = assignment.kind === "target" && assignment.target.guessed;
  if (assignment.kind === "none" || result === null) {
    const outcome = assignment.kind === "none" ? "skipped" : "pending";
    return { ...NO_PROBE, vantage, outcome, guessed };
  }
  return {
    vantage,
    outcome: result.outcome,
    kind: result.kind,
    stage: result.stage,
    url: result.url,
    guessed,
    httpStatus: result.httpStatus,
    failing: result.failing,
    durationMs: roundToTenths(result.endedAt - result.sentAt),
    phasesMs: {
      connect: roundToTenthsOrNull(result.phasesMs.connect),
      tls: roundToTenthsOrNull(result.phasesMs.tls),
      answer: roundToTenthsOrNull(result.phasesMs.answer),
    },
    body: result.body,
    detail: result.detail,
    certificateExpiresAt: result.certificateExpiresAt === null ? null : isoOrNull(result.certificateExpiresAt),
    at: iso(result.sentAt),
  };
}

const NO_PROBE = {
  kind: null,
  stage: null,
  url: null,
  httpStatus: null,
  failing: [],
  durationMs: null,
  phasesMs: null,
  body: "",
  detail: "",
  certificateExpiresAt: null,
  at: null,
} as const;

function toMisrouted(
  { misrouted, view, isStandby }: ServerEntry,
  memory: ServerMemory,
  healthyLeft: number,
): Misrouted {
  const unit = trafficUnit(view);
  if (memory.decision.verdict !== "false-up" || misrouted === null || isStandby) {
    return { sessions: 0, held: 0, unit, share: null, healthyLeft };
  }
  return {
    sessions: misrouted.counts.sessions,
    held: view.sessionsCurrent ?? 0,
    unit,
    share: shareOf(misrouted.counts),
    healthyLeft,
  };
}

function roundToTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function roundToTenthsOrNull(ms: number | null): number | null {
  return ms === null ? null : roundToTenths(ms);
}
