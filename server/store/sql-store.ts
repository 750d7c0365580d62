import { BOUNDS } from "../bounds.ts";
import type { CommitOutcome, SeriesPoint, Store, StoredEvent, WriteBatch } from "../contract/store.ts";
import { readAudit, writeAudit } from "./audit.ts";
import { readChangesBeside } from "./changes-beside.ts";
import { claimRows, endClaims, settleClaim } from "./claims.ts";
import { type Database, readClock } from "./database.ts";
import { readFleetAt } from "./fleet-at.ts";
import {
  queryIncidents,
  readChangedIncidents,
  readIncidents,
  readOpenIncidents,
  readOpenPage,
} from "./incident-reads.ts";
import { writeIncidents } from "./incident-writes.ts";
import { advanceLog } from "./log-position.ts";
import { appendToLog, readForwardPosition, readLog, writeForwardPosition } from "./log.ts";
import { setMergeTimers } from "./merge-timers.ts";
import { addToOutbox, resendMessage, setTimers } from "./outbox.ts";
import { queryOutbox, readBacklog, readLane, readMessage } from "./outbox-reads.ts";
import { forgetVerdicts, recordServerEvents } from "./record-events.ts";
import { maintainSeries, readSeries, writeSeries } from "./series.ts";
import { readReloads, recordReloads } from "./reloads.ts";
import { deleteSession, readHeldSessions, readSession, touchSession, writeSession } from "./sessions.ts";
import { readSilences, writeSilence } from "./silences.ts";
import { readSpans, recordSpans } from "./spans.ts";
import { readStrip } from "./strip.ts";
import type { StoreTransaction } from "./tables.ts";
import { readPositions, writeStatus } from "./vantage-reads.ts";
import { readFaultVerdicts, readFaultsOf, readVerdictsAfter } from "./vantage-verdicts.ts";
import { readVerdictTimes } from "./verdict-times.ts";

/** What the worker answers; the rest of the port is the client's part. */
export interface StoreRequests extends Omit<Store, "onMoved" | "offerSeries" | "close"> {
  writeSeries(points: readonly SeriesPoint[]): Promise<void>;
}

/** Ends a transaction that must leave nothing behind. */
class BatchRefused extends Error {
  readonly outcome: CommitOutcome;

  constructor(outcome: CommitOutcome) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

/** The store over a database whose schema is the newest; its log keeps the newest `logEvents`. */
export function createSqlStore(database: Database, logEvents: number = BOUNDS.storeLogEvents): StoreRequests {
  const { db } = database;
  return {
    async commit(batch) {
      try {
        return await db.transaction().execute((trx) => commitBatch(database, trx, batch, logEvents));
      } catch (error) {
        if (error instanceof BatchRefused) return error.outcome;
        throw error;
      }
    },
    claim: (request) => claimRows(database, request),
    settle: (result) => settleClaim(database, result),
    lane: (lane, limit) => readLane(db, lane, limit),
    notifications: (query) => queryOutbox(db, query),
    notification: (id) => readMessage(db, id),
    resend: (id) => resendMessage(database, id),
    outboxBacklog: () => readBacklog(db),
    silences: (at) => readSilences(db, at),
    putSilence: (silence) => writeSilence(db, silence),
    openIncidents: (fingerprints) => readOpenIncidents(db, fingerprints),
    openIncidentsPage: (cursor, limit) => readOpenPage(db, cursor, limit),
    incidents: (query) => queryIncidents(db, query),
    incident: async (id) => (await readIncidents(db, [id]))[0] ?? null,
    strip: (request) => readStrip(db, request),
    fleetAt: (request) => readFleetAt(db, request),
    changesBeside: (at) => readChangesBeside(db, at),
    recordedSpans: (request) => readSpans(db, request),
    reloads: (request) => readReloads(db, request),
    verdictTimes: (request) => readVerdictTimes(db, request),
    series: (request) => readSeries(db, request),
    maintainSeries: (request) => maintainSeries(db, request),
    writeSeries: (points) =>
      db.transaction().execute(async (trx) => writeSeries(trx, points, await readClock(database, trx))),
    verdictsAfter: (request) => readVerdictsAfter(db, request),
    faultVerdicts: (faults) => readFaultVerdicts(db, faults),
    faultsOf: (by) => readFaultsOf(db, by),
    incidentsChangedSince: (at, atMost) => readChangedIncidents(db, at, atMost),
    positions: () => readPositions(database),
    log: (afterSeq, atMost) => readLog(db, afterSeq, atMost),
    forwardPosition: (hub) => readForwardPosition(db, hub),
    setForwardPosition: (forwarded) => writeForwardPosition(db, forwarded),
    putSession: (session, atMost) => writeSession(db, session, atMost),
    session: (id) => readSession(db, id),
    touchSession: (id, idleEndsAt) => touchSession(db, id, idleEndsAt),
    heldSessions: (ids) => readHeldSessions(db, ids),
    endSession: (id) => deleteSession(db, id),
    addAudit: (entries, keep) => writeAudit(db, entries, keep),
    audit: (query) => readAudit(db, query),
    backup: (file) => database.backup(file),
  };
}

async function commitBatch(
  database: Database,
  trx: StoreTransaction,
  batch: WriteBatch,
  logEvents: number,
): Promise<CommitOutcome> {
  const now = await readClock(database, trx);
  const { source } = batch;
  let events = batch.events;
  let isReplay = false;
  if (source !== null) {
    const position = await advanceLog(trx, source, now);
    if ("kind" in position) throw new BatchRefused(position);
    const { appliedSeq, vantageId, isNew } = position;
    isReplay = appliedSeq >= source.firstSeq;
    if (isReplay) events = events.filter(({ seq }) => seq > appliedSeq);
    const forgotten = isNew && batch.isForwarded === true ? await forgetVerdicts(trx, vantageId) : [];
    const touched = await recordServerEvents(trx, vantageId, events.filter(isServerEvent), now);
    await recordSpans(trx, vantageId, events);
    await recordReloads(trx, vantageId, events);
    if (batch.status !== undefined) await writeStatus(trx, vantageId, batch.status);
    if (database.isShared) await setMergeTimers(trx, touched, forgotten, now);
    else {
      // Numbers of another log stand for other events.
      if (isNew) await trx.deleteFrom("log").execute();
      await appendToLog(trx, events, now, logEvents);
    }
  }
  if (!(await endClaims(trx, batch.done))) throw new BatchRefused({ kind: "superseded" });
  const conflicts = await writeIncidents(trx, batch.incidents, isReplay, now);
  if (conflicts.length > 0) throw new BatchRefused({ kind: "conflict", current: conflicts });
  await addToOutbox(trx, batch.outbox, now);
  await setTimers(trx, batch.timers, now);
  return { kind: "applied", seq: source?.lastSeq ?? 0 };
}

function isServerEvent(event: StoredEvent): event is Extract<StoredEvent, { readonly server: unknown }> {
  return "server" in event;
}
