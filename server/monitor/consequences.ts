import type { Judgement } from "../judge/judge-server.ts";
import type { ServerMemory } from "../judge/server-memory.ts";

/** Why a server is judged again: a view, a result of its target, passed time, other rules, or a reader that lost its verdict. */
export type JudgementCause = "view" | "result" | "time" | "rules" | "lost";

/** What follows from a judgement beside the server's own state; each is applied to the server that was judged. */
export type Consequence =
  | "update-pace"
  | "emit-verdict"
  | "emit-evidence"
  | "update-incidents"
  | "update-hedging"
  | "poll-soon"
  | "emit-row"
  | "probe-soon";

const NONE: readonly Consequence[] = [];

/**
 * Lists what follows from a judgement, in the order in which it is applied. `evidenceChanged`, `rowChanged`: what either
 * side reports, or its published row, is another one. Allocates nothing where nothing changed.
 */
export function consequencesOf(
  before: ServerMemory | null,
  { next, changed, needsPoll, needsProbe }: Judgement,
  cause: JudgementCause,
  evidenceChanged: boolean,
  rowChanged: boolean,
): readonly Consequence[] {
  const verdictChanged = changed || before === null;
  const beliefBefore = before?.haproxy.belief.kind;
  const beliefChanged = beliefBefore !== next.haproxy.belief.kind;
  // Results from the slow pace of a server out of service may be old; a new result can ask for the next one.
  const probeSoon = (beliefChanged && beliefBefore === "off") || (needsProbe && cause === "result");
  // Other rules can change what no verdict shows: the target, and what is expected.
  const incidentsChange = verdictChanged || cause === "rules";
  const emitsRow = rowChanged || evidenceChanged || cause === "rules";
  if (!incidentsChange && !beliefChanged && !probeSoon && !needsPoll && !emitsRow) return NONE;
  const list: Consequence[] = [];
  if (beliefChanged) list.push("update-pace");
  if (verdictChanged) list.push("emit-verdict");
  else if (evidenceChanged) list.push("emit-evidence");
  if (incidentsChange) list.push("update-incidents");
  // A view can confirm a hang as well as a result.
  if (verdictChanged) list.push("update-hedging");
  if (needsPoll) list.push("poll-soon");
  if (emitsRow) list.push("emit-row");
  if (probeSoon) list.push("probe-soon");
  return list;
}
