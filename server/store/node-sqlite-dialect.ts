import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";

/** Prepared statements that are kept, since preparing one costs as much as running it. */
const STATEMENTS_KEPT = 64;

/** kysely's dialect of SQLite over `node:sqlite`, whose statements do not say by themselves whether they return rows. */
export function createNodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({ database: toKyselyDatabase(database) });
}

function toKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const statement = kept.get(sql) ?? toKyselyStatement(database.prepare(sql));
      // The statement used last goes to the end, so that the first one is the one to drop.
      kept.delete(sql);
      kept.set(sql, statement);
      if (kept.size > STATEMENTS_KEPT) for (const [oldest] of kept.entries().take(1)) kept.delete(oldest);
      return statement;
    },
    close: () => database.close(),
  };
}

function toKyselyStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as readonly SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as readonly SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as readonly SQLInputValue[])),
  };
}
