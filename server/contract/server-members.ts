import type { IncidentMemberRecord } from "./incident.ts";

/**
 * One member for each server, in their order: of a server that several vantages see, one that has the fault, and of those
 * the one that counted most traffic, since all of them count the same. The same array where each server has one.
 */
export function toServerMembers(members: readonly IncidentMemberRecord[]): readonly IncidentMemberRecord[] {
  if (members.every(({ vantage }) => vantage === undefined)) return members;
  const byServer = new Map<string, IncidentMemberRecord>();
  for (const member of members) {
    const name = `${member.site} ${member.key}`;
    const known = byServer.get(name);
    if (known === undefined || isBefore(member, known)) byServer.set(name, member);
  }
  return [...byServer.values()];
}

function isBefore(a: IncidentMemberRecord, b: IncidentMemberRecord): boolean {
  const [first, second] = [rankOf(a), rankOf(b)];
  return first === second ? a.traffic.counts.sessions > b.traffic.counts.sessions : first < second;
}

function rankOf({ standing }: IncidentMemberRecord): number {
  return standing === "failing" ? 0 : standing === "undecided" ? 1 : 2;
}
