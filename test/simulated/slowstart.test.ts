import { expect, test } from "vitest";
import { SimulatedCheck } from "../support/simulator/simulated-check.ts";
import type { ConnectionOutcome } from "../support/simulator/simulated-machine.ts";
import { VirtualTime } from "../support/simulator/virtual-time.ts";

const ACCEPTS: ConnectionOutcome = { stage: "answer", kind: "answered", httpStatus: 200, failing: [], tookMs: 1 };
const REFUSES: ConnectionOutcome = { stage: "connect", kind: "refused", httpStatus: null, failing: [], tookMs: 0.1 };

/**
 * `weight` of a server with `weight 100 check inter 200ms rise 1 fall 1 slowstart 10s`, second by second after it came up, as
 * HAProxy 2.6.12 showed it (the second sample fell between two polls). Its status was UP all the while.
 */
const MEASURED = [7, null, 25, 32, 44, 57, 63, 75, 82, 94, 100];

test("in a slowstart the simulated weight rises as the real one did", async () => {
  const time = new VirtualTime();
  let meeting = REFUSES;
  const settings = { depth: "L4", interMs: 200, rise: 1, fall: 1, timeoutMs: 1_000, connectMs: 1_000 } as const;
  const check = new SimulatedCheck(
    { ...settings, slowstartMs: 10_000 },
    (ms, run) => time.at(time.now() + ms, run),
    () => meeting,
  );
  check.schedule(0);
  await time.runUntil(1_000);
  expect(check.health).toBe(0);
  meeting = ACCEPTS;
  while (check.health === 0) await time.runUntil(time.now() + 1);
  const cameUpAt = time.now();
  const shown: number[] = [];
  for (let s = 0; s <= 10; s += 1) {
    await time.runUntil(cameUpAt + s * 1_000 + 100);
    shown.push(Math.ceil(100 * check.slowstartFactor));
  }
  expect(shown.map((weight, s) => (MEASURED[s] === null ? null : weight))).toEqual(MEASURED);
  expect(check.status).toBe("L4OK");
  check.stop();
});
