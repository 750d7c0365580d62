import { BOUNDS } from "../bounds.ts";
import type { ProbeResult } from "../contract/probe-result.ts";
import type { FailedProbe } from "./server-memory.ts";

interface Added {
  readonly before: readonly FailedProbe[];
  readonly result: ProbeResult;
  readonly after: readonly FailedProbe[];
}

/** The last call: all servers of one target have the same failures, and tens of thousands of lists would fill memory. */
let last: Added | null = null;

/** Adds a result that failed; of more than `countMax` the oldest is dropped. The same arguments in a row give the same list. */
export function addFailure(before: readonly FailedProbe[], result: ProbeResult): readonly FailedProbe[] {
  if (last?.result === result && last.before === before) return last.after;
  const failed = last?.result === result ? last.after.at(-1) : undefined;
  const after = before.slice(1 - BOUNDS.countMax);
  after.push(failed ?? toFailedProbe(result));
  last = { before, result, after };
  return after;
}

function toFailedProbe({ sentAt, endedAt, stage, kind }: ProbeResult): FailedProbe {
  return { sentAt, endedAt, stage, kind };
}
