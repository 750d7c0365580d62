import { useMemo } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { displayVerdictOf, type DisplayVerdict } from "../lib/display-verdict.ts";
import type { Fleet } from "../lib/fleet.ts";
import { buildHeadline, type Headline } from "../lib/headline.ts";
import type { FeedState } from "../lib/feed-state.ts";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { lastEndedIncident, ongoingMismatches, ongoingVerdicts } from "../lib/ongoing-incidents.ts";
import type { PastState } from "../lib/past-feed.ts";
import { useDashboardClient, usePresentIncidents } from "./dashboard-client-context.ts";

/** The fleet, and what the frame and the pages derive from it. */
export interface FleetView {
  readonly fleet: Fleet;
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  /** Worst first. */
  readonly mismatches: readonly MismatchGroup[];
  /** Verdicts of the mismatches' members, by key, in their order. */
  readonly ongoing: ReadonlyMap<string, DisplayVerdict>;
  /** Oldest first. */
  readonly unconfirmed: readonly ServerStatus[];
  readonly headline: Headline;
  readonly isKnown: boolean;
  readonly isDisconnected: boolean;
  /** The past moment that is shown, milliseconds of haprobe's clock; null for the present. */
  readonly moment: number | null;
  /** Nothing can be written: the page is disconnected, or shows the past. */
  readonly isReadOnly: boolean;
}

const NO_MISMATCHES: ReadonlyMap<string, ServerStatus> = new Map();

/** Derives the view of the present once per message and change of the incidents. */
export function useFleetView(state: FeedState, fleet: Fleet): FleetView {
  const client = useDashboardClient();
  const incidents = usePresentIncidents();
  const servers = useMemo(() => [...fleet.servers.values()], [fleet.servers]);
  const instances = useMemo(() => [...fleet.instances.values()], [fleet.instances]);
  const spansSites = fleet.sites.length > 1;
  const mismatches = useMemo(
    () => ongoingMismatches(servers, incidents, client.lastMismatches, spansSites),
    [servers, incidents, client, spansSites],
  );
  const ongoing = useMemo(() => ongoingVerdicts(mismatches), [mismatches]);
  const unconfirmed = useMemo(() => unconfirmedOf(servers, ongoing), [servers, ongoing]);
  const lastEnded = lastEndedIncident(incidents);
  const headline = buildHeadline({ servers, mismatches, instances, lastEnded, now: client.time().now, spansSites });
  const isDisconnected = state.kind !== "live";
  return {
    fleet,
    servers,
    instances,
    mismatches,
    ongoing,
    unconfirmed,
    headline,
    isKnown: servers.length > 0 && headline.variant !== "unknown",
    isDisconnected,
    moment: null,
    isReadOnly: isDisconnected,
  };
}

/** The view of a past moment; null where the present is shown, or the moment is not loaded. */
export function usePastView(past: PastState | null, isDisconnected: boolean): FleetView | null {
  return useMemo(() => {
    if (past?.fleet == null) return null;
    const { fleet, incidents, at } = past;
    const servers = [...fleet.servers.values()];
    const instances = [...fleet.instances.values()];
    const spansSites = fleet.sites.length > 1;
    const mismatches = ongoingMismatches(servers, incidents, NO_MISMATCHES, spansSites).map(withoutTraffic);
    const ongoing = ongoingVerdicts(mismatches);
    const lastEnded = lastEndedIncident(incidents);
    const headline = buildHeadline({ servers, mismatches, instances, lastEnded, now: at, spansSites });
    return {
      fleet,
      servers,
      instances,
      mismatches,
      ongoing,
      unconfirmed: unconfirmedOf(servers, ongoing),
      headline,
      isKnown: servers.length > 0 && headline.variant !== "unknown",
      isDisconnected,
      moment: at,
      isReadOnly: true,
    };
  }, [past, isDisconnected]);
}

function unconfirmedOf(
  servers: readonly ServerStatus[],
  ongoing: ReadonlyMap<string, DisplayVerdict>,
): readonly ServerStatus[] {
  return servers
    .filter((s) => displayVerdictOf(s) === "suspected" && s.expected === null && !ongoing.has(s.key))
    .sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
}

/** How much went into a server until a past moment is not recorded. */
function withoutTraffic(mismatch: MismatchGroup): MismatchGroup {
  return { ...mismatch, sessions: null, held: null };
}
