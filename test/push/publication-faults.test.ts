import { expect, test } from "vitest";
import type { InternalFault } from "../../server/contract/ports.ts";
import type { ServerStatus } from "../../server/contract/status.ts";
import { createStatePublisher, type StatePublisher } from "../../server/push/state-publisher.ts";
import { FALSE_UP, FakeFleet, makeServerKeys } from "./fake-fleet.ts";
import { startPushServer } from "./push-server.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A fleet in which reading one row throws. */
class BrokenFleet extends FakeFleet {
  brokenKey: string | null = null;

  override server(key: string): ServerStatus | null {
    if (key === this.brokenKey) throw new RangeError("Invalid time value");
    return super.server(key);
  }
}

function start(fleet: FakeFleet): { publisher: StatePublisher; clock: FakeClock; faults: InternalFault[] } {
  const clock = new FakeClock();
  const faults: InternalFault[] = [];
  const reporter = { recordFault: (fault: InternalFault) => void faults.push(fault), recordSinkDrop: () => {} };
  const publisher = createStatePublisher({ live: fleet, changes: fleet, clock, epoch: "e-1", faults: reporter });
  return { publisher, clock, faults };
}

test("a row that cannot be made keeps its last state and delays no other row", async () => {
  const fleet = new BrokenFleet(makeServerKeys(2));
  const { publisher, clock, faults } = start(fleet);
  fleet.brokenKey = "lb-1/web/s-0";
  fleet.set("lb-1/web/s-0", FALSE_UP);
  fleet.set("lb-1/web/s-1", FALSE_UP);
  await clock.advance(200);
  expect(publisher.snapshot().servers.map(({ verdict }) => verdict)).toEqual(["agree-up", "false-up"]);
  expect(faults).toMatchObject([{ part: "server", name: "lb-1/web/s-0" }]);
  fleet.brokenKey = null;
  fleet.set("lb-1/web/s-0", FALSE_UP);
  await clock.advance(200);
  expect(publisher.snapshot().servers.map(({ verdict }) => verdict)).toEqual(["false-up", "false-up"]);
  publisher.stop();
});

test("a subscriber that throws is counted, and the others get every delta", async () => {
  const fleet = new FakeFleet(makeServerKeys(1));
  const { publisher, clock, faults } = start(fleet);
  const seqs: number[] = [];
  publisher.subscribe(() => {
    throw new Error("broken subscriber");
  });
  publisher.subscribe(({ seq }) => void seqs.push(seq));
  for (const change of [FALSE_UP, {}]) {
    fleet.set("lb-1/web/s-0", change);
    await clock.advance(500);
  }
  expect(seqs).toEqual([1, 2]);
  expect(faults.map(({ part }) => part)).toEqual(["publication", "publication"]);
  publisher.stop();
});

test("a snapshot that cannot be made closes that stream and is counted", async () => {
  const fleet = new FakeFleet(makeServerKeys(1));
  const faults: InternalFault[] = [];
  const reporter = { recordFault: (fault: InternalFault) => void faults.push(fault), recordSinkDrop: () => {} };
  const unreadable = {
    toJSON: () => {
      throw new RangeError("Invalid time value");
    },
  };
  fleet.set("lb-1/web/s-0", { probe: unreadable as never });
  await using server = await startPushServer(fleet, { faults: reporter });
  expect(await server.stream().closed).toBe(1011);
  expect(faults).toMatchObject([{ part: "publication" }]);
});
