import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { formatTimestamp } from "./time-format.ts";
import type { Headline, HeadlineInput, HeadlinePart } from "./headline.ts";
import { displayVerdictOf } from "./display-verdict.ts";
import { distinctNames } from "./mismatch-group.ts";
import { formatList, formatPlural, formatThousands } from "./quantity-format.ts";

/** The sentence while nothing disagrees: a silent instance, a blind prober, servers without an opinion, or calm. */
export function noMismatchHeadline({ servers, instances, now }: HeadlineInput): Headline {
  const silent = instances.filter(isUnreachable);
  const unknown = servers.filter((server) => server.verdict === "unknown");
  if (silent.length > 0) return unreachableHeadline(silent, servers, now);
  if (unknown.length * 2 > servers.length) return noVerdictHeadline(unknown, servers);
  const agree = servers.filter((server) => server.verdict === "agree-up" || server.verdict === "agree-down").length;
  const expected = servers.filter(
    (server) => server.expected !== null && displayVerdictOf(server).startsWith("false-"),
  );
  const remarks = [
    countPhrase(servers, (s) => s.verdict === "agree-down", "is down and both know it", "are down and both know it"),
    countPhrase(servers, (s) => s.reason === "probe-denied", "denies our probe", "deny our probe"),
    countPhrase(servers, (s) => s.verdict === "out-of-service", "is out of service", "are out of service"),
    countPhrase(expected, () => true, "differs as expected", "differ as expected"),
  ].filter((text) => text !== "");
  const unjudged = unknown.filter((server) => server.reason !== "probe-denied").length;
  if (unjudged > 0) remarks.push(`${formatPlural(unjudged, "server")} without an opinion`);
  const detail = remarks.length > 0 ? `${formatList(remarks, 9)}.` : "Both say the same of every one of them.";
  return {
    variant: "calm",
    glyph: "agree-up",
    sentence: `HAProxy and haprobe agree on ${agree === servers.length ? "" : `${formatThousands(agree)} of `}${formatPlural(servers.length, "server")}`,
    detail: [detail],
    since: null,
    sinceLabel: "",
  };
}

function countPhrase(
  servers: readonly ServerStatus[],
  of: (s: ServerStatus) => boolean,
  one: string,
  many: string,
): string {
  const names = distinctNames(servers.filter(of), (server) => server.server);
  if (names.length === 0) return "";
  if (names.length === 1) return `${names[0]} ${one}`;
  return `${names.length === 2 ? formatList(names) : formatPlural(names.length, "server")} ${many}`;
}

function unreachableHeadline(
  silent: readonly InstanceStatus[],
  servers: readonly ServerStatus[],
  now: number,
): Headline {
  const names = silent.map((instance) => instance.name);
  const lost = new Set(names);
  const theirs = servers.filter((server) => lost.has(server.instance));
  const others = servers.filter((server) => !lost.has(server.instance));
  const agree = others.filter((server) => server.verdict.startsWith("agree-")).length;
  const otherNames = distinctNames(others, (server) => server.instance);
  const where = otherNames.length === 1 ? otherNames[0] : "the other instances";
  const since = Math.min(...silent.map(lastContactAt).filter((ms) => Number.isFinite(ms)));
  const be = silent.length === 1 ? "is" : "are";
  const passing = theirs.filter((server) => server.probe.outcome === "passed").length;
  const parts: HeadlinePart[] = Number.isFinite(since)
    ? ["No answer since ", { emphasized: formatTimestamp(since, now) }, ". "]
    : [];
  if (theirs.length > 0) {
    parts.push(
      `haprobe still asks their servers itself: ${passing} of ${theirs.length} pass. Whether they get traffic is not known.`,
    );
  }
  return {
    variant: "unknown",
    glyph: "unknown",
    sentence:
      others.length === 0
        ? `${formatList(names)} ${be} silent: nothing is known of HAProxy`
        : `HAProxy and haprobe agree on ${agree} of ${formatPlural(others.length, "server")} of ${where}; ${formatList(names)} ${be} silent`,
    detail: parts,
    since: Number.isFinite(since) ? since : null,
    sinceLabel: "silent",
  };
}

function noVerdictHeadline(unknown: readonly ServerStatus[], servers: readonly ServerStatus[]): Headline {
  const blind = unknown.filter((server) => server.reason === "prober-blind");
  const of = `${formatThousands(unknown.length)} of ${formatPlural(servers.length, "server")}`;
  if (blind.length * 2 > unknown.length) {
    return {
      variant: "unknown",
      glyph: "unknown",
      sentence: `haprobe cannot see ${of}; verdicts are on hold`,
      detail: ["Below is HAProxy's word alone. The fault is most likely ours: route, firewall, DNS."],
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
      sentence: `haprobe is asking ${formatPlural(servers.length, "server")} for the first time`,
      detail: ["Verdicts appear as the answers come."],
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
    sentence: `haprobe has no opinion on ${of}`,
    detail: example ? [`${formatPlural(largest?.length ?? 0, "server")}: ${example.sentence}`] : [],
    since: null,
    sinceLabel: "",
  };
}

/** An instance that was polled and does not answer any more, or never did. */
export function isUnreachable(instance: InstanceStatus): boolean {
  return instance.state === "stale" || instance.state === "failing";
}

/** When it was last heard, haprobe's clock; NaN if never. */
export function lastContactAt(instance: InstanceStatus): number {
  return Date.parse(instance.lastPollAt ?? instance.error?.at ?? "");
}
