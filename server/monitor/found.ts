import type { FindingDraft } from "../judge/findings.ts";
import { blindFindings, checkFindings, type FoundServer, serverFindings, splitFindings } from "../judge/findings.ts";
import type { FleetJudgement } from "../judge/judge-fleet.ts";
import { isUnstable } from "../judge/stability.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import type { ServerEntry } from "./server-entry.ts";

/** What findings need besides the instances. */
export interface Circumstances {
  readonly fleet: FleetJudgement;
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
  const all: FoundServer[] = [];
  for (const instance of instances) {
    const { name } = instance.settings;
    yield* instance.hints;
    // What a silent HAProxy said last is no finding about now.
    if (instance.stale) continue;
    for (const [backend, { servers }] of instance.backends) {
      const found = servers.map((server) => foundServer(server, withheldFrom(server), now));
      yield* checkFindings({ instance: name, backend, servers: found });
      for (const server of found) yield* serverFindings(server);
      all.push(...found);
    }
  }
  yield* splitFindings(all);
  yield* blindFindings(fleet.blindGroups, blindAfterMs);
}

function foundServer(
  { instance, view, quality, assignment, episodes }: ServerEntry,
  withheld: string | null,
  now: number,
): FoundServer {
  return {
    instance,
    view,
    quality,
    target: assignment.kind === "target" ? assignment.target.key : null,
    graceMs: assignment.policy.graceMs,
    unstable: isUnstable(episodes, now),
    withheld,
  };
}
