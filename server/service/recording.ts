import { join } from "node:path";
import { Recorder } from "../recording/recorder.ts";
import { RECORDING_FOLDER } from "../recording/recording-folder.ts";
import { VERSION } from "../version.ts";
import type { ServiceOptions } from "./options.ts";

/** The recorder of this process; null where nothing is to be recorded. */
export function createRecording({ settings, clock }: ServiceOptions, vantage: string, epoch: string): Recorder | null {
  const { dataDir, recording } = settings;
  if (dataDir === null || recording === null) return null;
  return new Recorder({
    folder: join(dataDir, RECORDING_FOLDER),
    limits: recording,
    clock,
    version: VERSION,
    vantage,
    epoch,
  });
}
