import type { InstanceName } from "./server-key.ts";
import type { VantageName } from "./vantage.ts";

/** Problems besides mismatches: of HAProxy's checks, of its answers, and of haprobe itself. */
export const FINDING_CODES = [
  "check-missing",
  "check-blind",
  "check-accepts-denial",
  "check-accepts-error",
  "check-accepts-redirect",
  "check-accepts-missing",
  "check-elsewhere",
  "backend-without-servers",
  "split",
  "sessions-held",
  "server-unstable",
  "server-flapping",
  "prober-blind",
  "vantages-differ",
  "vantage-path",
  "probe-stale",
  "credentials-withheld",
  "addresses-hidden",
  "restarts-guessed",
  "offset-ports",
  "unknown-words",
  "malformed-rows",
  "too-many-servers",
  "cfg-issue",
  "cfg-unreadable",
  "config-broken",
  "store-behind",
  "store-unavailable",
  "not-forwarded",
  "vantage-name-shared",
  "vantage-silent",
  "clock-skew",
  "instance-name-shared",
  "log-not-written",
  "recording-not-written",
  "listener-certificate",
  "alerts-not-sent",
  "internal-error",
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** Findings about hubs and their vantages: a hub makes its own. */
export const HUB_FINDING_CODES: ReadonlySet<FindingCode> = new Set([
  "not-forwarded",
  "vantages-differ",
  "vantage-path",
  "vantage-name-shared",
  "vantage-silent",
  "clock-skew",
  "instance-name-shared",
]);

/** Findings whose sentence quotes a configuration. */
export const QUOTING_FINDING_CODES: ReadonlySet<FindingCode> = new Set([
  "cfg-issue",
  "cfg-unreadable",
  "config-broken",
]);

/** What a finding is about: an instance, one of its backends, one server of that; all null for haprobe itself. */
export interface FindingSubject {
  readonly instance: InstanceName | null;
  readonly backend: string | null;
  readonly server: string | null;
}

/** The id of the finding with this code about this subject. */
export function findingId({ code, subject: { instance, backend, server } }: Pick<Finding, "code" | "subject">): string {
  return [code, instance, backend, server]
    .filter((part) => part !== null)
    .map(encodeURIComponent)
    .join("/");
}

/** A standing remark with its cure. */
export interface Finding {
  /** Code and subject: the same finding has the same id for as long as it stands. */
  readonly id: string;
  readonly code: FindingCode;
  readonly subject: FindingSubject;
  readonly sentence: string;
  /** What to do, with lines to paste where there are any. */
  readonly advice: string;
  readonly since: string;
  /** Vantages that report it, on a hub with others; empty where it is this haprobe's own. */
  readonly vantages: readonly VantageName[];
}
