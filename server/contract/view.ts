import type { InstanceName } from "./server-key.ts";

/** Check results as HAProxy writes them (its table in src/check.c); `* ` is already taken off. */
export const CHECK_STATUSES = [
  "UNK",
  "INI",
  "CHECKED",
  "HANA",
  "SOCKERR",
  "L4OK",
  "L4TOUT",
  "L4CON",
  "L6OK",
  "L6TOUT",
  "L6RSP",
  "L7TOUT",
  "L7RSP",
  "L7OK",
  "L7OKC",
  "L7STS",
  "PROCERR",
  "PROCTOUT",
  "PROCOK",
] as const;
export type CheckStatus = (typeof CHECK_STATUSES)[number];

/** The state in HAProxy's `status` column, without its counting and its remarks. */
export const SERVER_STATES = ["up", "no-check", "down", "nolb", "drain", "maint", "unknown"] as const;
export type ServerState = (typeof SERVER_STATES)[number];

/** HAProxy's own health check of one server. Columns that it leaves empty are null. */
export interface CheckView {
  /** The last finished result; null without a check, in maintenance and for tracking servers. */
  readonly status: CheckStatus | null;
  /** A check is running right now (`* `). */
  readonly running: boolean;
  readonly code: number | null;
  /** `last_chk` of the last finished check, at most 127 bytes: HAProxy empties it while the next one runs. */
  readonly text: string;
  readonly durationMs: number | null;
  /** 0 … rise + fall - 1; at least `rise` means UP. The only countdown that HAProxy shows. */
  readonly health: number | null;
  readonly rise: number | null;
  readonly fall: number | null;
  /** Checks that failed while the server was UP, since HAProxy's start or `clear counters all`. */
  readonly failures: number | null;
}

/** Where HAProxy sends the traffic of a server. */
export type ServerAddress =
  | { readonly kind: "ip"; readonly host: string; readonly port: number }
  | { readonly kind: "unix" }
  /** Its DNS name has no address, and no other server of the backend has one by that name. */
  | { readonly kind: "unresolved" }
  /** Not resolved, an empty template slot, or not shown to us. */
  | { readonly kind: "none" };

/**
 * What HAProxy says of one server at one poll. It is immutable and shared: the reader returns the same object while the
 * row stays the same, and keeps its newest one. The monitor keeps the newest, the judged and the notified one, and no more.
 */
export interface ServerView {
  readonly backend: string;
  readonly server: string;
  /** Ids that hold while the configuration does: for asking about one backend only. */
  readonly proxyId: number;
  readonly serverId: number;
  /** `http`, `tcp`, …; empty where HAProxy does not say. */
  readonly mode: string;
  /** The status column in HAProxy's own words, such as `UP 2/3` or `MAINT (resolution)`. */
  readonly status: string;
  readonly state: ServerState;
  /** `n/m` of the status, null at full health: it is counting towards another state. */
  readonly counting: { readonly n: number; readonly of: number } | null;
  /** `DOWN (agent)` and `DRAIN (agent)`: the agent said so, not the check. */
  readonly byAgent: boolean;
  readonly weight: number;
  readonly backup: boolean;
  readonly check: CheckView;
  readonly agentStatus: CheckStatus | null;
  /** `last_agt` of the last finished agent check, at most 127 bytes, such as `via agent : down (disk full)`. */
  readonly agentText: string;
  /** `backend/server` whose check this server follows. */
  readonly tracked: string | null;
  readonly address: ServerAddress;
  readonly fqdn: string | null;
  /** The check goes to another port or address than the traffic. */
  readonly checkElsewhere: boolean;
  /** The port that the check goes to; absent where it is the one of the traffic, or not shown. */
  readonly checkPort?: number;
  /** Counters; null where HAProxy leaves them empty. */
  readonly sessionsTotal: number | null;
  readonly sessionsCurrent: number | null;
  readonly bytesOut: number | null;
  readonly connectErrors: number | null;
  readonly responseErrors: number | null;
  readonly retries: number | null;
  readonly responses2xx: number | null;
  readonly responses5xx: number | null;
  /** As of the answer that this view was first read from: a server that says nothing else keeps its view while they tick. */
  readonly lastChangeSeconds: number | null;
}

/** The BACKEND row. */
export interface BackendView {
  readonly backend: string;
  readonly proxyId: number;
  readonly mode: string;
  readonly status: string;
  /** Usable servers: active ones and backups. */
  readonly activeServers: number;
  readonly backupServers: number;
  readonly sessionsTotal: number | null;
}

/** `show info`, as far as it is used; null over the stats page, which has none. */
export interface InstanceInfo {
  readonly version: string;
  readonly pid: number;
  readonly startTimeSeconds: number;
  readonly uptimeSeconds: number;
  readonly node: string;
  readonly stopping: boolean;
}

/** Properties of an answer that become findings. */
export const HINT_CODES = ["no-addresses", "no-process", "no-port", "unknown-words", "malformed-rows"] as const;
export type HintCode = (typeof HINT_CODES)[number];

/** A property of an instance's answer that is no failure: what it lacks, and the line that fixes it. */
export interface SnapshotHint {
  readonly code: HintCode;
  readonly sentence: string;
  /** A line to paste, or what to do. */
  readonly remedy: string;
  /** `backend/server`, or words of HAProxy's; at most ten. Other people's words. */
  readonly examples: readonly string[];
  /** How many there are, those that are not named included. */
  readonly count: number;
}

/** One complete answer of one instance. Evidence for the moment it was asked (`sentAt`). */
export interface StatsSnapshot {
  readonly instance: InstanceName;
  /** `all`, or the one backend of an early poll. */
  readonly scope: "all" | { readonly backend: string };
  /** Monotonic milliseconds. */
  readonly sentAt: number;
  readonly receivedAt: number;
  /** Changes with every restart and reload of HAProxy, and with `clear counters all`. */
  readonly epoch: string;
  readonly info: InstanceInfo | null;
  readonly backends: readonly BackendView[];
  readonly servers: readonly ServerView[];
  /** Rows of further servers, beyond the limit of one instance; absent is none. */
  readonly serversLeftOut?: number;
  /** About the rows of this answer only; absent is none. */
  readonly hints?: readonly SnapshotHint[];
}
