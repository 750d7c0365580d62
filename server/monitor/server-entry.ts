import type { ProbeResult } from "../contract/probe-result.ts";
import type { InstanceName, ServerKey } from "../contract/server-key.ts";
import type { Assignment } from "../contract/target.ts";
import type { Quality } from "../contract/verdict.ts";
import type { ServerView } from "../contract/view.ts";
import type { ServerMemory } from "../judge/memory.ts";
import type { Blast } from "../judge/misrouted.ts";
import type { Episode } from "../judge/stability.ts";
import type { Proof } from "../targets/guess.ts";

/** Polls for which a backup counts as in use after its own sessions grew (`option allbackups`). */
export const BACKUP_IN_USE_POLLS = 3;

/** Stands for "not since we look": polls are not counted further than this. */
export const NEVER_GREW = 1_000;

/** The current state of one server: what both witnesses said last, and what the judge made of it. */
export interface ServerEntry {
  readonly key: ServerKey;
  readonly instance: InstanceName;
  view: ServerView;
  /** When the poll of `view` was sent, monotonic milliseconds. */
  viewAt: number;
  /** What HAProxy's checks of this address have shown it to speak. */
  proof: Proof;
  assignment: Assignment;
  /** Newest result of its target; null before the first. */
  result: ProbeResult | null;
  memory: ServerMemory | null;
  blast: Blast | null;
  standby: boolean;
  quality: Quality | null;
  /** When it failed while HAProxy sent it traffic, lately. */
  episodes: readonly Episode[];
  /** Polls since its session counter last grew, at most NEVER_GREW. */
  idlePolls: number;
}

/** What people see change; two equal marks need no message. Counters and times are left out on purpose. */
export function visibleMark({ view, result, memory, quality, standby }: ServerEntry): string {
  const { check } = view;
  return [
    memory?.verdict,
    memory?.phase,
    memory?.reason,
    memory?.address,
    memory?.depth,
    quality,
    standby,
    view.status,
    view.weight,
    check.status,
    check.code,
    check.health,
    view.agentStatus,
    view.tracked,
    result?.outcome,
    result?.fault,
    result?.kind,
    result?.stage,
    result?.httpStatus,
    result?.failing.join(),
    result?.url,
  ].join("\u0000");
}
