import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createFaultLog, type FaultLog } from "../../server/telemetry/fault-log.ts";
import { createLogger } from "../../server/telemetry/logger.ts";
import { FakeClock } from "../support/fake-clock.ts";

function createTestLog(): { faults: FaultLog; clock: FakeClock; entries: () => Record<string, unknown>[] } {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = createLogger({ level: "info", format: "json", stream: { write: (line) => lines.push(line) } });
  return { faults: createFaultLog(log, clock), clock, entries: () => lines.map((line) => JSON.parse(line)) };
}

test("an internal error is logged with its code, its part and the name of it", () => {
  const { faults, entries } = createTestLog();
  faults.recordFault({ part: "sink", name: "store", error: new Error("no space left on device") });
  expect(entries()).toMatchObject([
    { level: "error", code: "HAPROBE_INTERNAL", part: "sink", name: "store", msg: "internal error in sink store" },
  ]);
  expect(JSON.stringify(entries())).toContain("no space left on device");
});

test("a sink that fails at every event has a few lines a second, and the rest is counted", async () => {
  const { faults, clock, entries } = createTestLog();
  const limit = BOUNDS.faultLogLinesPerSecond;
  for (let index = 0; index < limit + 98; index += 1) {
    faults.recordFault({ part: "sink", name: "store", error: new Error("full") });
  }
  expect(entries()).toHaveLength(limit);
  await clock.advance(1_000);
  expect(entries().at(-1)).toMatchObject({
    msg: "98 more internal errors within this second are not logged",
    count: 98,
  });
  faults.stop();
  expect(clock.pending).toBe(0);
});
