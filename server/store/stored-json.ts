import type { Silence } from "../contract/alert-settings.ts";
import type { AuditEntry } from "../contract/audit.ts";
import type { IncidentChange, IncidentMemberRecord, IncidentRecord, MemberTraffic } from "../contract/incident.ts";
import { type Check, fits, isCount, isObject, isText, isTextOrNull, type Shape } from "../contract/shape.ts";
import type { Judgement } from "../contract/store.ts";
import type { VantageStatus } from "../contract/vantage.ts";

const TIME_MAX_MS = 8.64e15;

const isCounts: Check = (value) =>
  fits(value, {
    sessions: isCount,
    backendSessions: isCount,
    connectErrors: isCount,
    responseErrors: isCount,
    responses5xx: isCount,
  });
/** What a Date can hold. */
const isTime: Check = (value) => typeof value === "number" && Math.abs(value) <= TIME_MAX_MS;
const isList: Check = (value) => Array.isArray(value);
const isTraffic: Check = (value) =>
  fits(value, { counts: isCounts, held: isCount, healthyLeft: isCount, backupsInUse: isCount }) &&
  (value["baseline"] === null || fits(value["baseline"], { totals: isCounts }));
const isRemark: Check = (value) => fits(value, { at: isTime, name: isText, text: isText });
const isRemarkOrNull: Check = (value) => value === null || isRemark(value);
const isRemarks: Check = (value) => Array.isArray(value) && value.every(isRemark);
const isState: Check = (value) =>
  fits(value, { flaps: isCount }) &&
  (value.kind === "open" ||
    (value.kind === "healing" && isTime(value["since"])) ||
    (value.kind === "ended" && isTime(value["at"])));

interface StoredTypes {
  readonly judgement: Judgement;
  readonly incident: Omit<IncidentRecord, "members" | "changes">;
  readonly member: IncidentMemberRecord;
  readonly change: IncidentChange<number>;
  readonly traffic: MemberTraffic;
  readonly audit: AuditEntry;
  readonly silence: Silence;
  readonly "status of a vantage": VantageStatus;
}

/** What haprobe needs of each to read on. */
const SHAPES = {
  judgement: { verdict: isText, phase: isTextOrNull, reason: isTextOrNull, sentence: isText },
  incident: {
    id: isText,
    version: isCount,
    subject: isText,
    verdict: isText,
    state: isState,
    sentence: isText,
    suspectedAt: isTime,
    confirmedAt: isTime,
    changedAt: isTime,
    evidence: (value) => fits(value, { key: isText, row: isList }),
    notes: isRemarks,
    acknowledgement: isRemarkOrNull,
    expected: isRemarkOrNull,
  },
  member: { since: isTime, standing: isText, traffic: isTraffic },
  change: { at: isTime, what: isText, who: isTextOrNull, text: isText },
  traffic: { unit: isText, counts: isCounts },
  audit: { at: isTime, name: isTextOrNull, client: isText, action: isText, status: isCount },
  silence: { id: isText, match: isObject, from: isTime, until: isTime },
  "status of a vantage": {},
} satisfies Readonly<Record<keyof StoredTypes, Shape>>;

/**
 * Reads the JSON of a column; throws for what haprobe does not write. A store with such rows is one that cannot be read,
 * which haprobe goes on without.
 */
export function parseStored<K extends keyof StoredTypes>(text: string, what: K): StoredTypes[K] {
  const value: unknown = JSON.parse(text);
  if (!fits(value, SHAPES[what])) throw new Error(`a row of the store is no ${what} that haprobe writes`);
  return value as unknown as StoredTypes[K];
}
