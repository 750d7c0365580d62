import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { listSegments } from "../../server/recording/recording-folder.ts";
import { cutOurPath, pauseHaprobe, reloadStorm } from "../support/simulator/disturbances.ts";
import { createMachines, playHistory } from "../support/simulator/history.ts";
import { FIRST_SEED } from "../simulated/seeds.ts";
import type { ReplayedRecording } from "../../server/recording/replay-recording.ts";
import { createTestRecorder, replayFiles } from "./replay-files.ts";

describe.each([
  ["rolling restarts, reloads, cuts of our path and pauses of our process", "legitimate"],
  ["mismatches, reloads and pauses of our process", "mismatches"],
] as const)("an hour of %s", (_, about) => {
  let folder = "";
  let hour: ReplayedRecording;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "haprobe-recording-"));
    const recorder = createTestRecorder(folder);
    const machines = createMachines(FIRST_SEED, 0, about === "mismatches" ? ["none", "L4"] : ["none", "L4", "L7"], 2);
    await playHistory({
      seed: FIRST_SEED,
      about,
      disturbances: [reloadStorm, pauseHaprobe, ...(about === "legitimate" ? [cutOurPath] : [])],
      minutes: 58,
      settings: { machines, recorder },
    });
    await recorder.close();
    hour = await replayFiles(await listSegments(folder));
  }, 300_000);

  afterAll(() => rm(folder, { recursive: true }));

  test("is kept in a segment for each five minutes", async () => {
    expect(await readdir(folder)).toHaveLength(Math.ceil((60.5 * 60_000) / BOUNDS.recordingSegmentMs));
  });

  test("replayed as it was recorded says exactly what was said live", () => {
    const { live, replayed, faults } = hour;
    expect(faults).toEqual([]);
    expect(live.length).toBeGreaterThan(500);
    expect(live.some(({ kind }) => kind === "incident")).toBe(about === "mismatches");
    expect(replayed).toEqual(live);
  });
});
