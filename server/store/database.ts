import { type RawBuilder, sql } from "kysely";
import type { Connection, StoreTransaction } from "./tables.ts";

/** A database of either engine, with everything in which the two differ. */
export interface Database {
  readonly db: Connection;
  /** What `{id}`, `{big}` and `{rowless}` are called in migrations. */
  readonly types: { readonly id: string; readonly big: string; readonly rowless: string };
  /** The clock of the store, as an expression: milliseconds since 1970. */
  readonly now: () => RawBuilder<number>;
  /** Whether several processes write: a claim then skips rows that another claim has locked. */
  readonly isShared: boolean;
  /** Notifies other processes that the log of a vantage has moved; absent where there are none. */
  readonly notify?: (vantage: string, seq: number) => Promise<void>;
  /** Calls back with such notifications, some of which may be lost, until the returned function is called. */
  readonly listen?: (onMoved: (vantage: string, seq: number) => void) => () => void;
  /** Lets other processes that migrate wait until the transaction ends. */
  readonly lockForMigration: (trx: StoreTransaction) => Promise<void>;
  /** Copies the data aside before a migration from this version. */
  readonly copyBeforeMigration: (version: number) => Promise<void>;
  /** Writes a consistent copy to a file that does not exist. */
  readonly backup: (file: string) => Promise<void>;
  /** The error with a code of `errors.ts` that an error of the engine means. */
  readonly explain: (error: unknown) => Error;
  readonly close: () => Promise<void>;
}

/** The time by the store's clock. */
export async function readClock({ now }: Database, trx: StoreTransaction): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${now()} as now`.execute(trx);
  return Number(rows[0]?.now);
}
