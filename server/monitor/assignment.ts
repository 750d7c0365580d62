import type { ServerView } from "../contract/view.ts";
import { type ProtocolEvidence, evidenceFromView } from "../targets/protocol-evidence.ts";

/** True where a rule can match `now` that did not match `before`: mode, DNS name or address differ. */
export function assignmentMayChange(before: ServerView, now: ServerView): boolean {
  return before.mode !== now.mode || before.fqdn !== now.fqdn || !isSameAddress(before, now);
}

/** Adds the protocols that the view's check shows to those known before; a failing check removes none. */
export function mergeProtocolEvidence(before: ProtocolEvidence, view: ServerView): ProtocolEvidence {
  const now = evidenceFromView(view);
  if ((before.http || !now.http) && (before.tls || !now.tls)) return before;
  return { http: before.http || now.http, tls: before.tls || now.tls, notHttp: before.notHttp };
}

export function isSameAddress({ address: a }: ServerView, { address: b }: ServerView): boolean {
  if (a.kind === "ip" && b.kind === "ip") return a.host === b.host && a.port === b.port;
  return a.kind === b.kind;
}
