import type { Assignment } from "../contract/target.ts";
import type { ServerView } from "../contract/view.ts";

/** True where the rules could say something else about this view than about the one before. */
export function assignmentMayChange(before: ServerView, now: ServerView, assignment: Assignment): boolean {
  if (before.mode !== now.mode || before.fqdn !== now.fqdn || !sameAddress(before, now)) return true;
  // A guess looks at what HAProxy's check has met; a rule of the user does not.
  const settled = assignment.kind === "target" ? !assignment.target.guessed : assignment.reason === "skipped";
  return !settled && (before.check.status !== now.check.status || before.check.code !== now.check.code);
}

function sameAddress({ address: a }: ServerView, { address: b }: ServerView): boolean {
  if (a.kind === "ip" && b.kind === "ip") return a.host === b.host && a.port === b.port;
  return a.kind === b.kind;
}
