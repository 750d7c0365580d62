import { formatHostPort } from "../contract/host-port.ts";
import type { HistoryInterval, PastServer } from "../contract/history.ts";
import type { ProbeOutcome } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import { serverKey } from "../contract/server-key.ts";
import type { ProbeSide } from "../contract/status.ts";
import type { StoredServerName, StripEntry } from "../contract/store.ts";
import type { Phase, Tone, Verdict } from "../contract/verdict.ts";
import type { CheckStatus } from "../contract/view.ts";
import { NOT_RECORDED } from "../judge/reason-texts.ts";
import type { Interval } from "./intervals.ts";

/** Words of a stored judgement in the types of the contract; a migration would rename those that it drops. */
interface StoredWords {
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly probeReason: Reason | null;
  readonly tone: Tone;
  readonly checkStatus: CheckStatus | null;
  readonly probeOutcome: ProbeOutcome | "pending" | "skipped";
}

const UNRECORDED = {
  verdict: "unknown",
  phase: null,
  reason: "not-recorded",
  probeReason: null,
  sentence: NOT_RECORDED,
  tone: "quiet",
} as const;

/** The public object of an interval. */
export function toHistoryInterval({ from, to, entry }: Interval): HistoryInterval {
  const times = { from: toIso(from), to: toIso(to) };
  if (entry === null) {
    return { ...times, ...UNRECORDED, expected: false, haproxy: null, probe: null, vantage: null, address: null };
  }
  const { verdict, phase, reason, probeReason, tone, checkStatus, probeOutcome } = entry as StripEntry & StoredWords;
  const { sentence, expected, haproxyStatus, checkCode, httpStatus, vantage, address } = entry;
  return {
    ...times,
    verdict,
    phase,
    reason,
    probeReason,
    sentence,
    tone,
    expected,
    haproxy: { status: haproxyStatus, checkStatus, checkCode },
    probe: { outcome: probeOutcome, httpStatus },
    vantage,
    address,
  };
}

/** The public object of a server of which nothing was recorded since `since`. */
export function toUnrecordedServer(server: StoredServerName, since: number): PastServer {
  const { site, instance, backend, server: name } = server;
  return {
    key: serverKey(instance, backend, name),
    instance,
    site,
    backend,
    server: name,
    mode: "",
    address: null,
    ...UNRECORDED,
    advice: "",
    restore: null,
    cure: [],
    since: toIso(since),
    subject: null,
    expected: null,
    haproxy: NO_HAPROXY,
    probe: NO_PROBE,
    probes: [],
    quality: null,
    misrouted: { sessions: null, held: null, unit: null, share: null, healthyLeft: null },
  };
}

/** The public object of a server whose judgement is this entry. */
export function toPastServer(server: StoredServerName, entry: StripEntry): PastServer {
  const { verdict, phase, reason, probeReason, tone, checkStatus, probeOutcome } = entry as StripEntry & StoredWords;
  const { sentence, subject, expected, haproxyStatus, checkCode, httpStatus, vantage, address } = entry;
  return {
    ...toUnrecordedServer(server, entry.beganAt),
    address: address === null ? null : formatHostPort(address.host, address.port),
    verdict,
    phase,
    reason,
    probeReason,
    sentence,
    tone,
    subject,
    expected: expected ? EXPECTED : null,
    haproxy: { ...NO_HAPROXY, status: haproxyStatus, checkStatus, checkCode, unverified: checkStatus === "INI" },
    probe: { ...NO_PROBE, vantage, outcome: probeOutcome, httpStatus },
  };
}

/** The reason that the configuration gave is not recorded. */
const EXPECTED = "expected by the configuration of that time";

const NO_HAPROXY: PastServer["haproxy"] = {
  status: "",
  usable: null,
  checkStatus: null,
  checkCode: null,
  lastCheck: "",
  depth: null,
  canNotice: null,
  checkHealth: null,
  checkRise: null,
  checkFall: null,
  checkDurationMs: null,
  unverified: false,
  weight: null,
  backup: null,
  tracked: null,
  agentStatus: null,
  lastAgent: "",
  sessionsTotal: null,
  sessionsCurrent: null,
  clientResponses: null,
  clientConnects: null,
  changedSecondsAgo: null,
  at: null,
};

const NO_PROBE: Omit<ProbeSide, "guessed"> & { readonly guessed: null } = {
  vantage: "",
  outcome: "skipped",
  kind: null,
  stage: null,
  url: null,
  guessed: null,
  httpStatus: null,
  failing: [],
  durationMs: null,
  phasesMs: null,
  body: "",
  detail: "",
  certificateExpiresAt: null,
  at: null,
};

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
