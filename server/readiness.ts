import { BOUNDS } from "./bounds.ts";
import type { Clock } from "./clock.ts";
import type { Lateness } from "./contract/lateness.ts";
import type { ListenerCertificate } from "./contract/listener-certificate.ts";
import type { Readiness } from "./contract/ports.ts";
import type { StoreStatus } from "./contract/store-status.ts";
import type { Engine } from "./engine.ts";
import type { FindingDraft } from "./judge/findings.ts";

export interface ReadinessParts {
  readonly engine: Pick<Engine, "unpolled" | "lateness" | "monitor">;
  /** Null without a store. */
  readonly storeStatus: () => StoreStatus | null;
  /** What the listener presents; null without TLS. */
  readonly certificate: () => ListenerCertificate | null;
  /** Findings about haprobe itself that do not make it unready. */
  readonly ownFindings: () => readonly FindingDraft[];
  readonly clock: Clock;
}

/** What `/readyz`, the metrics and the heartbeat go by. */
export interface ServiceReadiness extends Readiness {
  lateness(): Lateness;
  /** Ready, and the store takes what alerts are made of. */
  isWorking(): boolean;
}

/**
 * Ready once each instance was polled, while polls, probes and judgements happen in time, and until the listener's
 * certificate ends, which clients refuse then. An unreachable HAProxy or a
 * store that is away is a remark: the page that shows it must stay reachable.
 */
export function createReadiness({
  engine,
  storeStatus,
  certificate,
  ownFindings,
  clock,
}: ReadinessParts): ServiceReadiness {
  let checked: { readonly at: number; readonly late: Lateness } | null = null;

  /** Looks at each target, so the result is kept for a moment. */
  function lateness(): Lateness {
    const now = clock.now();
    if (checked === null || now - checked.at >= BOUNDS.lateCheckEveryMs) checked = { at: now, late: engine.lateness() };
    return checked.late;
  }

  function notReady(): readonly string[] {
    return [
      ...engine.unpolled().map((name) => `instance ${name} was not polled yet`),
      ...describeLateness(lateness()),
      ...describeEnd(certificate()),
    ];
  }

  function describeEnd(presented: ListenerCertificate | null): readonly string[] {
    if (presented === null || presented.expiresAt > clock.wall()) return [];
    return [`the listener's certificate ended at ${new Date(presented.expiresAt).toISOString()}`];
  }

  return {
    lateness,
    notReady,
    isWorking() {
      const store = storeStatus();
      const isStored = store === null || (store.isOpen && store.behindMs < BOUNDS.lateAfterMs);
      return isStored && notReady().length === 0;
    },
    remarks: () => [
      ...engine.monitor.live
        .instances()
        .filter(({ error, state }) => error !== null || state === "stale")
        .map(({ name, error, state }) => `instance ${name} ${error?.message ?? state}`),
      ...ownFindings().map(({ sentence }) => sentence),
    ],
  };
}

/** A line for each part that is late; none while everything is in time. */
export function describeLateness({ polls, probes, judgeMs }: Lateness): readonly string[] {
  return [
    ...polls.map(({ instance, lateMs }) => `instance ${instance}: no poll ended, due for ${toSeconds(lateMs)} s`),
    ...(probes.targets === 0
      ? []
      : [
          `probes of ${probes.targets} targets are not sent or do not end, due for up to ${toSeconds(probes.lateMs)} s`,
        ]),
    ...(judgeMs === 0 ? [] : [`servers are not judged, for ${toSeconds(judgeMs)} s`]),
  ];
}

function toSeconds(ms: number): number {
  return Math.round(ms / 1_000);
}
