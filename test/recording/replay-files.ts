import { BOUNDS } from "../../server/bounds.ts";
import type { Clock } from "../../server/clock.ts";
import { type ReplayedRecording, replayRecording } from "../../server/recording/replay-recording.ts";
import { Recorder } from "../../server/recording/recorder.ts";

const TEST_VERSION = "test";

/** Real time, but without waiting: lines are written as soon as the event loop gets to it. */
const IMPATIENT: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(_, callback) {
    const timer = setTimeout(callback, 1);
    return () => clearTimeout(timer);
  },
};

/** A recorder with the limits of the service that throws where the folder cannot be written. */
export function createTestRecorder(folder: string): Recorder {
  const recorder = new Recorder({
    folder,
    limits: { keepMs: BOUNDS.recordingKeptMs, maxBytes: BOUNDS.recordingMaxBytes },
    clock: IMPATIENT,
    version: TEST_VERSION,
    vantage: "here",
    epoch: "simulated",
  });
  recorder.onError((message) => {
    if (message !== null) throw new Error(message);
  });
  return recorder;
}

/** Replays the whole of these files by the rules of the recording, in the slices of this version unless `version` is null. */
export function replayFiles(
  paths: readonly string[],
  version: string | null = TEST_VERSION,
): Promise<ReplayedRecording> {
  const span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  return replayRecording(paths, span, { version, reassign: null });
}
