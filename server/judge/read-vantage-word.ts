import type { IncidentEvidence } from "../contract/incident.ts";
import type { ProbeKind, ProbeStage } from "../contract/probe-result.ts";
import type { Reason } from "../contract/reason.ts";
import type { ServerStatus } from "../contract/status.ts";
import type { MismatchBody, StoredPosition, VantageVerdict } from "../contract/store.ts";
import type { VantageName } from "../contract/vantage.ts";
import type { VantageProbe, VantageWord } from "../contract/vantage-word.ts";
import type { Phase, Verdict } from "../contract/verdict.ts";

/** Verdict and vantage of a row, and where the log of that vantage stands; null where that is not known any more. */
export interface VantageRow {
  readonly verdict: VantageVerdict;
  readonly position: StoredPosition | null;
}

/**
 * What a vantage says of a server, from its row in the store. Times become those of the store's clock. How old its probes
 * are it says itself, as `probe-stale`.
 */
export function readVantageWord({ verdict, position }: VantageRow): VantageWord {
  const { server, judgement, address, beganAt, at, body } = verdict;
  const skewMs = position?.skewMs ?? 0;
  const status = readBody(body);
  return {
    vantage: vantageLabel(verdict),
    isHome: isHome(verdict, position),
    heardAt: position?.heardAt ?? 0,
    isPaused: false,
    instance: server.instance,
    address,
    // Words of the store are those of the contract; a migration would rename those that it drops.
    verdict: judgement.verdict as Verdict,
    phase: judgement.phase as Phase | null,
    reason: judgement.reason as Reason | null,
    sentence: judgement.sentence,
    since: beganAt - skewMs,
    saidAt: at - skewMs,
    haproxyStatus: judgement.haproxyStatus,
    checkStatus: judgement.checkStatus,
    traffic: status?.haproxy.clientConnects ?? null,
    probe: readProbe(verdict, status),
  };
}

/** The name of a vantage beside others of the same server; one of another site is named with that. */
export function vantageLabel({
  by,
  server,
}: {
  readonly by: VantageName;
  readonly server: { readonly site: string };
}): string {
  return by.site === server.site ? by.vantage : `${by.vantage}.${by.site}`;
}

/** The server object that is kept with a mismatch, with the fields that older versions did not write; null without one. */
export function readBody(body: string | null): ServerStatus | null {
  if (body === null) return null;
  const { evidence: _, ...status } = JSON.parse(body) as MismatchBody;
  return { ...status, restore: (status as Partial<ServerStatus>).restore ?? null };
}

/** What an incident about it opens with; null where that was not kept. */
export function readEvidence(body: string | null): IncidentEvidence | null {
  return body === null ? null : ((JSON.parse(body) as MismatchBody).evidence ?? null);
}

/** True for the vantage that polls this HAProxy over its UNIX socket. */
function isHome({ server }: VantageVerdict, position: StoredPosition | null): boolean {
  const instance = position?.status?.instances.find(({ name }) => name === server.instance);
  return instance !== undefined && /^(unix|unix-master):|^abns@/.test(instance.stats);
}

function readProbe({ judgement }: VantageVerdict, status: ServerStatus | null): VantageProbe {
  const { probeOutcome, probeReason, httpStatus } = judgement;
  const outcome = probeOutcome as VantageProbe["outcome"];
  const fault = probeReason as Reason | null;
  const probe = status?.probe.outcome === outcome ? status.probe : null;
  const known = FAULT_KINDS[fault ?? ""];
  return {
    outcome,
    kind: probe?.kind ?? known?.kind ?? (outcome === "passed" || httpStatus !== null ? "answered" : null),
    stage: (probe?.stage as ProbeStage | null | undefined) ?? known?.stage ?? "answer",
    url: probe?.url ?? null,
    httpStatus,
    fault,
    failing: probe?.failing ?? [],
    ageMs: null,
    everyMs: 0,
  };
}

/** What a fault says of kind and stage where no more is kept of the probe. */
const FAULT_KINDS: Readonly<Record<string, { readonly kind: ProbeKind; readonly stage: ProbeStage }>> = {
  "probe-refused": { kind: "refused", stage: "connect" },
  "probe-timed-out": { kind: "timed-out", stage: "connect" },
  "probe-reset": { kind: "reset", stage: "connect" },
  "probe-tls-failed": { kind: "tls-failed", stage: "tls" },
  "probe-certificate-expired": { kind: "tls-failed", stage: "tls" },
  "probe-untrusted": { kind: "tls-failed", stage: "tls" },
  "probe-dns-failed": { kind: "dns-failed", stage: "connect" },
};
