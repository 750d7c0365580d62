import { describe, expect, test } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import { type StatsRow, MonitorHarness } from "../support/monitor-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
];
const BOTH = ["lb-1", "lb-2"] as const;

/** Two HAProxies in front of the same two servers; cp-2 lies to both. */
async function startFalseUp(): Promise<MonitorHarness> {
  const watch = new MonitorHarness(BOTH);
  for (const instance of BOTH) watch.poll(UP, { instance });
  await watch.advance(250);
  watch.probe(1, "ok");
  watch.probe(2, "etcd");
  await watch.advance(100);
  for (const instance of BOTH) watch.poll(UP, { instance });
  await watch.advance(100);
  watch.probe(2, "etcd");
  await watch.advance(100);
  for (const instance of BOTH) watch.poll(UP, { instance });
  return watch;
}

/** A quiet second: both HAProxies answer, both servers too. */
async function advanceOneSecond(
  watch: MonitorHarness,
  answer: "ok" | "etcd",
  rows: readonly StatsRow[] = UP,
): Promise<void> {
  await watch.advance(1_000);
  for (const instance of BOTH) watch.poll(rows, { instance });
  watch.probe(1, "ok");
  watch.probe(2, answer);
}

const onlyIncident = (watch: MonitorHarness): Incident => {
  const [incident, ...others] = watch.monitor.live.incidents();
  expect(others).toEqual([]);
  if (incident === undefined) throw new Error("no incident");
  return incident;
};

describe("a lie behind two HAProxies", () => {
  test("is one incident with two members", async () => {
    const watch = await startFalseUp();
    expect(onlyIncident(watch)).toMatchObject({
      state: "open",
      verdict: "false-up",
      subject: "10.0.0.2:6443",
      sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
      detectionLagMs: null,
    });
    expect(onlyIncident(watch).members.map(({ key }) => key)).toEqual(["lb-1/k8s-api/cp-2", "lb-2/k8s-api/cp-2"]);
    expect(onlyIncident(watch).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("ends ten seconds after it is well again, and keeps its id when it comes back soon", async () => {
    const watch = await startFalseUp();
    const { id } = onlyIncident(watch);
    for (let s = 0; s < 9; s += 1) await advanceOneSecond(watch, "ok");
    expect(onlyIncident(watch).state).toBe("healing");
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(watch, "ok");
    expect(onlyIncident(watch)).toMatchObject({ state: "ended", end: "agreed" });
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(watch, "etcd");
    expect(onlyIncident(watch)).toMatchObject({ id, state: "open", flaps: 1 });
  });

  test("knows how long HAProxy took to agree", async () => {
    const watch = await startFalseUp();
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(watch, "etcd", [UP[0]!, ["cp-2", "DOWN", "L4CON"]]);
    expect(onlyIncident(watch).state).toBe("healing");
    expect(onlyIncident(watch).detectionLagMs).toBeGreaterThan(1_000);
  });

  test("ends at once where the server gets another address", async () => {
    const watch = await startFalseUp();
    await watch.advance(250);
    const moved: StatsRow = ["cp-2", "UP", "L4OK", { address: { kind: "ip", host: "10.0.0.9", port: 6443 } }];
    for (const instance of BOTH) watch.poll([UP[0]!, moved], { instance });
    expect(onlyIncident(watch)).toMatchObject({ state: "ended", end: "address-changed" });
  });

  test("ends at once where the server is gone", async () => {
    const watch = await startFalseUp();
    await watch.advance(250);
    for (const instance of BOTH) watch.poll(UP.slice(0, 1), { instance });
    expect(onlyIncident(watch)).toMatchObject({ state: "ended", end: "removed" });
  });

  test("stays open and frozen while HAProxy is silent", async () => {
    const watch = await startFalseUp();
    await watch.advance(60_000);
    expect(watch.verdictText("cp-2")).toBe("unknown haproxy-stale");
    expect(onlyIncident(watch).state).toBe("open");
  });
});

test("what is only suspected is no incident", async () => {
  const watch = new MonitorHarness();
  watch.poll(UP);
  await watch.advance(250);
  watch.probe(2, "etcd");
  expect(watch.monitor.live.incidents()).toEqual([]);
});
