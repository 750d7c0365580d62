import type { NumbersBy, NumbersRow } from "../contract/history.ts";
import type { IncidentMemberRecord, IncidentRecord } from "../contract/incident.ts";
import type { ServerTimes, StoredServerName } from "../contract/store.ts";
import { VERDICTS, type Verdict } from "../contract/verdict.ts";

interface Sum {
  readonly name: Pick<NumbersRow, "site" | "instance" | "backend" | "server">;
  servers: number;
  readonly verdictMs: Record<Verdict, number>;
  notRecordedMs: number;
  falselyUpMs: number;
  misrouted: number;
  readonly incidents: Map<string, IncidentRecord>;
}

/**
 * Sums times and incidents up to servers, backends or instances, in the order of their names. `incidents` are those that
 * were open within the range; one that concerns several servers of a sum counts once there.
 */
export function sumNumbers(
  times: Iterable<ServerTimes>,
  incidents: Iterable<IncidentRecord>,
  by: NumbersBy,
): NumbersRow[] {
  const sums = new Map<string, Sum>();
  for (const { server, verdictMs, notRecordedMs, falselyUpMs } of times) {
    const sum = sumOf(sums, server, by);
    sum.servers += 1;
    for (const verdict of VERDICTS) sum.verdictMs[verdict] += verdictMs[verdict] ?? 0;
    sum.notRecordedMs += notRecordedMs;
    sum.falselyUpMs += falselyUpMs;
  }
  for (const incident of incidents) {
    for (const member of incident.members) {
      // A server without times is filtered out.
      const sum = sums.get(keyOf(member, by));
      if (sum === undefined) continue;
      sum.incidents.set(incident.id, incident);
      sum.misrouted += incident.verdict === "false-up" ? member.traffic.counts.sessions : 0;
    }
  }
  return [...sums.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => toRow(sum));
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
    incidents: new Map(),
  };
  sums.set(key, sum);
  return sum;
}

/** Sorts as the names do, since no name holds a control character. */
function keyOf({ site, instance, backend, server }: StoredServerName | IncidentMemberRecord, by: NumbersBy): string {
  const names = by === "instance" ? [site, instance] : by === "backend" ? [site, instance, backend] : null;
  return (names ?? [site, instance, backend, server]).join("\u0000");
}

function toRow({ name, servers, verdictMs, notRecordedMs, falselyUpMs, misrouted, incidents }: Sum): NumbersRow {
  const falseUps = [...incidents.values()].filter(({ verdict }) => verdict === "false-up");
  const lags = falseUps.flatMap(({ detectionLagMs }) => (detectionLagMs === null ? [] : [detectionLagMs]));
  return {
    ...name,
    servers,
    verdictMs,
    notRecordedMs,
    falselyUpMinutes: Math.round(falselyUpMs / 600) / 100,
    misrouted,
    incidents: incidents.size,
    meanDetectionLagMs: lags.length === 0 ? null : Math.round(lags.reduce((sum, lag) => sum + lag, 0) / lags.length),
    worstDetectionLagMs: lags.length === 0 ? null : Math.max(...lags),
    unnoticed: falseUps.length - lags.length,
  };
}
