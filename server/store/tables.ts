import type { Generated, Kysely, Transaction } from "kysely";
import type { OutboxEntry } from "../contract/store.ts";

/** A vantage and where its log stands. Times are milliseconds since 1970. */
interface VantageTable {
  id: Generated<number>;
  site: string;
  name: string;
  log_id: string;
  seq: number;
  writer: string;
  sent_at: number;
  heard_at: number;
  skew_ms: number;
  /** JSON of what the vantage said of itself last. */
  status: string | null;
  /** When what it had said last was deleted; null while it is known. */
  forgotten_at: number | null;
}

/** Every log that a vantage has had; all but its present one are ended. */
interface VantageLogTable {
  log_id: string;
  vantage_id: number;
  began_at: number;
  ended_at: number | null;
}

/** A time in which a vantage recorded. */
interface SpanTable {
  vantage_id: number;
  began_at: number;
  heard_at: number;
}

/** When a vantage saw that an instance had been reloaded. */
interface ReloadTable {
  site: string;
  instance: string;
  vantage_id: number;
  at: number;
}

/** A dictionary: `key` is the JSON of the rest, by which a row is found; `used_at` is when it was last written, exact to a day. */
interface ServerTable {
  id: Generated<number>;
  key: string;
  site: string;
  instance: string;
  backend: string;
  server: string;
  used_at: number;
}

interface AddressTable {
  id: Generated<number>;
  key: string;
  network: string;
  host: string;
  port: number;
  used_at: number;
}

/** `key` is the JSON of the whole judgement. */
interface JudgementTable {
  id: Generated<number>;
  key: string;
  verdict: string;
  phase: string | null;
  reason: string | null;
  used_at: number;
}

/** One row per change; `judgement_id` null: the server was removed. */
interface VerdictHistoryTable {
  server_id: number;
  vantage_id: number;
  at: number;
  seq: number;
  judgement_id: number | null;
  address_id: number | null;
  began_at: number;
}

interface CurrentVerdictTable {
  server_id: number;
  vantage_id: number;
  at: number;
  seq: number;
  judgement_id: number;
  address_id: number | null;
  began_at: number;
  body: string | null;
  /** What the mismatch is about; null without one. */
  fault: string | null;
  /** JSON of the traffic of the mismatch. */
  traffic: string | null;
}

/** `changed_at` is when it was written last, by the store's clock. `body` is the JSON of the record, whose members and changes have tables of their own. */
interface IncidentTable {
  id: string;
  fingerprint: string;
  version: number;
  state: string;
  confirmed_at: number;
  ended_at: number | null;
  changed_at: number;
  body: string;
}

/** `body` is the JSON of the member without its names; `position` is its place in the record. `vantage` is empty where one haprobe alone judges. */
interface MemberTable {
  incident_id: string;
  server_id: number;
  vantage: string;
  position: number;
  body: string;
}

interface IncidentChangeTable {
  incident_id: string;
  n: number;
  body: string;
}

interface OutboxTable {
  id: string;
  lane: string;
  n: number;
  incident_id: string | null;
  channel: string;
  kind: string;
  due_at: number;
  status: OutboxEntry["status"];
  attempts: number;
  holder: string | null;
  leased_until: number;
  made_at: number;
  body: string;
}

interface AttemptTable {
  outbox_id: string;
  attempt: number;
  at: number;
  duration_ms: number;
  status: number | null;
  error: string | null;
}

interface TimerTable {
  kind: string;
  subject: string;
  due_at: number;
  attempts: number;
  holder: string | null;
  leased_until: number;
}

/** `until_at` is when it is over, or was ended; `body` is its JSON. */
interface SilenceTable {
  id: string;
  until_at: number;
  body: string;
}

/** `at` is when it was written, by the store's clock. */
interface LogTable {
  seq: number;
  at: number;
  body: string;
}

/** How far a hub has the log, and under which name it knows it. */
interface ForwardTable {
  hub: string;
  log_id: string;
  acked_seq: number;
}

/** `at` is the begin of the minute or hour; `data` the values of its series. */
interface SeriesTable {
  at: number;
  server_id: number;
  data: string;
}

/** `id` is the hash of the cookie; `body` what the session permits, as JSON. */
interface SessionTable {
  id: string;
  user_name: string;
  created_at: number;
  idle_ends_at: number;
  ends_at: number;
  body: string;
}

/** `body` is the JSON of the entry. */
interface AuditTable {
  id: Generated<number>;
  body: string;
}

interface MetaTable {
  key: string;
  value: string;
}

/** The tables as the newest migration leaves them. */
export interface Tables {
  vantage: VantageTable;
  vantage_log: VantageLogTable;
  span: SpanTable;
  reload: ReloadTable;
  server: ServerTable;
  address: AddressTable;
  judgement: JudgementTable;
  verdict_history: VerdictHistoryTable;
  current_verdict: CurrentVerdictTable;
  incident: IncidentTable;
  member: MemberTable;
  incident_change: IncidentChangeTable;
  outbox: OutboxTable;
  attempt: AttemptTable;
  timer: TimerTable;
  silence: SilenceTable;
  log: LogTable;
  forward: ForwardTable;
  session: SessionTable;
  audit: AuditTable;
  meta: MetaTable;
  series_minute: SeriesTable;
  series_hour: SeriesTable;
}

/** A connection to the tables, inside a transaction or outside. */
export type Connection = Kysely<Tables>;
export type StoreTransaction = Transaction<Tables>;

/** Rows of one multi-row statement at most. */
const ROWS_PER_STATEMENT = 64;

/**
 * Cuts rows into the portions of one statement each. Their sizes are the largest one and its quarters down to 1, so that
 * few statements differ: SQLite takes 150 bytes for each value of a prepared statement.
 */
export function* inPortions<T>(rows: readonly T[], largest = ROWS_PER_STATEMENT): Generator<readonly T[], void, void> {
  let size = largest;
  for (let start = 0; start < rows.length; start += size) {
    while (rows.length - start < size) size = Math.max(1, size >> 2);
    yield rows.slice(start, start + size);
  }
}
