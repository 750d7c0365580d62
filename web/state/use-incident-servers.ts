import { useMemo, useSyncExternalStore } from "react";
import type { Incident } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { LiveFeed } from "../lib/live-feed.ts";
import { useDashboardClient } from "./dashboard-client-context.ts";

/** The servers of an incident as they are, without those that have another verdict by now; renders again when what is to be done with one changes. */
export function useIncidentServers({ members, verdict }: Incident): readonly ServerStatus[] {
  const { feed } = useDashboardClient();
  const keys = members.map(({ key }) => key).join("\n");
  const read = useMemo(() => serversReader(feed, keys.split("\n"), verdict), [feed, keys, verdict]);
  return useSyncExternalStore((listener) => feed.subscribe(listener), read);
}

/** Reads the servers with this verdict; the same list as long as the same is to be done with them. */
function serversReader(
  feed: Pick<LiveFeed, "state">,
  keys: readonly string[],
  verdict: Incident["verdict"],
): () => readonly ServerStatus[] {
  let last: readonly ServerStatus[] = [];
  return () => {
    const servers = keys.flatMap((key) => feed.state.fleet?.servers.get(key) ?? []);
    const next = servers.filter((server) => server.verdict === verdict);
    const isSame = next.length === last.length && next.every((server, n) => needsTheSame(server, last[n]));
    return isSame ? last : (last = next);
  };
}

function needsTheSame(server: ServerStatus, before: ServerStatus | undefined): boolean {
  return (
    server.key === before?.key &&
    server.phase === before.phase &&
    server.advice === before.advice &&
    server.cure.join("\n") === before.cure.join("\n") &&
    server.misrouted.healthyLeft > 0 === before.misrouted.healthyLeft > 0
  );
}
