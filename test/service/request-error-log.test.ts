import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createRequestErrorLog } from "../../server/service/request-error-log.ts";
import { createLogger } from "../../server/telemetry/logger.ts";
import { FakeClock } from "../support/fake-clock.ts";

test("requests that fail have so many log lines in a second, and then one with the count of the others", async () => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", format: "json", stream: { write: (line) => lines.push(line) } });
  const clock = new FakeClock();
  await using started = new AsyncDisposableStack();
  const record = createRequestErrorLog(log, clock, started);
  for (let request = 0; request < 1_000; request += 1) record(new Error("a fault"));
  expect(lines).toHaveLength(BOUNDS.requestLogLinesPerSecond);
  await clock.advance(1_000);
  expect(lines.slice(BOUNDS.requestLogLinesPerSecond).map((line) => JSON.parse(line) as object)).toMatchObject([
    { event: "request-failed", count: 1_000 - BOUNDS.requestLogLinesPerSecond },
  ]);
});
