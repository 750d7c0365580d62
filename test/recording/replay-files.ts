import { BOUNDS } from "../../server/bounds.ts";
import type { Clock } from "../../server/clock.ts";
import type { InternalFault } from "../../server/contract/ports.ts";
import { MONITOR_LIMITS } from "../../server/monitor/monitor-options.ts";
import { readRecording } from "../../server/recording/read-recording.ts";
import { Recorder } from "../../server/recording/recorder.ts";
import type { Said } from "../../server/recording/recording-lines.ts";
import { Replayer, type ReplayerOptions } from "../../server/recording/replayer.ts";

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
  return new Recorder({
    folder,
    limits: { keepMs: BOUNDS.recordingKeptMs, maxBytes: BOUNDS.recordingMaxBytes },
    clock: IMPATIENT,
    version: "test",
    vantage: "here",
    epoch: "simulated",
    onError: (message) => {
      if (message !== null) throw new Error(message);
    },
  });
}

/** What was said while these files were recorded, and what is said when they are replayed. */
export interface ReplayedFiles {
  readonly live: readonly Said[];
  readonly replayed: readonly Said[];
  readonly faults: readonly InternalFault[];
}

/** Replays files, with the rules of the recording unless `reassign` says others. */
export async function replayFiles(
  paths: readonly string[],
  reassign: ReplayerOptions["reassign"] = null,
): Promise<ReplayedFiles> {
  const live: Said[] = [];
  const replayed: Said[] = [];
  const faults: InternalFault[] = [];
  const replayer = new Replayer({
    limits: MONITOR_LIMITS,
    reassign,
    onSaid: (said, isState) => {
      if (!isState) replayed.push(said);
    },
    onFault: (fault) => faults.push(fault),
  });
  for await (const steps of readRecording(paths)) {
    for (const step of steps) {
      if (step.kind === "said") live.push(step.said);
      replayer.apply(step);
    }
  }
  return { live, replayed, faults };
}
