import type { FindingDraft } from "../judge/findings.ts";
import {
  createBlindnessFindings,
  detectCheckFindings,
  type ServerFacts,
  detectServerFindings,
  detectSplitFindings,
} from "../judge/findings.ts";
import type { FleetReachability } from "../judge/fleet-reachability.ts";
import { isUnstable } from "../judge/stability.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import type { ServerEntry } from "./server-entry.ts";

/** What findings need besides the instances. */
export interface Circumstances {
  readonly fleet: FleetReachability;
  readonly blindAfterMs: number;
  /** Why the probes of a server go without its rule's credentials. */
  readonly withheldFrom: (server: ServerEntry) => string | null;
  readonly now: number;
}

/** Looks through everything for what is worth mending. A pass over all servers: not for every poll. */
export function* findAll(
  instances: Iterable<InstanceEntry>,
  { fleet, blindAfterMs, withheldFrom, now }: Circumstances,
): IterableIterator<FindingDraft> {
  const all: ServerFacts[] = [];
  for (const instance of instances) {
    const { name } = instance.settings;
    yield* instance.hints;
    // What a silent HAProxy said last is no finding about now.
    if (instance.stale) continue;
    for (const [backend, { servers }] of instance.backends) {
      const found = servers.map((server) => foundServer(server, withheldFrom(server), now));
      yield* detectCheckFindings({ instance: name, backend, servers: found });
      for (const server of found) yield* detectServerFindings(server);
      all.push(...found);
    }
  }
  yield* detectSplitFindings(all);
  yield* createBlindnessFindings(fleet.blindGroups, blindAfterMs);
}

function foundServer(
  { instance, view, quality, assignment, episodes }: ServerEntry,
  withheld: string | null,
  now: number,
): ServerFacts {
  return {
    instance,
    view,
    quality,
    target: assignment.kind === "target" ? assignment.target.key : null,
    graceMs: assignment.policy.graceMs,
    isUnstable: isUnstable(episodes, now),
    credentialsWithheldWhy: withheld,
  };
}
