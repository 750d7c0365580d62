import type { IncidentRecord } from "../contract/incident.ts";
import type { IncidentWrite, LogPosition, OutboxDraft, TimerWrite, WriteBatch } from "../contract/store.ts";
import { incidentFingerprint } from "./incident-fingerprint.ts";
import type { PendingUnit } from "./pending-writes.ts";

/** The log that a process writes. */
export type LogName = Pick<LogPosition, "site" | "vantage" | "logId" | "writer">;

/** What follows from an event: messages to send and timers to set, written with it. */
export interface Planned {
  readonly outbox: readonly OutboxDraft[];
  readonly timers: readonly TimerWrite[];
}

/**
 * The batch of a unit whose first event gets the number `firstSeq`. `versions` holds the version of each incident that
 * the store has.
 */
export function toBatch(
  { events, incidents, outbox, timers, status }: PendingUnit,
  log: LogName,
  firstSeq: number,
  versions: ReadonlyMap<string, number>,
  sentAt: number,
  takesOver: boolean,
): WriteBatch {
  return {
    source: { ...log, takesOver, firstSeq, lastSeq: firstSeq + events.length - 1, sentAt },
    events: events.map((event, index) => ({ ...event, seq: firstSeq + index })),
    incidents: incidents.map((record) => toWrite(record, versions.get(record.id) ?? 0)),
    outbox,
    timers,
    done: [],
    ...(status === undefined ? {} : { status }),
  };
}

/** The same batch in another log, numbered from 1. */
export function moveToLog(batch: WriteBatch, log: LogName): WriteBatch {
  if (batch.source === null) return batch;
  return {
    ...batch,
    source: { ...batch.source, ...log, firstSeq: 1, lastSeq: batch.events.length },
    events: batch.events.map((event, index) => ({ ...event, seq: index + 1 })),
  };
}

/**
 * The batch made anew from the incidents that the store has: an older version is replaced, and another incident that is
 * open for the same fault ends, since this process began without it. `plan` gives the messages about such an end.
 */
export function resolveConflict(
  batch: WriteBatch,
  current: readonly IncidentRecord[],
  at: number,
  plan: (ended: IncidentRecord) => Planned,
): WriteBatch {
  const stored = new Map(current.map((record) => [record.id, record.version]));
  const own = new Set(batch.incidents.map(({ record }) => record.id));
  const replaced = current.filter(({ id, state }) => !own.has(id) && state.kind !== "ended");
  const ended = replaced.map((record) => endReplaced(record, at));
  const planned = ended.map(plan);
  return {
    ...batch,
    incidents: [
      ...ended.map((record) => toWrite(record, record.version - 1)),
      // What the store does not name has the expected version, or is not there at all.
      ...batch.incidents.map(({ record, expectedVersion }) =>
        toWrite(record, stored.get(record.id) ?? (current.length === 0 ? 0 : expectedVersion)),
      ),
    ],
    outbox: [...batch.outbox, ...planned.flatMap(({ outbox }) => outbox)],
    timers: [...batch.timers, ...planned.flatMap(({ timers }) => timers)],
  };
}

function toWrite(record: IncidentRecord, expectedVersion: number): IncidentWrite {
  const version = Math.max(record.version, expectedVersion + 1);
  return { record: { ...record, version }, fingerprint: incidentFingerprint(record), expectedVersion };
}

function endReplaced(record: IncidentRecord, at: number): IncidentRecord {
  const end = "no-longer-judged";
  const n = (record.changes.at(-1)?.n ?? 0) + 1;
  return {
    ...record,
    version: record.version + 1,
    state: { kind: "ended", flaps: record.state.flaps, at, end },
    changes: [...record.changes, { n, at, what: "ended", who: null, text: end }],
  };
}
