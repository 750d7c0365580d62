import { mkdir, mkdtemp, readdir, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { deleteOldSegments, listSegments } from "../../server/recording/recording-folder.ts";
import { readRecording } from "../../server/recording/read-recording.ts";
import { Recorder } from "../../server/recording/recorder.ts";
import type { RecordedStep } from "../../server/recording/recording-lines.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { instanceNamed } from "../support/monitor-harness.ts";
import { mountMissing, mountTmpfs } from "../support/small-disk.ts";
import { replayFiles } from "./replay-files.ts";

let folder = "";
let clock: FakeClock;
let errors: (string | null)[];
let recorder: Recorder;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "haprobe-recorder-")), "recording");
  clock = new FakeClock();
  errors = [];
  const limits = { keepMs: BOUNDS.recordingKeptMs, maxBytes: BOUNDS.recordingMaxBytes };
  recorder = new Recorder({ folder, limits, clock, version: "test", vantage: "here", epoch: "e1" });
  recorder.onError((message) => errors.push(message));
  recorder.begin(clock.now(), offset(), { instances: [instanceNamed("lb-1")], rules: "" }, null);
});

afterEach(async () => {
  await recorder.close();
  await rm(join(folder, ".."), { recursive: true });
});

function offset(): number {
  return clock.wall() - clock.now();
}

function tick(times = 1): void {
  for (let count = 0; count < times; count += 1) {
    recorder.tick(clock.now());
    recorder.settle(clock.now(), offset());
  }
}

/** The first segment counts in the queue as so many ticks. */
const QUEUED_SEGMENT_LINES = 65_536 / '["t",0]\n'.length;

/** True where one more tick is not lost. */
function isRecorded(): boolean {
  const before = recorder.lostInputs;
  tick();
  return recorder.lostInputs === before;
}

test("a wall clock that was set is recorded, also where the input is not", async () => {
  recorder.credentials(clock.now(), "a target that no server has", null);
  recorder.settle(clock.now(), offset() + 3_600_000);
  recorder.tick(clock.now());
  recorder.settle(clock.now(), offset() + 3_600_000);
  await recorder.close();
  const steps: RecordedStep[] = [];
  for await (const batch of readRecording(await listSegments(folder))) steps.push(...batch);
  expect(steps.at(-1)).toMatchObject({ input: { kind: "tick" }, wallOffset: offset() + 3_600_000 });
});

describe("a recorder whose disk is too slow", () => {
  test("loses and counts what does not fit, and goes on in a new segment once there is room", async () => {
    const fitting = Math.ceil(BOUNDS.recordingQueueChars / '["t",0]\n'.length);
    tick(fitting + 1_000);
    expect(recorder.lostInputs).toBeGreaterThan(0);
    expect(recorder.lostInputs).toBeLessThanOrEqual(1_000 + QUEUED_SEGMENT_LINES);
    await clock.advance(BOUNDS.recordingFlushMs);
    await vi.waitUntil(() => isRecorded());
    const lost = recorder.lostInputs;
    tick(2);
    await recorder.close();
    const { lostInputs, unsettled, faults } = await replayFiles(await listSegments(folder));
    expect(await readdir(folder)).toHaveLength(2);
    expect({ lostInputs, gaps: unsettled.length, faults }).toEqual({ lostInputs: lost, gaps: 1, faults: [] });
  });
});

describe("a recorder whose folder cannot be written", () => {
  test("says so, takes no memory meanwhile, and tries again after a minute", async () => {
    await writeFile(folder, "a file in its place");
    tick();
    await clock.advance(BOUNDS.recordingFlushMs);
    await vi.waitUntil(() => errors.length > 0);
    expect(errors).toEqual([expect.stringMatching(/EEXIST|ENOTDIR/)]);
    tick(1_000);
    expect(recorder.lostInputs).toBeGreaterThanOrEqual(1_000);

    await unlink(folder);
    await clock.advance(BOUNDS.recordingRetryMs);
    tick(3);
    await recorder.close();
    expect(errors.at(-1)).toBeNull();
    const { lostInputs, faults } = await replayFiles(await listSegments(folder));
    expect(lostInputs).toBeGreaterThanOrEqual(1_000);
    expect(faults).toEqual([]);
  });
});

describe.skipIf(mountMissing() !== null)("a recorder whose disk is full", () => {
  test("leaves no empty segments behind", async () => {
    await recorder.close();
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await using _disk = mountTmpfs(folder, "size=64k");
    await writeFile(join(folder, "filler"), "x".repeat(65_536));
    const limits = { keepMs: BOUNDS.recordingKeptMs, maxBytes: BOUNDS.recordingMaxBytes };
    recorder = new Recorder({ folder, limits, clock, version: "test", vantage: "here", epoch: "e1" });
    const failures: string[] = [];
    recorder.onError((message) => message !== null && failures.push(message));
    recorder.begin(clock.now(), offset(), { instances: [instanceNamed("lb-1")], rules: "" }, null);
    for (const times of [1, 2, 3]) {
      await vi.waitUntil(async () => {
        tick();
        await clock.advance(BOUNDS.recordingFlushMs);
        return failures.length >= times;
      });
      await clock.advance(BOUNDS.recordingRetryMs);
    }
    await recorder.close();
    expect(failures[0]).toMatch("ENOSPC");
    expect(await readdir(folder)).toEqual(["filler"]);
  });
});

describe("old segments", () => {
  test("that are gone meanwhile are none", async () => {
    await fill();
    await symlink("nowhere", join(folder, "1.haprobe"));
    await deleteOldSegments(folder, { keepMs: 2.5 * HOUR, maxBytes: 1e9 }, NOW);
    expect(await listSegments(folder)).not.toContain(join(folder, "5.haprobe"));
  });

  const HOUR = 3_600_000;
  const NOW = Date.UTC(2026, 10, 27, 12);

  /** Four segments of 1,000 bytes that ended 4, 3, 2 and 1 hours ago. */
  async function fill(): Promise<void> {
    await recorder.close();
    for (const path of await listSegments(folder)) await unlink(path);
    for (const hours of [4, 3, 2, 1]) {
      const path = join(folder, `${9 - hours}.haprobe`);
      const endedAt = (NOW - hours * HOUR) / 1_000;
      await writeFile(path, "x".repeat(1_000));
      await utimes(path, endedAt, endedAt);
    }
    await writeFile(join(folder, "notes.txt"), "not a segment");
  }

  test.each([
    ["that ended before what is kept", { keepMs: 2.5 * HOUR, maxBytes: 1e9 }, ["7.haprobe", "8.haprobe"]],
    ["beyond the largest size", { keepMs: 100 * HOUR, maxBytes: 3_500 }, ["6.haprobe", "7.haprobe", "8.haprobe"]],
    [
      "are kept where both fit",
      { keepMs: 100 * HOUR, maxBytes: 1e9 },
      ["5.haprobe", "6.haprobe", "7.haprobe", "8.haprobe"],
    ],
    ["but the newest, which is being written", { keepMs: 0, maxBytes: 0 }, ["8.haprobe"]],
  ])("%s", async (_, limits, left) => {
    await fill();
    await deleteOldSegments(folder, limits, NOW);
    expect((await readdir(folder)).toSorted()).toEqual([...left, "notes.txt"]);
  });
});
