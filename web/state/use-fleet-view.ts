import { useMemo } from "react";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { displayVerdictOf, type DisplayVerdict } from "../lib/display-verdict.ts";
import type { Fleet } from "../lib/fleet.ts";
import { buildHeadline, type Headline } from "../lib/headline.ts";
import type { FeedState } from "../lib/live-feed.ts";
import type { MismatchGroup } from "../lib/mismatch-group.ts";
import { lastEndedIncident, ongoingMismatches } from "../lib/ongoing-incidents.ts";
import { useDashboardClient, useIncidents } from "./dashboard-client-context.ts";

/** The fleet, and what the frame and the pages derive from it. */
export interface FleetView {
  readonly fleet: Fleet;
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  /** Worst first. */
  readonly mismatches: readonly MismatchGroup[];
  /** Verdicts of the mismatches' members, by key. */
  readonly ongoing: ReadonlyMap<string, DisplayVerdict>;
  readonly unconfirmed: readonly ServerStatus[];
  readonly headline: Headline;
  readonly isKnown: boolean;
  readonly isDisconnected: boolean;
}

/** Derives the view of the fleet once per message and change of the incidents. */
export function useFleetView(state: FeedState, fleet: Fleet): FleetView {
  const client = useDashboardClient();
  const incidents = useIncidents();
  const servers = useMemo(() => [...fleet.servers.values()], [fleet.servers]);
  const instances = useMemo(() => [...fleet.instances.values()], [fleet.instances]);
  const mismatches = useMemo(
    () => ongoingMismatches(servers, incidents, client.lastMismatches),
    [servers, incidents, client],
  );
  const ongoing = useMemo(
    () => new Map(mismatches.flatMap(({ members, verdict }) => members.map(({ key }) => [key, verdict] as const))),
    [mismatches],
  );
  const unconfirmed = useMemo(
    () => servers.filter((s) => displayVerdictOf(s) === "suspected" && s.expected === null && !ongoing.has(s.key)),
    [servers, ongoing],
  );
  const headline = buildHeadline({
    servers,
    mismatches,
    instances,
    lastEnded: lastEndedIncident(incidents),
    now: client.time().now,
  });
  return {
    fleet,
    servers,
    instances,
    mismatches,
    ongoing,
    unconfirmed,
    headline,
    isKnown: servers.length > 0 && headline.variant !== "unknown",
    isDisconnected: state.kind !== "live",
  };
}
