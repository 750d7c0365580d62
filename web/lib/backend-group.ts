import type { ServerStatus } from "../../server/contract/status.ts";
import { type DisplayVerdict, DISPLAY_VERDICTS, displayVerdictOf, severityRank } from "./display-verdict.ts";
import { formatThousands } from "./quantity-format.ts";
import { compareServers, DEFAULT_SERVER_SORT } from "./server-sort.ts";
import { ALL_SERVERS, queryMatcher, type ViewQuery } from "./view-query.ts";

/** Servers of one backend of one instance, sorted, then in HAProxy's order. */
export interface BackendGroup {
  readonly id: string;
  readonly site: string;
  readonly instance: string;
  readonly backend: string;
  readonly mode: string;
  readonly keys: readonly string[];
  readonly worstRank: number;
}

/** Highest rank of `severityRank` that is a mismatch. */
export const MISMATCH_RANK_MAX = DISPLAY_VERDICTS.indexOf("suspected");

/** Order of equals whose place in HAProxy is not known. */
const byName = new Intl.Collator("en", { numeric: true });

/**
 * Groups servers by backend: those with mismatches first, in the order of the cards, which is that of `ongoing`, then the
 * oldest of those that are not confirmed. The others keep the order of the input, HAProxy's; a hub's list has none, so that
 * they are by name. A server of `ongoing` keeps the rank of its incident's verdict while it flaps. Where the query sorts by
 * another column, groups are in the order of their first servers that match.
 */
export function groupByBackend(
  servers: Iterable<ServerStatus>,
  ongoing: ReadonlyMap<string, DisplayVerdict> = new Map(),
  query: ViewQuery = ALL_SERVERS,
): BackendGroup[] {
  const rankOf = (server: ServerStatus): number => {
    const verdict = ongoing.get(server.key);
    return verdict === undefined ? severityRank(server) : DISPLAY_VERDICTS.indexOf(verdict);
  };
  const places = new Map([...ongoing.keys()].map((key, place) => [key, place]));
  const placeOf = ({ key }: ServerStatus): number => places.get(key) ?? places.size;
  const groups = new Map<string, ServerStatus[]>();
  let isHub = false;
  for (const server of servers) {
    isHub ||= server.probes.length > 0;
    const id = `${server.instance}/${server.backend}`;
    const members = groups.get(id);
    if (members) members.push(server);
    else groups.set(id, [server]);
  }
  const compare = compareServers(query.sort, rankOf);
  const compareNames = (a: string, b: string): number => (isHub ? byName.compare(a, b) : 0);
  const matches = queryMatcher(query);
  const result: (BackendGroup & { readonly first: ServerStatus; readonly place: number; readonly since: number })[] =
    [];
  for (const [id, members] of groups) {
    const sorted = members.toSorted(
      (a, b) => compare(a, b) || placeOf(a) - placeOf(b) || compareNames(a.server, b.server),
    );
    const [first] = sorted;
    if (!first) continue;
    const worstRank = Math.min(...members.map(rankOf));
    const worst = members.filter((server) => rankOf(server) === worstRank);
    result.push({
      first: sorted.find(matches) ?? first,
      place: Math.min(...members.map(placeOf)),
      since: worstRank > MISMATCH_RANK_MAX ? 0 : Math.min(...worst.map(({ since }) => Date.parse(since))),
      id,
      site: first.site,
      instance: first.instance,
      backend: first.backend,
      mode: first.mode,
      keys: sorted.map((server) => server.key),
      worstRank,
    });
  }
  if (query.sort !== DEFAULT_SERVER_SORT) return result.sort((a, b) => compare(a.first, b.first));
  const position = ({ worstRank }: BackendGroup): number => Math.min(worstRank, MISMATCH_RANK_MAX + 1);
  return result.sort((a, b) => {
    const isQuiet = a.worstRank > MISMATCH_RANK_MAX;
    const order = a.place - b.place || position(a) - position(b) || a.since - b.since;
    return order || (isQuiet ? compareNames(a.id, b.id) : byName.compare(a.id, b.id));
  });
}

/** The backends of one site. */
export interface SiteGroup {
  readonly id: string;
  readonly site: string;
  readonly groups: readonly BackendGroup[];
  readonly worstRank: number;
}

/** Groups backends by site: sites with mismatches first, as their backends, which keep their order; the others by name. */
export function groupBySite(groups: readonly BackendGroup[]): SiteGroup[] {
  const isQuiet = ({ worstRank }: SiteGroup): boolean => worstRank > MISMATCH_RANK_MAX;
  return [...Map.groupBy(groups, ({ site }) => site)]
    .map(([site, members]) => ({
      // No backend has a key that begins so.
      id: `/${site}`,
      site,
      groups: members,
      worstRank: Math.min(...members.map(({ worstRank }) => worstRank)),
    }))
    .sort((a, b) => Number(isQuiet(a)) - Number(isQuiet(b)) || (isQuiet(a) ? (a.site < b.site ? -1 : 1) : 0));
}

export interface VerdictCounts {
  readonly total: Readonly<Record<DisplayVerdict, number>>;
  /** How many of `total` have an expectation in the configuration. */
  readonly expected: Readonly<Record<DisplayVerdict, number>>;
}

/** Counts servers by verdict. */
export function countByVerdict(servers: Iterable<ServerStatus>): VerdictCounts {
  const zero = (): Record<DisplayVerdict, number> => ({
    "false-up": 0,
    "false-down": 0,
    suspected: 0,
    "agree-down": 0,
    unknown: 0,
    "out-of-service": 0,
    "agree-up": 0,
  });
  const counts = zero();
  const expected = zero();
  for (const server of servers) {
    const kind = displayVerdictOf(server);
    counts[kind] += 1;
    if (server.expected !== null) expected[kind] += 1;
  }
  return { total: counts, expected };
}

/** Number of servers in the backend of this server, itself included. */
export function countBackendServers(servers: readonly ServerStatus[], member: ServerStatus): number {
  return backendServers(servers, member).length;
}

/** Number of servers in the backend of this server that are up in both, itself included. */
export function countHealthyServers(servers: readonly ServerStatus[], member: ServerStatus): number {
  return backendServers(servers, member).filter(({ verdict }) => verdict === "agree-up").length;
}

/** Number of servers that are up in both: `2`; `?` where none is, and some have no verdict. */
export function healthyText(members: readonly ServerStatus[]): string {
  const healthy = members.filter(({ verdict }) => verdict === "agree-up").length;
  return healthy === 0 && members.some(({ verdict }) => verdict === "unknown") ? "?" : formatThousands(healthy);
}

/** Healthy servers of its backend besides this one; null while none is, and others have no verdict. */
export function countHealthyLeft(servers: Iterable<ServerStatus>, member: ServerStatus): number | null {
  const { healthyLeft } = member.misrouted;
  if (healthyLeft > 0) return healthyLeft;
  for (const { key, verdict, instance, backend } of servers) {
    const isPeer = instance === member.instance && backend === member.backend && key !== member.key;
    if (isPeer && verdict === "unknown") return null;
  }
  return 0;
}

function backendServers(servers: readonly ServerStatus[], { instance, backend }: ServerStatus): ServerStatus[] {
  return servers.filter((server) => server.instance === instance && server.backend === backend);
}
