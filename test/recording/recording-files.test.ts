import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HaprobeError } from "../../server/errors.ts";
import { readRecording } from "../../server/recording/read-recording.ts";
import { listSegments } from "../../server/recording/recording-folder.ts";
import type { RecordedStep } from "../../server/recording/recording-lines.ts";
import { createMachines, playHistory } from "../support/simulator/history.ts";
import { FIRST_SEED } from "../simulated/seeds.ts";
import { createTestRecorder, replayFiles } from "./replay-files.ts";

let folder = "";
let segments: readonly string[] = [];
let whole: readonly RecordedStep[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-recording-"));
  const recorder = createTestRecorder(folder);
  const machines = createMachines(FIRST_SEED, 0, ["none", "L4"], 2);
  await playHistory({
    seed: FIRST_SEED,
    about: "mismatches",
    disturbances: [],
    minutes: 18,
    settings: { machines, recorder },
  });
  await recorder.close();
  segments = await listSegments(folder);
  whole = await stepsOf(segments[0] ?? "");
});

afterAll(() => rm(folder, { recursive: true }));

describe("a recording whose process was killed while it wrote", () => {
  test.each([0.1, 0.5, 0.9, 0.999])("gives the steps before the end of what was written (%d of it)", async (part) => {
    const bytes = await readFile(segments[0] ?? "");
    const path = await put("cut.tmp", bytes.subarray(0, Math.floor(bytes.length * part)));
    const steps = await stepsOf(path);
    expect(steps.length).toBeLessThan(whole.length);
    expect(steps).toEqual(whole.slice(0, steps.length));
    if (part >= 0.5) expect(steps.length).toBeGreaterThan(1_000);
  });
});

describe("a recording whose first segments are gone", () => {
  test("begins with the state of that moment and says the same once that is settled", async () => {
    const { live, replayed, faults, unsettled } = await replayFiles(segments.slice(1));
    const { live: all } = await replayFiles(segments);
    const [{ to: settledAt } = { to: 0 }] = unsettled;
    const verdicts = (said: typeof live): unknown[] => said.filter(({ kind }) => kind === "verdict");
    expect(faults).toEqual([]);
    expect(unsettled).toHaveLength(1);
    expect(live).toEqual(all.filter(({ at }) => at >= settledAt));
    expect(verdicts(live).length).toBeGreaterThan(50);
    expect(verdicts(replayed)).toEqual(verdicts(live));
  });
});

describe("a file that is no recording", () => {
  const head = async (): Promise<string> => {
    const [first] = whole;
    if (first?.kind !== "begin") throw new Error("no head");
    return JSON.stringify(first.head);
  };

  test.each([
    ["is missing", "HAPROBE_RECORDING_UNREADABLE", async () => join(folder, "missing.tmp")],
    ["is text", "HAPROBE_RECORDING_INVALID", () => put("text.tmp", Buffer.from("hello"))],
    ["is compressed text", "HAPROBE_RECORDING_INVALID", () => putLines("other.tmp", "hello")],
    [
      "is of a later version",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("later.tmp", (await head()).replace('"version":1', '"version":2')),
    ],
    [
      "has an unknown kind of line",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("kind.tmp", await head(), '["zzz"]'),
    ],
    [
      "has a result of an unknown target",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("target.tmp", await head(), '["r",0,9,0,0,1,1,1]'),
    ],
    [
      "changes a row that does not exist",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("row.tmp", await head(), '["p",0,"lb-1",0,0,{},[],[[7,1,2]]]'),
    ],
    [
      "has a row without its names",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("cells.tmp", await head(), '["s",1,2,3]'),
    ],
    [
      "has a table with a negative place",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("place.tmp", await head(), '["p",0,"lb-1",0,0,{"servers":[0,1e9]},[],[]]'),
    ],
    [
      "has a time that is none",
      "HAPROBE_RECORDING_INVALID",
      async () => putLines("time.tmp", await head(), '["t","soon"]'),
    ],
    [
      "has an endless line",
      "HAPROBE_RECORDING_TOO_LARGE",
      async () => putLines("long.tmp", await head(), "x".repeat(17 * 1_024 * 1_024)),
    ],
  ] as const)("%s: %s", async (_, code, make) => {
    const error: unknown = await stepsOf(await make()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HaprobeError);
    expect(error).toMatchObject({ code });
  });
});

async function stepsOf(path: string): Promise<readonly RecordedStep[]> {
  const steps: RecordedStep[] = [];
  for await (const batch of readRecording([path])) steps.push(...batch);
  return steps;
}

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

function putLines(name: string, ...lines: readonly string[]): Promise<string> {
  return put(name, zstdCompressSync(Buffer.from(`${lines.join("\n")}\n`)));
}
