import type { NetworkAddress } from "./event.ts";
import type { ProbeOutcome } from "./probe-result.ts";
import type { Reason } from "./reason.ts";
import type { InstanceName, ServerKey } from "./server-key.ts";
import type {
  CONTRACT_VERSION,
  FleetSummary,
  HaproxySide,
  InstanceStatus,
  Misrouted,
  ProbeSide,
  ServerStatus,
} from "./status.ts";
import type { StoredServerName } from "./store.ts";
import type { Phase, Tone, Verdict } from "./verdict.ts";

/** A period in milliseconds since 1970, `to` excluded. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What held of a server from `from` until `to`; `unknown` with the reason `not-recorded` where nothing is known. */
export interface HistoryInterval {
  readonly from: string;
  readonly to: string;
  readonly verdict: Verdict;
  readonly phase: Phase | null;
  readonly reason: Reason | null;
  readonly probeReason: Reason | null;
  readonly sentence: string;
  readonly tone: Tone;
  readonly expected: boolean;
  /** Null where nothing was recorded, as the next two. */
  readonly haproxy: Pick<HaproxySide, "status" | "checkStatus" | "checkCode"> | null;
  readonly probe: { readonly outcome: ProbeOutcome | "pending" | "skipped"; readonly httpStatus: number | null } | null;
  readonly vantage: string | null;
  readonly address: NetworkAddress | null;
}

/** Body of a server's history: vantage after vantage its intervals in order, without gaps or overlaps. */
export interface ServerHistory {
  readonly version: typeof CONTRACT_VERSION;
  readonly key: ServerKey;
  readonly from: string;
  readonly to: string;
  /** Intervals were left out: each part of the range kept its worst one. */
  readonly thinned: boolean;
  /** When its HAProxy was reloaded within the range, as each vantage saw it, oldest first. */
  readonly reloads: readonly string[];
  readonly intervals: readonly HistoryInterval[];
}

/** The object of a server at a past moment: null where a value of today's object is not recorded. */
export type PastServer = Omit<ServerStatus, "haproxy" | "probe" | "misrouted"> & {
  readonly haproxy: NullableFields<HaproxySide, "usable" | "weight" | "backup" | "at">;
  readonly probe: NullableFields<ProbeSide, "guessed">;
  readonly misrouted: NullableFields<Misrouted, "sessions" | "held" | "unit" | "healthyLeft">;
};

type NullableFields<T, Names extends keyof T> = {
  readonly [Name in keyof T]: Name extends Names ? T[Name] | null : T[Name];
};

/** The fleet at a past moment, in the form of the published state; `epoch` is the moment, `seq` 0. */
export interface PastFleet {
  readonly version: typeof CONTRACT_VERSION;
  readonly epoch: string;
  readonly seq: number;
  readonly type: "snapshot";
  /** In the order of instance, backend and server. */
  readonly servers: readonly PastServer[];
  readonly instances: readonly PastInstance[];
  readonly summary: NullableFields<FleetSummary, "canBeFalselyUp">;
}

/** An instance at a past moment. */
export type PastInstance = NullableFields<InstanceStatus, "stats" | "everyMs">;

/** What the numbers are summed up to. */
export const NUMBERS_BY = ["server", "backend", "instance"] as const;
export type NumbersBy = (typeof NUMBERS_BY)[number];

/** Sums over a time range; times of several servers and vantages are added. */
export interface NumbersRow {
  readonly site: string;
  readonly instance: InstanceName;
  /** Null in sums by instance, as `server` in sums by backend. */
  readonly backend: string | null;
  readonly server: string | null;
  readonly servers: number;
  /** Milliseconds in each verdict; `unknown` is without the time that was not recorded. */
  readonly verdictMs: Readonly<Record<Verdict, number>>;
  readonly notRecordedMs: number;
  /** Minutes in a false-up that was confirmed, from its first failed probe; expected ones are not counted. */
  readonly falselyUpMinutes: number;
  /** Sessions or requests of the incidents that were open within the range, from their first failed probe. */
  readonly misrouted: number;
  /** Incidents that were open within the range. */
  readonly incidents: number;
  /** How long HAProxy took to take the server out; null where it did in none of the incidents. */
  readonly meanDetectionLagMs: number | null;
  readonly worstDetectionLagMs: number | null;
  /** False-ups that HAProxy has not noticed. */
  readonly unnoticed: number;
}

/** Which numbers: of the servers of these instances and backends, null for all. */
export interface NumbersQuery {
  readonly range: TimeRange;
  readonly by: NumbersBy;
  readonly instance: readonly string[] | null;
  readonly backend: readonly string[] | null;
}

/** Body of `/api/v1/changes`: the newest recorded change before a moment and the first one after it; null for none. */
export interface ChangesBeside {
  readonly version: typeof CONTRACT_VERSION;
  readonly at: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Reads what was recorded. Rejects while the store cannot be read. */
export interface HistoryReader {
  /** False where nothing is kept: every answer then is that nothing was recorded. */
  readonly isKept: boolean;
  /** At most `points` intervals, at least 4; a single one that is not recorded for an unknown server. */
  history(server: StoredServerName, range: TimeRange, points: number): Promise<ServerHistory>;
  /** The fleet at this moment. */
  fleetAt(at: number): Promise<PastFleet>;
  changesBeside(at: number): Promise<ChangesBeside>;
  /** Sorted by site, instance, backend and server. */
  numbers(query: NumbersQuery): Promise<readonly NumbersRow[]>;
}

/** Body of `/api/v1/numbers`. */
export interface Numbers {
  readonly version: typeof CONTRACT_VERSION;
  readonly from: string;
  readonly to: string;
  readonly by: NumbersBy;
  readonly numbers: readonly NumbersRow[];
  readonly next: string | null;
}
