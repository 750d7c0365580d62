import { describe, expect, test } from "vitest";
import type { ProbeResult } from "../../server/contract/probe-result.ts";
import type { StatsSnapshot } from "../../server/contract/view.ts";
import { WorkQueue } from "../../server/monitor/work-queue.ts";
import { probeResult } from "../support/judge-harness.ts";
import { MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
];

/** The same object, except that reading this property throws. */
function poison<T extends object>(object: T, property: keyof T): T {
  return Object.defineProperty({ ...object }, property, {
    enumerable: true,
    get() {
      throw new TypeError(`poisoned ${String(property)}`);
    },
  });
}

/** The answer to a poll in which the view of cp-1 is poisoned. */
function poisonedSnapshot(harness: MonitorHarness, property: "check" | "server"): StatsSnapshot {
  const snapshot = harness.snapshot([UP[0]!, ["cp-2", "DRAIN", "L4OK"]]);
  const [first, ...others] = snapshot.servers;
  if (first === undefined) throw new Error("no view");
  return { ...snapshot, servers: [poison(first, property), ...others] };
}

async function startUp(): Promise<MonitorHarness> {
  const harness = new MonitorHarness();
  harness.poll(UP);
  await harness.advance(250);
  for (const place of [1, 2]) harness.probe(place, "ok");
  await harness.advance(1_000);
  return harness;
}

describe("a throw while an answer of HAProxy is applied", () => {
  test("is an error of its instance, with a code, and the next poll succeeds", async () => {
    const harness = await startUp();
    void harness.monitor.acceptSnapshot(poisonedSnapshot(harness, "server"), 1_000);
    expect(harness.monitor.live.instances()[0]).toMatchObject({
      state: "failing",
      error: { code: "HAPROBE_INTERNAL" },
    });
    expect(harness.faults).toMatchObject([{ part: "instance", name: "lb-1" }]);
    await harness.advance(1_000);
    harness.poll(UP);
    expect(harness.monitor.live.instances()[0]).toMatchObject({ state: "ok", error: null });
    expect([harness.verdictText("cp-1"), harness.verdictText("cp-2")]).toEqual(["agree-up", "agree-up"]);
  });

  test("is one event however often it happens, and one more when it is over", async () => {
    const harness = await startUp();
    harness.events.length = 0;
    for (let poll = 0; poll < 5; poll += 1) {
      void harness.monitor.acceptSnapshot(poisonedSnapshot(harness, "server"), 1_000);
      await harness.advance(1_000);
    }
    harness.poll(UP);
    const errors = harness.events.flatMap((event) =>
      event.type === "instance-reachability" ? [event.error?.code ?? null] : [],
    );
    expect(errors).toEqual(["HAPROBE_INTERNAL", null]);
  });

  test("leaves other instances alone", async () => {
    const harness = new MonitorHarness(["lb-1", "lb-2"]);
    void harness.monitor.acceptSnapshot(poisonedSnapshot(harness, "server"), 1_000);
    harness.poll(UP, { instance: "lb-2" });
    expect(harness.server("cp-1", "lb-2").verdict).toBe("unknown");
    expect(harness.monitor.live.instances().map(({ state }) => state)).toEqual(["failing", "ok"]);
  });
});

test("a throw while a failed poll is recorded is kept to its instance, and the next poll succeeds", async () => {
  const harness = await startUp();
  const error = { code: "HAPROBE_STATS_UNREACHABLE", message: "connection refused" } as const;
  harness.monitor.acceptPollFailure("lb-1", poison({ ...error, at: 0 }, "message"), 1_000);
  expect(harness.faults).toMatchObject([{ part: "instance", name: "lb-1" }]);
  await harness.advance(1_000);
  harness.poll(UP);
  expect(harness.monitor.live.instances()[0]).toMatchObject({ state: "ok", error: null });
});

describe.each([false, true])("a task of the monitor that throws, in slices: %s", (inSlices) => {
  test.each([1, 2, 7])("in its step %d is dropped and reported, and the others go on", (step) => {
    const faults: unknown[] = [];
    const queue = new WorkQueue(inSlices, (owner, error) => void faults.push([owner, error]));
    const done: string[] = [];
    function* task(name: string, throwsAt: number): Generator<void, void, void> {
      for (let at = 1; at < 9; at += 1) {
        if (at === throwsAt) throw new Error(name);
        yield;
      }
      done.push(name);
    }
    queue.add("lb-1", task("poisoned", step));
    queue.add("lb-2", task("other", 0));
    for (let owner = queue.next; owner !== null; owner = queue.next) queue.work(owner);
    expect(done).toEqual(["other"]);
    expect(faults).toEqual([["lb-1", new Error("poisoned")]]);
  });
});

test("a throw while a result is recorded is kept to its target", async () => {
  const harness = await startUp();
  const result = poison(probeResult("etcd", 50, harness.clock.now(), 0, "default|10.0.0.1"), "vantage");
  expect(harness.monitor.acceptResult(result)).toEqual([]);
  expect(harness.faults).toMatchObject([{ part: "target", name: "default|10.0.0.1" }]);
  await harness.advance(250);
  harness.probe(1, "ok");
  expect(harness.verdictText("cp-1")).toBe("agree-up");
});

test("a throw in a tick is reported, and the next tick runs", async () => {
  const harness = await startUp();
  const { now } = harness.clock;
  harness.clock.now = () => {
    throw new RangeError("no clock");
  };
  expect(() => harness.monitor.tick()).not.toThrow();
  harness.clock.now = now;
  expect(harness.faults).toMatchObject([{ part: "tick" }]);
  await harness.advance(1_000);
  expect(harness.faults).toHaveLength(1);
});

describe("a throw while a server is judged", () => {
  test("is kept to that server: the others of the same result are judged", async () => {
    const harness = new MonitorHarness(["lb-1", "lb-2"]);
    for (const instance of ["lb-1", "lb-2"]) harness.poll(UP, { instance });
    const failing = poison(probeResult("etcd", 50, harness.clock.now() + 1, 0, "default|10.0.0.1"), "outcome");
    await harness.advance(250);
    harness.monitor.acceptResult(failing satisfies ProbeResult);
    expect(harness.faults.map(({ part, name }) => [part, name])).toEqual([
      ["server", "lb-1/k8s-api/cp-1"],
      ["server", "lb-2/k8s-api/cp-1"],
    ]);
    await harness.advance(250);
    harness.probe(2, "ok");
    expect(harness.verdictText("cp-2")).toBe("agree-up");
  });

  test("is a finding about that server until it is judged again", async () => {
    const harness = await startUp();
    const internal = (): (string | null)[] =>
      harness.monitor.live
        .findings()
        .flatMap(({ code, subject }) => (code === "internal-error" ? [subject.server] : []));
    harness.monitor.acceptResult(
      poison(probeResult("etcd", 50, harness.clock.now(), 0, "default|10.0.0.1"), "outcome"),
    );
    await harness.advance(1_000);
    expect(internal()).toEqual(["cp-1"]);
    harness.probe(1, "ok");
    await harness.advance(1_000);
    expect(internal()).toEqual([]);
    expect(harness.verdictText("cp-1")).toBe("agree-up");
  });
});

test("a server whose public object cannot be made is left out of the list of servers, and reported", () => {
  const harness = new MonitorHarness();
  const snapshot = harness.snapshot(UP);
  const [first, ...others] = snapshot.servers;
  if (first === undefined) throw new Error("no view");
  void harness.monitor.acceptSnapshot({ ...snapshot, servers: [poison(first, "lastChangeSeconds"), ...others] }, 1_000);
  harness.faults.length = 0;
  expect([...harness.monitor.live.servers()].map(({ server }) => server)).toEqual(["cp-2"]);
  expect(harness.faults).toMatchObject([{ part: "server", name: "lb-1/k8s-api/cp-1" }]);
});

test("a time that is none is shown as unknown, and throws nowhere", () => {
  const harness = new MonitorHarness();
  const snapshot = harness.snapshot(UP);
  const info = { version: "2.6", pid: 1, startTimeSeconds: 1e15, uptimeSeconds: 1, node: "", stopping: false };
  void harness.monitor.acceptSnapshot({ ...snapshot, info }, 1_000);
  harness.monitor.acceptResult({
    ...probeResult("ok", 1, harness.clock.now() + 1, 0, "default|10.0.0.1"),
    certificateExpiresAt: Number.NaN,
  });
  expect(harness.monitor.live.instances()[0]?.startedAt).toBeNull();
  expect(harness.server("cp-1").probe.certificateExpiresAt).toBeNull();
  expect(harness.faults).toEqual([]);
});

test("a listener of changes that throws is counted, and the next one is called", () => {
  const harness = new MonitorHarness();
  const seen: string[] = [];
  harness.monitor.changes.subscribe(() => {
    throw new Error("broken listener");
  });
  harness.monitor.changes.subscribe(({ kind }) => void seen.push(kind));
  harness.poll(UP);
  expect(seen.length).toBeGreaterThan(0);
  expect(harness.faults).toHaveLength(seen.length);
  expect(harness.faults.every(({ part }) => part === "publication")).toBe(true);
});
