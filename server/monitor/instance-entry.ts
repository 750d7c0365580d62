import type { InstanceSettings } from "../contract/settings.ts";
import type { InstanceInfo, StatsSnapshot } from "../contract/view.ts";
import { createHintFindings, type FindingDraft } from "../judge/findings.ts";
import { type BackendEntry, resetObservedCheck } from "./backend-entry.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Age from which a view is stale: so many effective intervals, and at least `floorMs`. */
export interface StaleLimits {
  readonly intervals: number;
  readonly floorMs: number;
}

/** Why a poll failed: a code of docs/errors.md and a sentence. */
export interface PollError {
  readonly code: string;
  readonly message: string;
}

/** The current state of one polled HAProxy with its backends and servers. Times are monotonic milliseconds. */
export interface InstanceEntry {
  settings: InstanceSettings;
  readonly startedAt: number;
  epoch: string;
  info: InstanceInfo | null;
  /** A good poll was applied whole. */
  isPolled: boolean;
  /** When the last good poll was sent; null before the first. */
  lastGoodPollAt: number | null;
  pollDurationMs: number | null;
  effectiveEveryMs: number;
  error: (PollError & { readonly at: number }) | null;
  isStale: boolean;
  /** While the first answer after a stale time is applied: when it was sent. Older views are still stale. */
  resumedAt: number | null;
  /** Findings about what its answers lack. */
  hintFindings: readonly FindingDraft[];
  /** In HAProxy's order, further ones last while an answer is applied. */
  backends: Map<string, BackendEntry>;
  servers: Map<string, ServerEntry>;
  /** The same servers in the order of the last full answer. */
  serversInOrder: ServerEntry[];
}

export function createInstanceEntry(settings: InstanceSettings, now: number): InstanceEntry {
  return {
    settings,
    startedAt: now,
    epoch: "",
    info: null,
    isPolled: false,
    lastGoodPollAt: null,
    pollDurationMs: null,
    effectiveEveryMs: settings.everyMs,
    error: null,
    isStale: false,
    resumedAt: null,
    hintFindings: [],
    backends: new Map(),
    servers: new Map(),
    serversInOrder: [],
  };
}

/** What a successful poll changed about the instance itself. */
export interface PollOutcome {
  readonly isFirst: boolean;
  readonly wasStale: boolean;
  /** HAProxy was restarted or reloaded since the poll before. */
  readonly isReloaded: boolean;
}

/** Records an answer on the instance and returns what it changed. Its error stays until the answer is applied. */
export function recordPoll(instance: InstanceEntry, snapshot: StatsSnapshot, effectiveEveryMs: number): PollOutcome {
  const isFirst = instance.lastGoodPollAt === null;
  const outcome: PollOutcome = {
    isFirst,
    wasStale: instance.isStale,
    isReloaded: !isFirst && snapshot.epoch !== instance.epoch,
  };
  instance.lastGoodPollAt = Math.max(instance.lastGoodPollAt ?? Number.NEGATIVE_INFINITY, snapshot.sentAt);
  instance.epoch = snapshot.epoch;
  instance.info = snapshot.info;
  instance.effectiveEveryMs = effectiveEveryMs;
  if (instance.isStale) instance.resumedAt = snapshot.sentAt;
  instance.isStale = false;
  if (snapshot.scope === "all") {
    instance.hintFindings = createHintFindings(instance.settings.name, snapshot.hints ?? []);
    instance.pollDurationMs = snapshot.receivedAt - snapshot.sentAt;
  }
  if (outcome.isReloaded) for (const backend of instance.backends.values()) resetObservedCheck(backend);
  return outcome;
}

/** True where the newest view is too old. `pausedUntil` counts like a poll, since this process did not poll during its own pause. */
export function isStale(instance: InstanceEntry, after: StaleLimits, pausedUntil: number, now: number): boolean {
  if (instance.lastGoodPollAt === null) return false;
  const limit = Math.max(after.intervals * instance.effectiveEveryMs, after.floorMs);
  return now - Math.max(instance.lastGoodPollAt, pausedUntil) > limit;
}
