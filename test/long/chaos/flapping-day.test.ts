import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { MonitorEvent } from "../../../server/contract/event.ts";
import { simulateOneHaproxy } from "../../support/simulator/one-haproxy.ts";
import { SeededRandom } from "../../support/simulator/seeded-random.ts";
import type { Condition } from "../../support/simulator/simulated-machine.ts";
import type { Scenario, Simulation } from "../../support/simulator/simulation.ts";

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** A failure that lasts longer has to be confirmed: an interval, two probes and a poll. */
const DETECTABLE_MS = 15_000;
/** The kept incidents and episodes of the day itself. */
const GROWTH_MAX_MB = 24;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Fails and comes back all day, for moments and for minutes; calls back at the end of each time that it failed. */
function* flapAllDay(
  simulation: Simulation,
  name: string,
  condition: Condition,
  onFailed: (from: number, to: number) => void,
): Scenario {
  const machine = simulation.machines.get(name);
  const random = new SeededRandom(24, name);
  yield 30_000;
  while (simulation.time.now() < HOURS * HOUR_MS - 600_000) {
    const from = simulation.time.now();
    machine?.setCondition(condition);
    yield random.chance(0.2) ? random.between(DETECTABLE_MS, 120_000) : random.between(100, 4_000);
    onFailed(from, simulation.time.now());
    machine?.setCondition("ok");
    yield random.chance(0.2) ? random.between(30_000, 600_000) : random.between(100, 5_000);
  }
}

test("a day of flapping: memory and descriptors stay flat, no false mismatch is confirmed, and no true one is missed", async () => {
  const simulation = simulateOneHaproxy(24, { "seen-1": "L7", "seen-2": "L7", unseen: "L4", steady: "L7" });
  const missed: string[] = [];
  const wrong: string[] = [];
  const opened = { count: 0, ended: 0 };
  let confirmations = 0;
  simulation.monitor.subscribe({
    name: "day",
    apply(event: MonitorEvent) {
      if (event.type === "incident-opened") opened.count += 1;
      if (event.type === "incident-ended") opened.ended += 1;
      if (event.type !== "verdict-changed" || event.to.phase !== "confirmed") return;
      if (event.key.endsWith("/unseen")) confirmations += 1;
      else wrong.push(`${event.key} ${event.to.verdict} at ${simulation.time.now()}`);
    },
  });
  const unseen = () => [...simulation.monitor.live.servers()].find(({ server }) => server === "unseen");
  simulation.startScenario(flapAllDay(simulation, "seen-1", "etcd", () => {}));
  simulation.startScenario(flapAllDay(simulation, "seen-2", "closed", () => {}));
  simulation.startScenario(
    flapAllDay(simulation, "unseen", "etcd", (from, to) => {
      if (to - from >= DETECTABLE_MS && unseen()?.phase !== "confirmed") missed.push(`${from} to ${to}`);
    }),
  );
  const heapMb: number[] = [];
  const files: number[] = [];
  simulation.startScenario(
    (function* measure(): Scenario {
      for (let hour = 0; hour < HOURS; hour += 1) {
        yield HOUR_MS - 1;
        // What the test itself keeps of the history.
        simulation.timeline.verdicts.length = 0;
        simulation.timeline.events.length = 0;
        collectGarbage();
        heapMb.push(process.memoryUsage().heapUsed / 2 ** 20);
        files.push(readdirSync("/proc/self/fd").length);
      }
    })(),
  );
  await simulation.run(HOURS * HOUR_MS);
  console.log(
    `a day: ${confirmations} confirmations, ${opened.count} incidents, heap ${heapMb.map(Math.round).join(" ")} MiB`,
  );
  expect(wrong).toEqual([]);
  expect(missed).toEqual([]);
  expect(confirmations).toBeGreaterThan(100);
  expect(opened.count).toBe(opened.ended);
  for (const { verdict } of simulation.monitor.live.servers()) expect(verdict).toBe("agree-up");
  const [, second = 0] = heapMb;
  expect((heapMb.at(-1) ?? 0) - second).toBeLessThan(GROWTH_MAX_MB);
  expect(Math.max(...files)).toBeLessThanOrEqual((files[0] ?? 0) + 1);
}, 3_600_000);
