import { expect, test } from "vitest";
import { MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";

test("a chain of tracked servers is read once for each poll, however often the servers at its end are judged", () => {
  const harness = new MonitorHarness();
  const chain = Array.from({ length: 10 }, (_, place): StatsRow => {
    return [`cp-${place}`, "UP", "", place === 0 ? {} : { tracked: `k8s-api/cp-${place - 1}` }];
  });
  const snapshot = harness.snapshot(chain);
  let reads = 0;
  const middle = snapshot.servers[5];
  const { tracked } = middle ?? {};
  Object.defineProperty(middle, "tracked", { get: () => ((reads += 1), tracked) });
  void harness.monitor.acceptSnapshot(snapshot, 1_000);
  reads = 0;
  for (let probe = 0; probe < 100; probe += 1) harness.probe(10, "ok");
  expect(harness.server("cp-9").haproxy.tracked).toBe("k8s-api/cp-8");
  expect(reads).toBe(0);
});

test("a server that tracks another one than before follows its check from that poll on", () => {
  const harness = new MonitorHarness();
  const poll = (tracked: string): void => {
    harness.clock.spend(1_000);
    harness.poll([
      ["cp-1", "UP", "L7OK"],
      ["cp-2", "UP", "L4OK"],
      ["cp-3", "UP", "", { tracked }],
    ]);
  };
  poll("k8s-api/cp-1");
  expect(harness.server("cp-3").haproxy.depth).toBe("application");
  poll("k8s-api/cp-2");
  expect(harness.server("cp-3").haproxy.depth).toBe("connection");
  poll("k8s-api/gone");
  expect(harness.server("cp-3").haproxy.depth).toBeNull();
});
