import { afterAll, describe, expect, test } from "vitest";
import { storeEngines } from "../support/store-engines.ts";
import { killWhileCommitting } from "../store/kill.ts";

/** Of PostgreSQL only the client is killed: its own recovery is its own matter. */
const ROUNDS = { SQLite: 50, PostgreSQL: 10 };

describe.each(storeEngines())("$name", (engine) => {
  afterAll(() => engine.end());

  test.skipIf(engine.missing !== null)(
    `has every acknowledged batch whole and once after ${ROUNDS[engine.name]} kills${engine.missing ?? ""}`,
    async () => {
      await using database = await engine.createDatabase();
      const rounds = ROUNDS[engine.name];
      expect(await killWhileCommitting(database.location, rounds)).toBeGreaterThanOrEqual(rounds);
    },
  );
});
