import { type RawBuilder, sql } from "kysely";
import type { Claim, ClaimedRow, OutboxEntry, Settlement, Store, TimerWrite } from "../contract/store.ts";
import type { Database } from "./database.ts";
import type { Connection, StoreTransaction } from "./tables.ts";

/** Ends the rows of claims; false where one of them has a later attempt, and the transaction must be rolled back. */
export async function endClaims(trx: StoreTransaction, claims: readonly Claim[]): Promise<boolean> {
  for (const claim of claims) if (!(await endClaim(trx, claim, "sent"))) return false;
  return true;
}

type ClaimRequest = Parameters<Store["claim"]>[0];

/** Leases the rows that are due: of the outbox only the first one that waits in each lane. */
export function claimRows(database: Database, request: ClaimRequest): Promise<ClaimedRow[]> {
  return request.of === "timer" ? claimTimers(database, request) : claimMessages(database, request);
}

/**
 * The end of its lease names an attempt: a timer that was ended and set again has other ones, so that a process that was
 * frozen meanwhile ends none of them.
 */
async function claimTimers(
  { db, now, isShared }: Database,
  { of, holder, limit, leaseMs, kinds }: ClaimRequest,
): Promise<ClaimedRow[]> {
  const time = now();
  const rows = await db
    .updateTable("timer")
    .set({ holder, leased_until: addMs(time, leaseMs) })
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple("kind", "subject"),
        "in",
        selectFrom("timer as due")
          .select(["due.kind", "due.subject"])
          .where("due.due_at", "<=", time)
          .where("due.leased_until", "<=", time)
          .$if(kinds !== undefined, (query) => query.where("due.kind", "in", kinds ?? []))
          .orderBy("due.due_at")
          .limit(limit)
          .$if(isShared, (query) => query.forUpdate().skipLocked())
          .$asTuple("kind", "subject"),
      ),
    )
    .returning(["kind", "subject", "leased_until", "due_at"])
    .execute();
  return rows
    .sort((a, b) => a.due_at - b.due_at)
    .map(({ kind, subject, leased_until: attempt }) => ({
      of,
      id: timerId(kind, subject),
      attempt,
      leaseMs,
      row: { kind: kind as TimerWrite["kind"], subject, dueInMs: 0 },
    }));
}

async function claimMessages(
  { db, now, isShared }: Database,
  { of, holder, limit, leaseMs, exceptChannels = [] }: ClaimRequest,
): Promise<ClaimedRow[]> {
  const time = now();
  const rows = await db
    .updateTable("outbox")
    .set(({ eb }) => ({ holder, leased_until: addMs(time, leaseMs), attempts: eb("attempts", "+", 1) }))
    .where("id", "in", ({ selectFrom }) =>
      selectFrom("outbox as head")
        .select("head.id")
        .where("head.status", "=", "waiting")
        .where("head.due_at", "<=", time)
        .where("head.leased_until", "<=", time)
        .$if(exceptChannels.length > 0, (query) => query.where("head.channel", "not in", exceptChannels))
        .where(({ exists, not, selectFrom: selectEarlier }) =>
          not(
            exists(
              selectEarlier("outbox as earlier")
                .select("earlier.id")
                .whereRef("earlier.lane", "=", "head.lane")
                .whereRef("earlier.n", "<", "head.n")
                .where("earlier.status", "=", "waiting"),
            ),
          ),
        )
        .orderBy("head.due_at")
        .limit(limit)
        .$if(isShared, (query) => query.forUpdate().skipLocked()),
    )
    .returning(["id", "lane", "n", "incident_id", "channel", "kind", "body", "attempts", "due_at"])
    .execute();
  return rows
    .sort((a, b) => a.due_at - b.due_at || a.n - b.n)
    .map(({ id, lane, n, incident_id: incident, channel, kind, body, attempts: attempt }) => ({
      of,
      id,
      attempt,
      leaseMs,
      row: { id, lane, n, incident, channel, kind, dueInMs: 0, body },
    }));
}

/** Records what became of an attempt; false where a later one has begun. */
export function settleClaim({ db, now }: Database, result: Settlement): Promise<boolean> {
  const { of, id, attempt, superseded = false, sent, retryInMs, durationMs, status, error } = result;
  return db.transaction().execute(async (trx) => {
    const time = now();
    const isLast = superseded || sent || retryInMs === null;
    const isCurrent = isLast
      ? await endClaim(trx, result, superseded ? "superseded" : sent ? "sent" : "failed")
      : await retryClaim(trx, result, addMs(time, retryInMs));
    if (isCurrent && of === "outbox" && !superseded) {
      await trx
        .insertInto("attempt")
        .values({ outbox_id: id, attempt, at: time, duration_ms: Math.round(durationMs), status, error })
        .execute();
    }
    return isCurrent;
  });
}

async function endClaim(trx: Connection, { of, id, attempt }: Claim, status: OutboxEntry["status"]): Promise<boolean> {
  if (of === "outbox") {
    const { numUpdatedRows } = await trx
      .updateTable("outbox")
      .set({ status })
      .where("id", "=", id)
      .where("attempts", "=", attempt)
      .where("status", "=", "waiting")
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }
  const { kind, subject } = parseTimerId(id);
  const { numDeletedRows } = await trx
    .deleteFrom("timer")
    .where("kind", "=", kind)
    .where("subject", "=", subject)
    .where("leased_until", "=", attempt)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

async function retryClaim(trx: Connection, { of, id, attempt }: Claim, dueAt: RawBuilder<number>): Promise<boolean> {
  const later = { due_at: dueAt, holder: null, leased_until: 0 };
  const { kind, subject } = parseTimerId(id);
  const query =
    of === "outbox"
      ? trx
          .updateTable("outbox")
          .set(later)
          .where("id", "=", id)
          .where("attempts", "=", attempt)
          .where("status", "=", "waiting")
      : trx
          .updateTable("timer")
          .set(later)
          .where("kind", "=", kind)
          .where("subject", "=", subject)
          .where("leased_until", "=", attempt);
  const { numUpdatedRows } = await query.executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** A time of the store's clock, whole milliseconds after another. */
function addMs(time: RawBuilder<number>, ms: number): RawBuilder<number> {
  return sql`${time} + ${sql.val(Math.round(ms))}`;
}

/** A timer is claimed by its kind and subject; no kind has a slash. */
function timerId(kind: string, subject: string): string {
  return `${kind}/${subject}`;
}

function parseTimerId(id: string): { kind: string; subject: string } {
  const slash = id.indexOf("/");
  return { kind: id.slice(0, slash), subject: id.slice(slash + 1) };
}
