import { BOUNDS } from "../../server/bounds.ts";
import type { Clock } from "../../server/clock.ts";
import { type ReplayedRecording, replayRecording } from "../../server/recording/replay-recording.ts";
import { Recorder } from "../../server/recording/recorder.ts";

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
    version: "test",
    vantage: "here",
    epoch: "simulated",
  });
  recorder.onError((message) => {
    if (message !== null) throw new Error(message);
  });
  return recorder;
}

/** Replays the whole of these files by the rules of the recording. */
export function replayFiles(paths: readonly string[]): Promise<ReplayedRecording> {
  return replayRecording(paths, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, null);
}
