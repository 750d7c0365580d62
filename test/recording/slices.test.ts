import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { Clock } from "../../server/clock.ts";
import type { StatsSnapshot } from "../../server/contract/view.ts";
import { MONITOR_LIMITS } from "../../server/monitor/monitor-options.ts";
import { Monitor } from "../../server/monitor/monitor.ts";
import { HeldClock } from "../../server/recording/held-clock.ts";
import { MonitorInputs, recordAssignments } from "../../server/recording/monitor-inputs.ts";
import type { Recorder } from "../../server/recording/recorder.ts";
import { listSegments } from "../../server/recording/recording-folder.ts";
import { runInSlices } from "../../server/slices.ts";
import { POLICY, probeResult, TARGET } from "../support/judge-harness.ts";
import { instanceNamed, MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";
import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import { createTestRecorder, replayFiles } from "./replay-files.ts";

const SERVERS = 1_500;
const NAMES = ["lb-1", "lb-2", "lb-3"];

/** A clock on which each look takes a fifth of a slice. */
function busyClock(): Clock {
  let now = 1_000_000;
  const wallAtZero = Date.UTC(2026, 10, 22);
  return {
    now: () => (now += BOUNDS.sliceMs / 5),
    wall: () => wallAtZero + now,
    after: () => () => {},
  };
}

/** A monitor of three instances behind its inputs. */
function startInputs(recorder: Recorder | null): { monitor: Monitor; inputs: MonitorInputs; clock: Clock } {
  const clock = busyClock();
  const held = new HeldClock(clock);
  const instances = NAMES.map(instanceNamed);
  recorder?.begin(held.hold(), held.offset, { instances, rules: "" }, null);
  const monitor = new Monitor({
    vantage: "here",
    epoch: "simulated",
    clock: held,
    limits: MONITOR_LIMITS,
    instances,
    assign: recordAssignments(
      ({ address }) =>
        address.kind === "ip"
          ? { kind: "target", target: { ...TARGET, key: address.host, host: address.host }, policy: POLICY }
          : { kind: "none", reason: "no-address", policy: POLICY },
      recorder,
    ),
    actions: {
      scheduleTarget() {},
      removeTarget() {},
      probeSoon() {},
      suppressHedging() {},
      pollSoon() {},
      statsRow: () => null,
    },
    faults: UNEXPECTED_FAULTS,
    inSlices: true,
  });
  held.release();
  if (recorder !== null) monitor.subscribe(recorder);
  monitor.start();
  return { monitor, inputs: new MonitorInputs(monitor, held, recorder), clock };
}

const drafts = new MonitorHarness();

function answer(instance: string, status: string, sentAt: number, first = 0): StatsSnapshot {
  const rows = Array.from({ length: SERVERS }, (_, n): StatsRow => {
    const host = `10.${(first + n) >> 8}.${(first + n) & 255}.1`;
    return [`s${first + n}`, status, "L4OK", { address: { kind: "ip", host, port: 80 } }];
  });
  return drafts.snapshot(rows, { instance, sentAt });
}

test("large answers of several instances leave the event loop free, together with parsing", async () => {
  const { monitor, inputs, clock } = startInputs(null);
  const perTurn = [0];
  monitor.changes.subscribe(() => {
    perTurn[perTurn.length - 1] = (perTurn.at(-1) ?? 0) + 1;
  });
  const progress = { isDone: false };
  const turn = (): void => {
    perTurn.push(0);
    if (!progress.isDone) setImmediate(turn);
  };
  setImmediate(turn);
  function* parsing(): Generator<void, void, void> {
    for (let step = 0; step < 100; step += 1) yield;
  }
  const parsed = runInSlices(clock, BOUNDS.sliceMs, parsing());
  const tookMs = await Promise.all(NAMES.map((name) => inputs.acceptSnapshot(answer(name, "UP", clock.now()), 1_000)));
  await parsed;
  progress.isDone = true;
  expect([...monitor.live.keys()]).toHaveLength(NAMES.length * SERVERS);
  // The first step of each answer is done within its call.
  const inSlices = perTurn.slice(1);
  expect(Math.max(...inSlices)).toBeLessThanOrEqual(5 * BOUNDS.workSteps * BOUNDS.judgeStepServers);
  for (const ms of tookMs) expect(ms).toBeGreaterThan(BOUNDS.sliceMs);
});

test("what came between the slices is replayed between them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "haprobe-slices-"));
  const recorder = createTestRecorder(folder);
  const { inputs, clock } = startInputs(recorder);
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  let seq = 0;
  async function disturb(applied: Promise<unknown>): Promise<void> {
    const progress = { isDone: false };
    void applied.then(() => (progress.isDone = true));
    while (!progress.isDone) {
      const host = `10.${(seq * 37) % 6}.${(seq * 101) % 256}.1`;
      inputs.acceptResult(probeResult(seq % 3 === 0 ? "ok" : "etcd", (seq += 1), clock.now(), 0, host));
      inputs.tick();
      await turn();
    }
  }
  for (const [status, first] of [
    ["UP", 0],
    ["UP", 700],
    ["DRAIN", 700],
    ["UP", 0],
  ] as const) {
    const applied = NAMES.map((name) => inputs.acceptSnapshot(answer(name, status, clock.now(), first), 1_000));
    await disturb(Promise.all(applied));
  }
  await recorder.close();
  const { live, replayed, faults } = await replayFiles(await listSegments(folder));
  await rm(folder, { recursive: true });
  expect(faults).toEqual([]);
  expect(live.length).toBeGreaterThan(10_000);
  expect(replayed).toEqual(live);
});
