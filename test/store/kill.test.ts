import { afterAll, describe, expect, test } from "vitest";
import { storeEngines } from "../support/store-engines.ts";
import { killWhileCommitting } from "./kill.ts";

describe.each(storeEngines())("$name", (engine) => {
  afterAll(() => engine.end());

  test.skipIf(engine.missing !== null)(
    `has every acknowledged batch whole and once after a kill -9${engine.missing ?? ""}`,
    { timeout: 180_000 },
    async () => {
      await using database = await engine.createDatabase();
      expect(await killWhileCommitting(database.location, 3)).toBeGreaterThanOrEqual(3);
    },
  );
});
