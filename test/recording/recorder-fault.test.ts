import { expect, test } from "vitest";
import { HeldClock } from "../../server/recording/held-clock.ts";
import { MonitorInputs } from "../../server/recording/monitor-inputs.ts";
import { Recorder } from "../../server/recording/recorder.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MonitorHarness } from "../support/monitor-harness.ts";

/** A recorder with a defect. */
class BrokenRecorder extends Recorder {
  override tick(): void {
    throw new Error("a defect");
  }
}

test("a fault of the recorder ends the recording, not the judging", () => {
  const clock = new FakeClock(1_000_000);
  const { monitor } = new MonitorHarness(["lb-1"], 1_000, { clock });
  const limits = { keepMs: 1, maxBytes: 1 };
  const recorder = new BrokenRecorder({
    folder: "/dev/null/x",
    limits,
    clock,
    version: "test",
    vantage: "here",
    epoch: "e1",
  });
  const errors: (string | null)[] = [];
  recorder.onError((message) => errors.push(message));
  const inputs = new MonitorInputs(monitor, new HeldClock(clock), recorder);
  inputs.tick();
  inputs.tick();
  expect(errors).toEqual(["a fault of haprobe: Error: a defect"]);
  expect(clock.pending).toBe(0);
});
