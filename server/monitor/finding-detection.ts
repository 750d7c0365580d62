import type { Assignment } from "../contract/target.ts";
import type { CheckQuality } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import type { ServerMemory } from "../judge/server-memory.ts";
import { checkCure } from "../judge/check-cure.ts";
import {
  createBlindnessFindings,
  createStaleProbeFindings,
  detectCheckFindings,
  detectServerFindings,
  detectSplitFindings,
  detectUnusableBackend,
  type FindingDraft,
  type ServerFacts,
} from "../judge/findings.ts";
import { isFlapping, isUnstable } from "../judge/stability.ts";
import type { InstanceEntry } from "./instance-entry.ts";
import type { ServerEntry } from "./server-entry.ts";
import { StepCounter } from "./step-counter.ts";

/** What the detection needs besides the instances. */
export interface DetectionContext {
  readonly blindGroups: ReadonlySet<string>;
  readonly blindAfterMs: number;
  /** Why the probes of a server go without its rule's credentials. */
  readonly credentialsWithheldWhy: (server: ServerEntry) => string | null;
  readonly now: number;
}

/** The work of detecting a server's findings, in rows that are applied. */
const DETECTING_WORK = 4;

/**
 * Detects the findings of all instances. Passes over every server, so it does not run with every poll; null stands
 * between the findings wherever the event loop may run.
 */
export function* detectFindings(
  instances: Iterable<InstanceEntry>,
  { blindGroups, blindAfterMs, credentialsWithheldWhy: withheldFrom, now }: DetectionContext,
): IterableIterator<FindingDraft | null> {
  const steps = new StepCounter();
  const all: ServerFacts[] = [];
  for (const instance of instances) {
    const { name } = instance.settings;
    yield* instance.hintFindings;
    // The last answer of a stale instance is no evidence for the present.
    if (instance.isStale) continue;
    for (const [backend, { servers }] of instance.backends) {
      const found: ServerFacts[] = [];
      for (const server of servers) {
        const facts = toServerFacts(server, withheldFrom(server), now);
        found.push(facts);
        all.push(facts);
        if (steps.add(DETECTING_WORK)) yield null;
      }
      yield* detectCheckFindings({ instance: name, backend, servers: found });
      yield* detectUnusableBackend({ instance: name, backend, servers: found });
      for (const server of found) {
        yield* detectServerFindings(server);
        if (steps.add(DETECTING_WORK)) yield null;
      }
    }
  }
  yield* detectSplitFindings(all);
  yield* createStaleProbeFindings(all.filter((server) => server.isProbeStale));
  yield* createBlindnessFindings(blindGroups, blindAfterMs);
}

function toServerFacts(
  { instance, view, quality, assignment, episodes, downEpisodes, memory }: ServerEntry,
  credentialsWithheldWhy: string | null,
  now: number,
): ServerFacts {
  return {
    instance,
    view,
    quality,
    target: assignment.kind === "target" ? assignment.target.key : null,
    graceMs: assignment.policy.graceMs,
    isProbeAnswered: isProbeAnswered(assignment, memory),
    cure: () => cureOfCheck(view, assignment, quality, memory),
    isUnstable: isUnstable(episodes, now),
    isFlapping: isFlapping(downEpisodes, now),
    isProbeStale: memory?.decision.reason === "probe-stale",
    credentialsWithheldWhy,
  };
}

/** A check whose request never got a good answer, or its own 5xx, would take every healthy server down. */
function isProbeAnswered(assignment: Assignment, memory: ServerMemory | null): boolean {
  if (assignment.kind === "none" || memory === null) return false;
  const { failure, lastPassAt, isGuessedPathProven } = memory.probe;
  if (assignment.target.guessed) return isGuessedPathProven;
  return lastPassAt > Number.NEGATIVE_INFINITY || failure?.fault === "probe-answered-unhealthy";
}

function cureOfCheck(
  view: ServerView,
  assignment: Assignment,
  quality: CheckQuality | null,
  memory: ServerMemory | null,
): readonly string[] {
  if (assignment.cure !== undefined) return assignment.cure;
  if (assignment.kind === "none") return [];
  const { target, otherPort = null } = assignment;
  const depth = quality === "check-missing" ? "none" : (memory?.check.depth ?? null);
  return checkCure(target, { view, depth, otherPort });
}
