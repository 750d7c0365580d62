import { BOUNDS } from "../bounds.ts";
import type { InstanceName } from "../contract/server-key.ts";
import type { VantageDifference } from "../contract/vantage-word.ts";
import type { FindingDraft } from "./findings.ts";

/** How the vantages of one server differ. */
export interface ServerDifference {
  readonly instance: InstanceName;
  readonly backend: string;
  readonly server: string;
  readonly difference: VantageDifference;
  /** The merged sentence. */
  readonly sentence: string;
}

/**
 * The findings of servers about which vantages differ: one for each server, and where the vantage beside HAProxy reaches
 * them, one for each other vantage that does not.
 */
export function createVantageFindings(differences: Iterable<ServerDifference>): FindingDraft[] {
  const drafts: FindingDraft[] = [];
  const unreached = new Map<InstanceName, Map<string, string[]>>();
  for (const { instance, backend, server, difference, sentence } of differences) {
    if (difference.kind === "path") {
      addUnreached(unreached, instance, difference.failing, `${backend}/${server}`);
      continue;
    }
    drafts.push({
      code: "vantages-differ",
      subject: { instance, backend, server },
      sentence,
      advice: adviseDifference(difference),
      afterMs: BOUNDS.vantagesDifferAfterMs,
    });
  }
  for (const [instance, byVantage] of unreached) {
    for (const [vantage, servers] of byVantage) drafts.push(draftPath(instance, vantage, servers));
  }
  return drafts;
}

function addUnreached(
  unreached: Map<InstanceName, Map<string, string[]>>,
  instance: InstanceName,
  vantages: readonly string[],
  server: string,
): void {
  const byVantage = unreached.get(instance) ?? new Map<string, string[]>();
  unreached.set(instance, byVantage);
  for (const vantage of vantages) {
    const servers = byVantage.get(vantage);
    if (servers === undefined) byVantage.set(vantage, [server]);
    else servers.push(server);
  }
}

function draftPath(instance: InstanceName, vantage: string, servers: readonly string[]): FindingDraft {
  const [first = ""] = servers;
  const which = servers.length === 1 ? first : `${first} and ${servers.length - 1} more servers`;
  return {
    code: "vantage-path",
    // A finding is known by its code and subject, so that the vantage is part of it.
    subject: { instance, backend: null, server: vantage },
    sentence: `${vantage} does not reach ${which} of ${instance}, and the vantage beside ${instance} does`,
    advice: `Look for a firewall, NAT or a route between ${vantage} and the servers; HAProxy's own way works.`,
    afterMs: BOUNDS.vantagesDifferAfterMs,
  };
}

function adviseDifference({ kind, passing, failing }: VantageDifference): string {
  if (kind === "answers") {
    return "Send the same request from both places, and compare: a server that answers by client address, or several behind one address.";
  }
  return `Compare the ways of ${failing.join(", ")} and ${passing.join(", ")} to it; a haprobe beside HAProxy, on its UNIX socket, decides.`;
}
