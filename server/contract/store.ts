import type { NotificationStatus } from "./alert-api.ts";
import type { Silence } from "./alert-settings.ts";
import type { AuditStore } from "./audit.ts";
import type { NetworkAddress } from "./event.ts";
import { formatHostPort } from "./host-port.ts";
import type { IncidentEvidence, IncidentRecord, MemberTraffic } from "./incident.ts";
import type { VantageName, VantageStatus } from "./vantage.ts";
import type { SessionStore } from "./session-store.ts";
import type { ServerStatus } from "./status.ts";

/**
 * What a store can do, and the plain data that crosses to it: a thread, a socket or a transaction leaves it unchanged.
 * Times are milliseconds since 1970.
 */

/** Where a batch stands in the log of a data directory; `logId` belongs to the directory, not to the process. */
export interface LogPosition {
  readonly site: string;
  readonly vantage: string;
  readonly logId: string;
  /** The process that writes; a copy of a data directory has the same log and another one. */
  readonly writer: string;
  /** The first batch of a process: it goes on where the one before it ended. */
  readonly takesOver: boolean;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sentAt: number;
}

/** How far a hub has the log of this directory, and the id under which it knows it. */
export interface ForwardPosition {
  readonly hub: string;
  readonly logId: string;
  readonly ackedSeq: number;
}

/** Where a log stands in the store. */
export interface StoredPosition extends Omit<LogPosition, "writer" | "takesOver"> {
  readonly heardAt: number;
  /** How long ago that was, by the store's clock. */
  readonly heardAgoMs: number;
  readonly skewMs: number;
  /** Null before the first one. */
  readonly status: VantageStatus | null;
}

/** The identity of a server in the store. */
export interface StoredServerName {
  readonly site: string;
  readonly instance: string;
  readonly backend: string;
  readonly server: string;
}

/**
 * A verdict with what both sides reported; equal judgements are stored once, so that no time or counter belongs in here.
 * The fields are those of the server object, from which it is shown again.
 */
export interface Judgement {
  readonly verdict: string;
  readonly phase: string | null;
  readonly reason: string | null;
  readonly probeReason: string | null;
  readonly haproxyStatus: string;
  readonly checkStatus: string | null;
  readonly checkCode: number | null;
  readonly probeOutcome: string;
  readonly httpStatus: number | null;
  readonly sentence: string;
  readonly tone: string;
  readonly subject: string | null;
  /** The configuration expects this mismatch. */
  readonly expected: boolean;
}

interface StoredEventBase {
  /** Counts the events of a log without gaps. */
  readonly seq: number;
  readonly at: number;
}

/** The server object of a mismatch, and what an incident about it would open with. */
export type MismatchBody = ServerStatus & { readonly evidence?: IncidentEvidence };

/**
 * A verdict or its evidence changed (`verdict-changed` or `evidence-changed` of the monitor). `body` is a `MismatchBody` as
 * JSON where there is a mismatch, else null.
 */
export interface VerdictStored extends StoredEventBase {
  readonly type: "verdict-changed";
  readonly server: StoredServerName;
  readonly address: NetworkAddress | null;
  readonly judgement: Judgement;
  readonly beganAt: number;
  readonly body: string | null;
  /** What the mismatch costs, where that is known already. */
  readonly traffic?: MemberTraffic | null;
}

/** Traffic of a mismatch was counted: `fault` is what it is about, see `faultOf`. */
export interface TrafficStored extends StoredEventBase {
  readonly type: "traffic-counted";
  readonly server: StoredServerName;
  readonly fault: string;
  readonly traffic: MemberTraffic;
}

export interface ServerStored extends StoredEventBase {
  readonly type: "address-changed" | "server-removed";
  readonly server: StoredServerName;
  readonly address: NetworkAddress | null;
}

/** An instance was reloaded (`epoch` set), could not be polled (`error` set) or could be again. */
export interface InstanceStored extends StoredEventBase {
  readonly type: "instance-changed";
  readonly site: string;
  readonly instance: string;
  readonly epoch: string | null;
  readonly error: string | null;
}

/** `started` and `paused` begin a recorded span; `heardBefore` is the last moment before it that was recorded, null for none. */
export interface ProcessStored extends StoredEventBase {
  readonly type: "started" | "paused" | "heartbeat" | "stopped";
  readonly heardBefore: number | null;
}

export type StoredEvent = VerdictStored | TrafficStored | ServerStored | InstanceStored | ProcessStored;

/** The newest verdict of one vantage about a server, with its vantage and what its mismatch is about. */
export interface VantageVerdict extends VerdictStored {
  readonly by: VantageName;
  readonly fault: string | null;
}

/**
 * Servers with the same fault, `network verdict subject`, are members of one incident; null without a mismatch. A vantage
 * that takes its own path for the cause has the fault as well, since another one may confirm it.
 */
export function faultOf({
  judgement,
  address,
  server,
}: Pick<VerdictStored, "judgement" | "address" | "server">): string | null {
  const { subject, verdict, reason } = judgement;
  const named = address?.network ?? UNNAMED;
  const network = named === UNNAMED ? server.site : named;
  if (subject !== null) return `${network} ${verdict} ${subject}`;
  if (address === null || (reason !== "path-differs" && reason !== "never-reached")) return null;
  const place = formatHostPort(address.host, address.port);
  return `${network} false-up ${network === UNNAMED ? place : `${network}/${place}`}`;
}

/** The name of a network that has none; its addresses are those of the site. */
const UNNAMED = "default";

/** A new version of an incident, made from `expectedVersion`; 0 opens it. */
export interface IncidentWrite {
  readonly record: IncidentRecord;
  /** What it is about: equal fingerprints are the same fault, and at most one of them is not ended. */
  readonly fingerprint: string;
  readonly expectedVersion: number;
}

/** A message for one channel. Its id, made of lane, number and alerts, is the id that its receiver sees. */
export interface OutboxDraft {
  readonly id: string;
  /** Messages of a lane are sent one after another, by `n`. */
  readonly lane: string;
  readonly n: number;
  readonly incident: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly dueInMs: number;
  readonly body: string;
}

/**
 * Sets a timer; `dueInMs` null removes it. One that is set already and due sooner keeps its time, unless it is claimed: then
 * it is set anew, and the claim is superseded.
 */
export interface TimerWrite {
  /** `merge`: what the vantages say of this fault is to be merged. */
  readonly kind: "heal" | "remind" | "group" | "silent" | "prune" | "merge";
  readonly subject: string;
  readonly dueInMs: number | null;
}

/** A row that this holder works on; a later attempt, which has a higher number, supersedes it. */
export interface Claim {
  readonly of: "outbox" | "timer";
  readonly id: string;
  readonly attempt: number;
}

/**
 * Applied whole or not at all. A batch without events, from `lastSeq + 1` to `lastSeq`, is a sign of life. In a shared
 * database the timer `merge` of each fault that its events concern is set. `source` is null for the act of a person or of a
 * timer, whose claim is in `done`.
 */
export interface WriteBatch {
  readonly source: LogPosition | null;
  readonly events: readonly StoredEvent[];
  readonly incidents: readonly IncidentWrite[];
  readonly outbox: readonly OutboxDraft[];
  readonly timers: readonly TimerWrite[];
  readonly done: readonly Claim[];
  /** What the vantage of `source` says of itself; absent: as before. */
  readonly status?: VantageStatus;
  /** Another process sent it: a new log of its vantage says anew what holds, so that older verdicts are forgotten. */
  readonly isForwarded?: boolean;
}

/**
 * `applied`: up to `seq`; events of the batch that were applied before are not applied again. `repeated`: all of it was.
 * `gap`: the log goes on at `expectedSeq`. `conflict`: these incidents have another version than expected, or are open
 * under a fingerprint of the batch. `superseded`: a claim in `done` is another's now, or the log was replaced by a newer one.
 */
export type CommitOutcome =
  | { readonly kind: "applied" | "repeated"; readonly seq: number }
  | { readonly kind: "gap"; readonly expectedSeq: number }
  | { readonly kind: "conflict"; readonly current: readonly IncidentRecord[] }
  | { readonly kind: "superseded" };

export interface ClaimedRow extends Claim {
  readonly leaseMs: number;
  readonly row: OutboxDraft | TimerWrite;
}

/** What became of one attempt; `retryInMs` null ends it. `superseded`: no attempt was made, since a later message says more. */
export interface Settlement extends Claim {
  readonly superseded?: boolean;
  readonly sent: boolean;
  readonly retryInMs: number | null;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
}

/** A message as it is stored. `status`: waiting, sent, given up, or replaced by a later message of its lane. */
export interface OutboxEntry extends Omit<OutboxDraft, "dueInMs"> {
  readonly status: NotificationStatus;
  readonly madeAt: number;
  readonly dueAt: number;
  readonly attempts: number;
}

/** One attempt to send a message; `status` is that of HTTP or SMTP. */
export interface OutboxAttempt {
  readonly attempt: number;
  readonly at: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
}

/** Newest first; `channel` null: of all. */
export interface OutboxQuery {
  readonly channel: string | null;
  readonly status: OutboxEntry["status"] | null;
  readonly cursor: string | null;
  readonly limit: number;
}

export interface IncidentQuery {
  readonly open: boolean | null;
  readonly from: number | null;
  readonly to: number | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/**
 * A judgement and when it began to hold; it ends where the next one of the same vantage begins. A server that HAProxy
 * does not have any more is `unknown`, `not-recorded`.
 */
export interface StripEntry extends Judgement {
  readonly at: number;
  /** Begin of its verdict, which can be earlier: phase, reason and evidence change under it. */
  readonly beganAt: number;
  readonly vantage: string;
  readonly address: NetworkAddress | null;
}

/** A server as it stood at some moment. */
export interface FleetEntry extends StripEntry {
  readonly server: StoredServerName;
}

/** A time in which a vantage recorded; outside of these nothing is known. */
export interface RecordedSpan extends VantageName {
  readonly from: number;
  readonly to: number;
}

/** Values in the order of SERIES; `at` is the begin of their minute or hour. */
export interface SeriesPoint {
  readonly server: StoredServerName;
  readonly at: number;
  readonly values: readonly number[];
}

/** How long a server had each verdict within a range, in milliseconds. */
export interface VerdictTimes {
  readonly verdictMs: Readonly<Partial<Record<string, number>>>;
  /** Within the time in which HAProxy had the server. */
  readonly notRecordedMs: number;
  /** In false-ups that were confirmed and not expected, from their first failed probe. */
  readonly falselyUpMs: number;
}

/** The times of one server, those of several vantages added. */
export interface ServerTimes extends VerdictTimes {
  readonly server: StoredServerName;
}

export interface Store extends SessionStore, AuditStore {
  /** Rejects where the outcome is unknown; the same batch again is safe. Batches of one log are committed one after another. */
  commit(batch: WriteBatch): Promise<CommitOutcome>;
  /** Leases the rows that are due by the store's own clock, at most one of each lane. */
  claim(request: {
    readonly of: Claim["of"];
    readonly holder: string;
    readonly limit: number;
    readonly leaseMs: number;
    /** Only timers of these kinds. */
    readonly kinds?: readonly TimerWrite["kind"][];
    /** Messages of these channels are not claimed. */
    readonly exceptChannels?: readonly string[];
  }): Promise<readonly ClaimedRow[]>;
  /** False where another attempt has begun meanwhile. */
  settle(result: Settlement): Promise<boolean>;
  /** The newest messages of a lane, newest first; sent ones are kept as long as their lane has an open incident. */
  lane(lane: string, limit: number): Promise<readonly OutboxEntry[]>;
  notifications(query: OutboxQuery): Promise<{ readonly rows: readonly OutboxEntry[]; readonly next: string | null }>;
  notification(
    id: string,
  ): Promise<{ readonly entry: OutboxEntry; readonly attempts: readonly OutboxAttempt[] } | null>;
  /** Lets a message that is not waiting be sent again, under its id; false where there is none. */
  resend(id: string): Promise<boolean>;
  /** Messages that wait, and when the oldest was made. */
  outboxBacklog(): Promise<{ readonly waiting: number; readonly oldestMadeAt: number | null }>;
  /** In force at this time or later. */
  silences(at: number): Promise<readonly Silence[]>;
  /** Adds a silence, or replaces the one with its id. */
  putSilence(silence: Silence): Promise<void>;
  /** Not ended; null: of every fingerprint. */
  openIncidents(fingerprints: readonly string[] | null): Promise<readonly IncidentRecord[]>;
  /** Those that have not ended, in portions of at most `limit`; `next` is the cursor of the next one. */
  openIncidentsPage(
    cursor: string | null,
    limit: number,
  ): Promise<{ readonly rows: readonly IncidentRecord[]; readonly next: string | null }>;
  /** Newest first. */
  incidents(query: IncidentQuery): Promise<{ readonly rows: readonly IncidentRecord[]; readonly next: string | null }>;
  incident(id: string): Promise<IncidentRecord | null>;
  /** What held at `from` and each change until `to`, oldest first, thinned to `atMost` entries so that the worst stays. */
  strip(request: {
    readonly server: StoredServerName;
    readonly from: number;
    readonly to: number;
    readonly atMost: number;
  }): Promise<readonly StripEntry[]>;
  /** Every server that HAProxy had at this moment, in the order of site, instance, backend and server. A page may have fewer
   * rows than `limit`, and none; `next` is the cursor of the next one. */
  fleetAt(request: {
    readonly at: number;
    readonly cursor: string | null;
    readonly limit: number;
  }): Promise<{ readonly rows: readonly FleetEntry[]; readonly next: string | null }>;
  /** Times of the newest change of any server before this moment, and of the first one after it; null for none. */
  changesBeside(at: number): Promise<{ readonly before: number | null; readonly after: number | null }>;
  /** The spans that overlap these times, oldest first. */
  recordedSpans(request: {
    readonly from: number;
    readonly to: number;
    readonly atMost: number;
  }): Promise<readonly RecordedSpan[]>;
  /** When this HAProxy was reloaded within these times, as each vantage saw it, oldest first; the newest `reloadsMax`. */
  reloads(request: {
    readonly site: string;
    readonly instance: string;
    readonly from: number;
    readonly to: number;
  }): Promise<readonly number[]>;
  /** How long each server of these instances and backends had each verdict; null: all. */
  verdictTimes(request: {
    readonly from: number;
    readonly to: number;
    /** The present, up to which a run lasts that was recorded lately. */
    readonly now: number;
    readonly instance: readonly string[] | null;
    readonly backend: readonly string[] | null;
    readonly cursor: string | null;
    readonly limit: number;
  }): Promise<{ readonly rows: readonly ServerTimes[]; readonly next: string | null }>;
  /**
   * The newest verdict, or the removal, of each server that one vantage changed after `afterSeq` and up to `untilSeq`, in
   * the order of its log.
   */
  verdictsAfter(request: {
    readonly by: VantageName;
    readonly afterSeq: number;
    readonly untilSeq: number;
    readonly atMost: number;
  }): Promise<readonly (VerdictStored | ServerStored)[]>;
  /** What every vantage says of each server that has one of these faults in any of them, or is a member of its open incident. */
  faultVerdicts(faults: readonly string[]): Promise<readonly VantageVerdict[]>;
  /** Faults of the mismatches that this vantage has now. */
  faultsOf(by: VantageName): Promise<readonly string[]>;
  /** Incidents that were written at this time of the store's clock or later, oldest first. */
  incidentsChangedSince(at: number, atMost: number): Promise<readonly IncidentRecord[]>;
  positions(): Promise<readonly StoredPosition[]>;
  /**
   * The events after this one in the log of this directory, which keeps the newest: those of a day where a hub gets them.
   * Empty in PostgreSQL, which has none.
   */
  log(afterSeq: number, atMost: number): Promise<readonly StoredEvent[]>;
  /** Null for a hub that has got nothing yet. */
  forwardPosition(hub: string): Promise<ForwardPosition | null>;
  setForwardPosition(position: ForwardPosition): Promise<void>;
  /** Calls back when something moved; a notification may be lost. The returned function ends it. */
  onMoved(listener: (vantage: string, seq: number) => void): () => void;
  /** Values of a server by minute or hour, oldest first; NaN where there is none. */
  series(request: {
    readonly server: StoredServerName;
    readonly from: number;
    readonly to: number;
    readonly by: "minute" | "hour";
  }): Promise<readonly Pick<SeriesPoint, "at" | "values">[]>;
  /** Joins the minutes of full hours, and deletes series that are older than they are kept. */
  maintainSeries(request: {
    readonly now: number;
    readonly minutesKeptMs: number;
    readonly hoursKeptMs: number;
  }): Promise<void>;
  /** Takes the values of one minute. Never waits; false: dropped, and counted. */
  offerSeries(points: readonly SeriesPoint[]): boolean;
  /** Writes a consistent copy to this file, which must not exist. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}
