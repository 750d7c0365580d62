import type { NumbersBy, NumbersRow } from "../contract/history.ts";
import type { IncidentMemberRecord, IncidentRecord } from "../contract/incident.ts";
import { toServerMembers } from "../contract/server-members.ts";
import type { ServerTimes, StoredServerName } from "../contract/store.ts";
import { VERDICTS, type Verdict } from "../contract/verdict.ts";

interface Sum {
  readonly name: Pick<NumbersRow, "site" | "instance" | "backend" | "server">;
  servers: number;
  readonly verdictMs: Record<Verdict, number>;
  notRecordedMs: number;
  falselyUpMs: number;
  misrouted: number;
  incidents: number;
  /** False-ups that HAProxy noticed, how long it took, and those that it has not noticed. */
  noticed: number;
  lagMs: number;
  worstLagMs: number;
  unnoticed: number;
}

/**
 * Sums times and incidents up to servers, backends or instances. The times come first: an incident counts for the servers
 * that have some, and once for a sum of several servers.
 */
export class NumbersSums {
  readonly #by: NumbersBy;
  readonly #sums = new Map<string, Sum>();

  constructor(by: NumbersBy) {
    this.#by = by;
  }

  addTimes({ server, verdictMs, notRecordedMs, falselyUpMs }: ServerTimes): void {
    const sum = sumOf(this.#sums, server, this.#by);
    sum.servers += 1;
    for (const verdict of VERDICTS) sum.verdictMs[verdict] += verdictMs[verdict] ?? 0;
    sum.notRecordedMs += notRecordedMs;
    sum.falselyUpMs += falselyUpMs;
  }

  /** Takes an incident that was open within the range. */
  addIncident({ verdict, detectionLagMs, members }: IncidentRecord): void {
    const counted = new Set<Sum>();
    for (const member of toServerMembers(members)) {
      const sum = this.#sums.get(keyOf(member, this.#by));
      if (sum === undefined) continue;
      sum.misrouted += verdict === "false-up" ? member.traffic.counts.sessions : 0;
      counted.add(sum);
    }
    for (const sum of counted) {
      sum.incidents += 1;
      if (verdict !== "false-up") continue;
      if (detectionLagMs === null) sum.unnoticed += 1;
      else {
        sum.noticed += 1;
        sum.lagMs += detectionLagMs;
        sum.worstLagMs = Math.max(sum.worstLagMs, detectionLagMs);
      }
    }
  }

  /** In the order of the names. */
  rows(): NumbersRow[] {
    return [...this.#sums.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => toRow(sum));
  }
}

function sumOf(sums: Map<string, Sum>, server: StoredServerName, by: NumbersBy): Sum {
  const key = keyOf(server, by);
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum: Sum = {
    name: {
      site: server.site,
      instance: server.instance,
      backend: by === "instance" ? null : server.backend,
      server: by === "server" ? server.server : null,
    },
    servers: 0,
    verdictMs: Object.assign({}, ...VERDICTS.map((verdict) => ({ [verdict]: 0 }))),
    notRecordedMs: 0,
    falselyUpMs: 0,
    misrouted: 0,
    incidents: 0,
    noticed: 0,
    lagMs: 0,
    worstLagMs: 0,
    unnoticed: 0,
  };
  sums.set(key, sum);
  return sum;
}

/** Sorts as the names do, since no name holds a control character. */
function keyOf({ site, instance, backend, server }: StoredServerName | IncidentMemberRecord, by: NumbersBy): string {
  const names = by === "instance" ? [site, instance] : by === "backend" ? [site, instance, backend] : null;
  return (names ?? [site, instance, backend, server]).join("\u0000");
}

function toRow({ name, falselyUpMs, noticed, lagMs, worstLagMs, ...sum }: Sum): NumbersRow {
  const { servers, verdictMs, notRecordedMs, misrouted, incidents, unnoticed } = sum;
  return {
    ...name,
    servers,
    verdictMs,
    notRecordedMs,
    falselyUpMinutes: Math.round(falselyUpMs / 600) / 100,
    misrouted,
    incidents,
    meanDetectionLagMs: noticed === 0 ? null : Math.round(lagMs / noticed),
    worstDetectionLagMs: noticed === 0 ? null : worstLagMs,
    unnoticed,
  };
}
