import type { Incident, IncidentRemark } from "../../server/contract/incident.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { formatList, formatPlural, formatThousands } from "./quantity-format.ts";
import { serverName } from "./sites.ts";

/** One fault: the rows of all instances that route to the same failing server. */
export interface MismatchGroup {
  /** Key of the first member; stable while the mismatch lasts. */
  readonly id: string;
  readonly verdict: "false-up" | "false-down";
  readonly members: readonly ServerStatus[];
  readonly first: ServerStatus;
  /** Milliseconds since 1970, haprobe's clock: the earliest of the members. */
  readonly since: number;
  /** Null where that is not recorded, as the next. */
  readonly sessions: number | null;
  readonly held: number | null;
  readonly unit: "sessions" | "requests" | "sessions and requests";
  /** True if every backend of the group has another healthy server now. */
  readonly hasHealthyLeft: boolean;
  /** How often the mismatch ended and came back. */
  readonly flaps: number;
  /** Those that have not ended, of its members. */
  readonly incidents: readonly Incident[];
  /** True while none of the servers has a verdict now, such as after HAProxy stopped responding; `isHealing` as well. */
  readonly hasNoVerdict: boolean;
  /** True while no server is a mismatch now and the incident has not ended; the members are then as they failed last. */
  readonly isHealing: boolean;
  /** True while all its servers are out of service, on purpose, and the incident has not ended. */
  readonly isOutOfService: boolean;
  /** The fleet has several sites, so that sentences name the server with its own. */
  readonly spansSites: boolean;
}

/** Groups mismatches by the server's own fault subject, in the order of the input. */
export function groupByFault(servers: readonly ServerStatus[]): (readonly ServerStatus[])[] {
  return [...Map.groupBy(servers, faultKey).values()];
}

/** One group of these mismatches; null without one. */
export function toMismatchGroup(members: readonly ServerStatus[], spansSites = false): MismatchGroup | null {
  const [first] = members;
  if (!first || (first.verdict !== "false-up" && first.verdict !== "false-down")) return null;
  return {
    id: first.key,
    verdict: first.verdict,
    members,
    first,
    since: Math.min(...members.map((member) => Date.parse(member.since))),
    sessions: sumBy(members, (member) => member.misrouted.sessions),
    held: sumBy(members, (member) => member.misrouted.held),
    unit: misroutedUnit(members),
    hasHealthyLeft: members.every((member) => member.misrouted.healthyLeft > 0),
    flaps: 0,
    incidents: [],
    hasNoVerdict: false,
    isHealing: false,
    isOutOfService: false,
    spansSites,
  };
}

/** The newest acknowledgement of a group; null while one of its incidents has none. */
export function acknowledgementOf({ incidents }: Pick<MismatchGroup, "incidents">): IncidentRemark | null {
  let newest: IncidentRemark | null = null;
  for (const { acknowledgement } of incidents) {
    if (acknowledgement === null) return null;
    if (newest === null || acknowledgement.at > newest.at) newest = acknowledgement;
  }
  return newest;
}

/** Order of groups, worst first: those with a verdict, without a healthy server left, then false-up before false-down, then the oldest, then by key. */
export function bySeverity(a: MismatchGroup, b: MismatchGroup): number {
  return (
    Number(a.hasNoVerdict) - Number(b.hasNoVerdict) ||
    Number(a.hasHealthyLeft) - Number(b.hasHealthyLeft) ||
    rank(a) - rank(b) ||
    a.since - b.since ||
    (a.id < b.id ? -1 : 1)
  );
}

/** False-downs of a backend with the same check result share their cause; the subject of each is the server itself. */
function faultKey({ verdict, subject, key, instance, backend, reason, haproxy }: ServerStatus): string {
  const parts =
    verdict === "false-down"
      ? [verdict, instance, backend, reason, haproxy.checkStatus, haproxy.checkCode]
      : [verdict, subject ?? key];
  return JSON.stringify(parts);
}

const rank = (mismatch: MismatchGroup): number => (mismatch.verdict === "false-up" ? 0 : 1);

/** Unit of a sum over several servers. */
export function misroutedUnit(members: readonly ServerStatus[]): MismatchGroup["unit"] {
  const units = new Set(members.map((member) => member.misrouted.unit));
  const [only] = units;
  return units.size > 1 || only === undefined ? "sessions and requests" : only;
}

/** Adds up a number over servers. */
export function sumBy(members: readonly ServerStatus[], of: (member: ServerStatus) => number): number {
  return members.reduce((total, member) => total + of(member), 0);
}

/** The servers of a group by name: `web-1, web-2 and 6 more`, `cp-2 in fra`. */
export function groupName({ members, spansSites }: Pick<MismatchGroup, "members" | "spansSites">): string {
  return formatList(distinctNames(members, (member) => serverName(member, spansSites)).sort(NUMBERED.compare));
}

/** `web-2` is before `web-10`. */
const NUMBERED = new Intl.Collator("en", { numeric: true });

/** Names without repetition, in order. */
export function distinctNames<Member>(members: readonly Member[], of: (member: Member) => string): string[] {
  return [...new Set(members.map(of))];
}

/** `1,204 sessions`. */
export function formatMisrouted(count: number, unit: MismatchGroup["unit"]): string {
  return unit === "sessions and requests"
    ? `${formatThousands(count)} ${unit}`
    : formatPlural(count, unit.slice(0, -1));
}
