import type { BackendView } from "../contract/view.ts";
import { type Blast, beginBlast, countBlast } from "../judge/misrouted.ts";
import type { ServerEntry } from "./server-entry.ts";

/** Begins, carries on or ends the count of what goes into a server that fails its probes while HAProxy has it up. */
export function updateBlast({ memory, view, blast }: ServerEntry, backend: BackendView | null): Blast | null {
  if (memory === null || memory.dispute?.side !== "false-up") return null;
  const server = view.sessionsTotal ?? 0;
  const all = backend?.sessionsTotal ?? server;
  // The newest view is older than the failed probe that began the dispute: it is the baseline.
  if (blast === null) return beginBlast(memory.dispute.beganAt, memory.epoch, server, all);
  return countBlast(blast, memory.epoch, server, all);
}
