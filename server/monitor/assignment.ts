import type { ServerView } from "../contract/view.ts";
import { type ProtocolEvidence, evidenceFromCheck } from "../targets/protocol-evidence.ts";

/** True where the rules could say something else about this view than about the one before. */
export function assignmentMayChange(before: ServerView, now: ServerView): boolean {
  return before.mode !== now.mode || before.fqdn !== now.fqdn || !isSameAddress(before, now);
}

/** What the checks of this address have shown so far; a failing check shows nothing, and takes nothing back. */
export function mergeProtocolEvidence(before: ProtocolEvidence, view: ServerView): ProtocolEvidence {
  const now = evidenceFromCheck(view.check);
  if ((before.http || !now.http) && (before.tls || !now.tls)) return before;
  return { http: before.http || now.http, tls: before.tls || now.tls };
}

export function isSameAddress({ address: a }: ServerView, { address: b }: ServerView): boolean {
  if (a.kind === "ip" && b.kind === "ip") return a.host === b.host && a.port === b.port;
  return a.kind === b.kind;
}
