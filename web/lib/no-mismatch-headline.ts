import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { unreachedByBlindProber } from "./blindness.ts";
import { formatTimestamp } from "./time-format.ts";
import type { Headline, HeadlineInput, HeadlinePart } from "./headline.ts";
import { displayVerdictOf } from "./display-verdict.ts";
import { backendOutages } from "./backend-outage.ts";
import { distinctNames } from "./mismatch-group.ts";
import { formatList, formatPlural, formatThousands } from "./quantity-format.ts";
import { nameInSite, serverName } from "./sites.ts";

/** The headline while there is no mismatch: an unreachable instance, a blind prober, servers without a verdict, or agreement. */
export function noMismatchHeadline(input: HeadlineInput): Headline {
  const { servers, instances, lastEnded, now, spansSites = false } = input;
  const unreachable = instances.filter(isUnreachable);
  const unknown = servers.filter((server) => server.verdict === "unknown");
  if (unreachable.length > 0) return unreachableHeadline(unreachable, servers, now);
  if (unknown.length * 2 > servers.length) return noVerdictHeadline(unknown, servers);
  const agreeing = servers.filter((server) => server.verdict === "agree-up" || server.verdict === "agree-down").length;
  const expected = servers.filter(
    (server) => server.expected !== null && displayVerdictOf(server).startsWith("false-"),
  );
  const countPhrase = phraseCounter(spansSites);
  const remarks = [
    countPhrase(servers, (s) => s.verdict === "agree-down", "is down, both agree", "are down, both agree"),
    countPhrase(servers, (s) => s.reason === "probe-denied", "rejects our probe", "reject our probe"),
    countPhrase(
      servers,
      (s) => s.verdict === "out-of-service" && s.probe.outcome !== "passed",
      "is out of service",
      "are out of service",
    ),
    countPhrase(
      servers,
      (s) => s.verdict === "out-of-service" && s.probe.outcome === "passed",
      "is out of service but passes its probe",
      "are out of service but pass their probes",
    ),
    countPhrase(expected, () => true, "differs as expected", "differ as expected"),
  ].filter((text) => text !== "");
  const unjudged = unknown.filter((server) => server.reason !== "probe-denied").length;
  if (unjudged > 0) remarks.push(`${formatPlural(unjudged, "server")} without a verdict`);
  const detail = remarks.length > 0 ? `${formatList(remarks, 9)}.` : "No disagreements.";
  const outages = distinctNames(
    backendOutages(servers).flatMap(({ failing }) => failing.slice(0, 1)),
    ({ backend, site }) => nameInSite(backend, site, spansSites),
  );
  const outage =
    outages.length === 0 ? "" : `${formatList(outages)} ${outages.length === 1 ? "has" : "have"} no healthy server; `;
  return {
    variant: "ok",
    glyph: outages.length === 0 ? "agree-up" : "agree-down",
    sentence: `${outage}HAProxy and haprobe agree on ${agreeing === servers.length ? "" : `${formatThousands(agreeing)} of `}${formatPlural(servers.length, "server")}`,
    detail: lastEnded === null ? [detail] : [`${detail} `, ...describeEnded(lastEnded, now, spansSites)],
    since: null,
    sinceLabel: "",
  };
}

/** `Last mismatch: cp-2, false-up from 14:03:12 to 14:07:33, flapped 12 times.` */
function describeEnded(
  { members, site, verdict, suspectedAt, endedAt, flaps, subject }: Incident,
  now: number,
  spansSites: boolean,
): HeadlinePart[] {
  const at = (iso: string): HeadlinePart => ({ emphasized: formatTimestamp(Date.parse(iso), now) });
  return [
    `Last mismatch: ${nameInSite(members[0]?.server ?? subject, site, spansSites)}, ${verdict} from `,
    at(suspectedAt),
    " to ",
    at(endedAt ?? suspectedAt),
    flaps > 0 ? `, flapped ${formatPlural(flaps, "time")}.` : ".",
  ];
}

function phraseCounter(spansSites: boolean) {
  return (
    servers: readonly ServerStatus[],
    isCounted: (s: ServerStatus) => boolean,
    one: string,
    many: string,
  ): string => {
    const names = distinctNames(servers.filter(isCounted), (server) => serverName(server, spansSites));
    if (names.length === 0) return "";
    if (names.length === 1) return `${names[0]} ${one}`;
    return `${names.length === 2 ? formatList(names) : formatPlural(names.length, "server")} ${many}`;
  };
}

function unreachableHeadline(
  unreachable: readonly InstanceStatus[],
  servers: readonly ServerStatus[],
  now: number,
): Headline {
  const names = unreachable.map((instance) => instance.name);
  const unreachableNames = new Set(names);
  const affected = servers.filter((server) => unreachableNames.has(server.instance));
  const others = servers.filter((server) => !unreachableNames.has(server.instance));
  const agreeing = others.filter((server) => server.verdict.startsWith("agree-")).length;
  const otherNames = distinctNames(others, (server) => server.instance);
  const where = otherNames.length === 1 ? otherNames[0] : "the other instances";
  const since = Math.min(...unreachable.map(lastContactAt).filter((ms) => Number.isFinite(ms)));
  const be = unreachable.length === 1 ? "is" : "are";
  const passing = affected.filter((server) => server.probe.outcome === "passed").length;
  const parts: HeadlinePart[] = Number.isFinite(since)
    ? ["No answer since ", { emphasized: formatTimestamp(since, now) }, ". "]
    : [];
  if (affected.length > 0) {
    parts.push(
      `haprobe still probes their servers: ${formatThousands(passing)} of ${formatThousands(affected.length)} pass. Whether they receive traffic is unknown.`,
    );
  }
  return {
    variant: "unknown",
    glyph: "unknown",
    sentence:
      others.length === 0
        ? `${formatList(names)} ${be} not responding: HAProxy's state is unknown`
        : `HAProxy and haprobe agree on ${formatThousands(agreeing)} of ${formatPlural(others.length, "server")} of ${where}; ${formatList(names)} ${be} not responding`,
    detail: parts,
    since: Number.isFinite(since) ? since : null,
    sinceLabel: "not responding",
  };
}

function noVerdictHeadline(unknown: readonly ServerStatus[], servers: readonly ServerStatus[]): Headline {
  const blind = unreachedByBlindProber(unknown);
  const isCounted = `${formatThousands(unknown.length)} of ${formatPlural(servers.length, "server")}`;
  if (blind.length * 2 > unknown.length) {
    return {
      variant: "unknown",
      glyph: "unknown",
      sentence: `haprobe cannot reach ${isCounted}; verdicts are on hold`,
      detail: ["Only HAProxy's own state is shown below. The likely cause is on haprobe's side: route, firewall, DNS."],
      since: Math.min(...blind.map((server) => Date.parse(server.since))),
      sinceLabel: "blind",
    };
  }
  const pending = unknown.filter(
    (server) => server.reason === "probe-pending" || server.reason === "haproxy-unverified",
  );
  if (pending.length * 2 > unknown.length) {
    return {
      variant: "unknown",
      glyph: "unknown",
      sentence: `haprobe is probing ${formatPlural(servers.length, "server")} for the first time`,
      detail: ["Verdicts appear as results arrive."],
      since: null,
      sinceLabel: "",
    };
  }
  const reasons = new Map<string, ServerStatus[]>();
  for (const server of unknown) reasons.set(server.reason ?? "", [...(reasons.get(server.reason ?? "") ?? []), server]);
  const [largest] = [...reasons.values()].sort((a, b) => b.length - a.length);
  const example = largest?.[0];
  return {
    variant: "unknown",
    glyph: "unknown",
    sentence: `haprobe has no verdict on ${isCounted}`,
    detail: example ? [`${formatPlural(largest?.length ?? 0, "server")}: ${example.sentence}`] : [],
    since: null,
    sinceLabel: "",
  };
}

/** An instance whose polls fail. */
export function isUnreachable(instance: InstanceStatus): boolean {
  return instance.state === "stale" || instance.state === "failing";
}

/** Time of the last successful poll, else of the first error; milliseconds of haprobe's clock, NaN if neither. */
export function lastContactAt(instance: InstanceStatus): number {
  return Date.parse(instance.lastPollAt ?? instance.error?.at ?? "");
}
