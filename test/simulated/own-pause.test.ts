import { expect, test } from "vitest";
import type { MonitorEvent } from "../../server/contract/event.ts";
import { simulateOneHaproxy } from "../support/simulator/one-haproxy.ts";
import type { Scenario } from "../support/simulator/simulation.ts";

const PAUSE_MS = 30_000;
test("our process stands still for 30 s: what began meanwhile is confirmed once, what came and went is not, and the pause is one event", async () => {
  const simulation = simulateOneHaproxy(18, { lasting: "L4", passing: "L4", noticed: "L7", well: "L7" });
  const confirmed: string[] = [];
  const pauses: number[] = [];
  const incidents = { opened: 0, ended: 0 };
  simulation.monitor.subscribe({
    name: "pause",
    apply(event: MonitorEvent) {
      if (event.type === "paused") pauses.push(event.forMs);
      if (event.type === "incident-opened") incidents.opened += 1;
      if (event.type === "incident-ended") incidents.ended += 1;
      if (event.type === "verdict-changed" && event.to.phase === "confirmed") confirmed.push(event.key);
    },
  });
  const set = (name: string, condition: "etcd" | "ok") => simulation.machines.get(name)?.setCondition(condition);
  simulation.startScenario(
    (function* standStill(): Scenario {
      yield 30_000;
      simulation.haprobe.pause(PAUSE_MS);
      for (const name of ["lasting", "passing", "noticed"]) set(name, "etcd");
      yield PAUSE_MS / 2;
      set("passing", "ok");
      yield PAUSE_MS / 2 + 20_000;
      expect(confirmed.map((key) => key.split("/").at(-1))).toEqual(["lasting"]);
      set("lasting", "ok");
      set("noticed", "ok");
    })(),
  );
  await simulation.run(180_000);
  expect(pauses).toEqual([expect.closeTo(PAUSE_MS, -3)]);
  expect(confirmed).toHaveLength(1);
  expect(incidents).toEqual({ opened: 1, ended: 1 });
  for (const { verdict } of simulation.monitor.live.servers()) expect(verdict).toBe("agree-up");
});
