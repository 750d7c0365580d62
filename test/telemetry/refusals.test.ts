import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { Refusals } from "../../server/telemetry/refusals.ts";
import { FakeClock } from "../support/fake-clock.ts";

test("each refusal counts, and each kind has one log line a minute, with the count since the last one", async () => {
  const clock = new FakeClock();
  const lines: object[] = [];
  const refusals = new Refusals({ warn: (line: object) => void lines.push(line) }, clock);
  for (let count = 0; count < 1_000; count += 1) refusals.record("stream");
  refusals.record("request");
  await clock.advance(BOUNDS.refusedLogEveryMs);
  refusals.record("stream");
  expect(lines).toEqual([
    { event: "client-refused", kind: "stream", count: 1 },
    { event: "client-refused", kind: "request", count: 1 },
    { event: "client-refused", kind: "stream", count: 1_000 },
  ]);
  expect(refusals.render()).toContain('haprobe_refused_total{kind="stream"} 1001\n');
  expect(refusals.render()).toContain('haprobe_refused_total{kind="connection"} 0\n');
});
