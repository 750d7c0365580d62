import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreLocation } from "../../server/store/open-store.ts";
import { POSTGRES_MISSING, startPostgres, type TestPostgres } from "./postgres.ts";

/** A database of a test, still empty. */
export interface TestDatabase extends AsyncDisposable {
  readonly location: StoreLocation;
}

/** An engine that the contract of the store is tested on. */
export interface StoreEngine {
  readonly name: "SQLite" | "PostgreSQL";
  /** Why it cannot be tested here; null where it can. */
  readonly missing: string | null;
  createDatabase(): Promise<TestDatabase>;
  /** Ends what it started. */
  end(): Promise<void>;
}

/** Both engines; a server of PostgreSQL is started with the first database. */
export function storeEngines(): readonly StoreEngine[] {
  let postgres: Promise<TestPostgres> | null = null;
  return [
    {
      name: "SQLite",
      missing: null,
      async createDatabase() {
        const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-store-"));
        return { location: { kind: "sqlite", directory: folder.path }, [Symbol.asyncDispose]: () => folder.remove() };
      },
      end: async () => {},
    },
    {
      name: "PostgreSQL",
      missing: POSTGRES_MISSING,
      async createDatabase() {
        postgres ??= startPostgres();
        const url = await (await postgres).createDatabase();
        return { location: { kind: "postgres", url }, [Symbol.asyncDispose]: async () => {} };
      },
      end: async () => (await postgres)?.[Symbol.asyncDispose](),
    },
  ];
}
