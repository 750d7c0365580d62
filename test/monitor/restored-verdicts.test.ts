import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { RestoredVerdict } from "../../server/monitor/monitor-options.ts";
import { MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";
import { PausingClock } from "../support/pausing-clock.ts";

const ROWS: StatsRow[] = [["cp-1", "UP", "L4OK"]];
const NOW = 1_800_000_000_000;

/** A verdict that began an hour before the earlier run was last heard. */
function restored(verdict: string, part: Partial<RestoredVerdict> = {}): RestoredVerdict {
  return {
    server: { site: "default", instance: "lb-1", backend: "k8s-api", server: "cp-1" },
    address: { network: "default", host: "10.0.0.1", port: 6443 },
    judgement: { verdict },
    beganAt: NOW - 3_600_000,
    ...part,
  };
}

/** A process that starts `laterMs` after the earlier one was last heard; its server is judged by two failing or passing probes. */
async function restart(
  verdict: RestoredVerdict,
  answer: "ok" | "etcd",
  laterMs = 2_000,
  pausedMs = 0,
): Promise<MonitorHarness> {
  const clock = new PausingClock(500, NOW + laterMs - 500);
  clock.pauseAfterWall(pausedMs);
  const harness = new MonitorHarness(["lb-1"], 1_000, { verdicts: [verdict], heardBefore: NOW, clock });
  harness.monitor.start();
  for (let probe = 0; probe < 2; probe += 1) {
    harness.poll(ROWS);
    await harness.advance(250);
    harness.probe(1, answer);
    await harness.advance(100);
  }
  harness.poll(ROWS);
  return harness;
}

const sinceMs = (harness: MonitorHarness): number => Date.parse(harness.server("cp-1").since);

describe("the begin of a verdict after a restart", () => {
  test.each(["ok", "etcd"] as const)("is that of the earlier run where the verdict is the same: %s", async (answer) => {
    const harness = await restart(restored(answer === "ok" ? "agree-up" : "false-up"), answer);
    expect(sinceMs(harness)).toBe(NOW - 3_600_000);
    expect(harness.events.findLast(({ type }) => type === "verdict-changed")).toMatchObject({
      beganAt: NOW - 3_600_000,
    });
  });

  test("is that of the earlier run where the process is paused while it starts", async () => {
    const harness = await restart(restored("false-up"), "etcd", 2_000, 900);
    expect(sinceMs(harness)).toBe(NOW - 3_600_000);
  });

  test.each([
    ["another verdict", restored("false-up"), "ok", 2_000],
    ["another address", restored("agree-up", { address: null }), "ok", 2_000],
    ["another site", restored("agree-up", { server: { ...restored("").server, site: "fra" } }), "ok", 2_000],
    ["too long a time without a process", restored("agree-up"), "ok", BOUNDS.restoredSinceMaxMs + 1],
  ] as const)("is its own after %s", async (_case, verdict, answer, laterMs) => {
    const harness = await restart(verdict, answer, laterMs);
    expect(sinceMs(harness)).toBeGreaterThanOrEqual(NOW);
  });

  test("is its own once another verdict was settled first", async () => {
    const harness = await restart(restored("agree-up"), "etcd");
    harness.probe(1, "ok");
    expect(harness.verdictText("cp-1")).toBe("agree-up");
    expect(sinceMs(harness)).toBeGreaterThanOrEqual(NOW);
  });
});

describe("the begin of a verdict that is read late, because the store opened late,", () => {
  const late = { incidents: [], verdicts: [restored("false-up")], heardBefore: NOW };

  /** A process that has its own verdict before it can read those of the earlier run. */
  async function startBefore(answers: readonly ("ok" | "etcd")[]): Promise<MonitorHarness> {
    const harness = new MonitorHarness(["lb-1"], 1_000, { clock: new PausingClock(500, NOW + 1_500) });
    harness.monitor.start();
    for (const answer of answers) {
      harness.poll(ROWS);
      await harness.advance(250);
      harness.probe(1, answer);
      await harness.advance(100);
    }
    return harness;
  }

  test("is that of the earlier run, which listeners are told", async () => {
    const harness = await startBefore(["etcd", "etcd", "etcd"]);
    expect(harness.server("cp-1").phase).toBe("confirmed");
    expect(sinceMs(harness)).toBeGreaterThanOrEqual(NOW);
    harness.monitor.restoreLate(late);
    harness.changes.length = 0;
    harness.probe(1, "etcd");
    await harness.advance(100);
    expect(sinceMs(harness)).toBe(NOW - 3_600_000);
    expect(harness.changes).toContainEqual(expect.objectContaining({ key: "lb-1/k8s-api/cp-1" }));
  });

  test("is its own where the verdict has changed meanwhile", async () => {
    const harness = await startBefore(["etcd", "etcd", "etcd", "ok", "ok", "etcd", "etcd", "etcd"]);
    expect(harness.server("cp-1").phase).toBe("confirmed");
    harness.monitor.restoreLate(late);
    harness.probe(1, "etcd");
    expect(sinceMs(harness)).toBeGreaterThanOrEqual(NOW);
  });
});

describe("a server that HAProxy lost while no process ran", () => {
  const gone = restored("false-up", { server: { ...restored("").server, server: "cp-9" } });

  test("is removed with the first answer of its instance, once", async () => {
    const harness = await restart(gone, "ok");
    const removed = harness.events.filter(({ type }) => type === "server-removed");
    expect(removed).toMatchObject([{ key: "lb-1/k8s-api/cp-9", address: { host: "10.0.0.1", port: 6443 } }]);
    expect(removed[0]?.at).toBeLessThan(NOW + 2_100);
  });

  test("stays as long as its instance does not answer", async () => {
    const elsewhere = restored("false-up", { server: { ...restored("").server, instance: "lb-2" } });
    const harness = await restart(elsewhere, "ok");
    expect(harness.events.filter(({ type }) => type === "server-removed")).toEqual([]);
  });
});
