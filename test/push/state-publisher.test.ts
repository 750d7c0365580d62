import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { DeltaMessage } from "../../server/contract/status.ts";
import { createStatePublisher, type StatePublisher } from "../../server/push/state-publisher.ts";
import { createFilteredStream } from "../../server/push/stream-filter.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FALSE_UP, FakeFleet, makeServerKeys, makeServerStatus, StreamReplica } from "./fake-fleet.ts";

const NAMES = ["lb-1/a/s-0", "lb-1/a/s-1", "lb-1/b/x/s-0", "lb-2/a/s-0", "lb-2/a/s-1", "lb-3/c/s-9"];

type Step =
  | { do: "set"; key: string; isMismatch: boolean; weight: number }
  | { do: "remove"; key: string }
  | { do: "tick"; key: string; total: number }
  | { do: "instance"; name: string; failing: boolean }
  | { do: "remove-instance"; name: string }
  | { do: "wait"; ms: number }
  | { do: "join" };

const key = fc.constantFrom(...NAMES);
const name = fc.constantFrom("lb-1", "lb-2", "lb-3");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key, isMismatch: fc.boolean(), weight: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ do: fc.constant("remove" as const), key }),
  fc.record({ do: fc.constant("tick" as const), key, total: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constant("instance" as const), name, failing: fc.boolean() }),
  fc.record({ do: fc.constant("remove-instance" as const), name }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 30, 100, 250, 1_000) }),
  fc.record({ do: fc.constant("join" as const) }),
);

async function applyStep(fleet: FakeFleet, clock: FakeClock, one: Step): Promise<void> {
  const { haproxy } = makeServerStatus("a/b/c");
  if (one.do === "set") {
    fleet.set(one.key, { ...(one.isMismatch ? FALSE_UP : {}), haproxy: { ...haproxy, weight: one.weight } });
  }
  if (one.do === "remove") fleet.remove(one.key);
  if (one.do === "tick") fleet.setSessionsTotal(one.key, one.total);
  if (one.do === "instance") fleet.setInstance(one.name, { state: one.failing ? "failing" : "ok" });
  if (one.do === "remove-instance") fleet.removeInstance(one.name);
  if (one.do === "wait") await clock.advance(one.ms);
}

describe("the protocol", () => {
  test("a snapshot with every later delta applied equals snapshot() at each seq, from any start", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 300 }), async (steps) => {
        const clock = new FakeClock();
        const fleet = new FakeFleet(NAMES.slice(0, 3));
        const publisher = createStatePublisher({
          live: fleet,
          changes: fleet,
          clock,
          epoch: "e-1",
          faults: UNEXPECTED_FAULTS,
        });
        const replicas: StreamReplica[] = [];
        const join = (): void => {
          const replica = new StreamReplica(publisher.snapshot());
          replicas.push(replica);
          publisher.subscribe((delta) => {
            replica.apply(delta);
            expect(replica.comparableState()).toEqual(new StreamReplica(publisher.snapshot()).comparableState());
          });
        };
        join();
        for (const one of steps) {
          if (one.do === "join") join();
          else await applyStep(fleet, clock, one);
        }
        await clock.advance(2_000);
        // At rest the published state equals the live one, counters included.
        const atRest = publisher.snapshot();
        const truth = {
          ...atRest,
          servers: [...fleet.servers()],
          instances: fleet.instances(),
          summary: fleet.summary(),
        };
        const expected = new StreamReplica(truth).comparableState();
        for (const replica of [...replicas, new StreamReplica(atRest)])
          expect(replica.comparableState()).toEqual(expected);
        publisher.stop();
        expect(clock.pending).toBe(0);
        expect(fleet.listenerCount).toBe(0);
      }),
      { numRuns: 40, seed: 20_261_122 },
    );
  });
});

describe("a filtered stream", () => {
  const filters = [
    { mismatchesOnly: true, instances: null },
    { mismatchesOnly: false, instances: new Set(["lb-1"]) },
    { mismatchesOnly: true, instances: new Set(["lb-1", "lb-3"]) },
  ];

  test("equals the filtered snapshot at each seq", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 50, maxLength: 200 }),
        fc.constantFrom(...filters),
        async (steps, filter) => {
          const clock = new FakeClock();
          const fleet = new FakeFleet(NAMES);
          const publisher = createStatePublisher({
            live: fleet,
            changes: fleet,
            clock,
            epoch: "e-1",
            faults: UNEXPECTED_FAULTS,
          });
          const view = createFilteredStream(filter, publisher.snapshot());
          const replicas = [new StreamReplica(view.filterSnapshot(publisher.snapshot()))];
          publisher.subscribe((full) => {
            const delta = view.filterDelta(full);
            const expected = new StreamReplica(view.filterSnapshot(publisher.snapshot())).comparableState();
            for (const replica of replicas) {
              replica.apply(delta);
              expect(replica.comparableState()).toEqual(expected);
            }
          });
          for (const one of steps) {
            if (one.do === "join") replicas.push(new StreamReplica(view.filterSnapshot(publisher.snapshot())));
            else await applyStep(fleet, clock, one);
          }
          publisher.stop();
        },
      ),
      { numRuns: 40, seed: 20_261_122 },
    );
  });
});

describe("batching", () => {
  test("the first change after a silence is sent with those of the next 20 ms, as complete objects with the next seq", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(3));
    fleet.set("lb-1/web/s-0", FALSE_UP);
    fleet.set("lb-1/web/s-0", { ...FALSE_UP, sentence: "another" });
    await clock.advance(15);
    fleet.set("lb-1/web/s-9");
    fleet.remove("lb-1/web/s-1");
    await clock.advance(4);
    expect(deltas).toEqual([]);
    await clock.advance(1);
    expect(deltas).toEqual([
      {
        type: "delta",
        version: 1,
        epoch: "e-1",
        seq: 1,
        servers: [
          makeServerStatus("lb-1/web/s-0", { ...FALSE_UP, sentence: "another" }),
          makeServerStatus("lb-1/web/s-9"),
        ],
        removed: ["lb-1/web/s-1"],
        instances: [],
        removedInstances: [],
        summary: fleet.summary(),
      },
    ]);
  });

  test("continuous changes become one delta every 100 ms, after three at once", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(100));
    for (let ms = 0; ms < 1_000; ms += 10) {
      fleet.set(`lb-1/web/s-${ms / 10}`, FALSE_UP);
      await clock.advance(10);
    }
    expect(deltas.map((delta) => delta.servers.length)).toEqual([2, 2, 2, 6, 10, 10, 10, 10, 10, 10, 10, 10]);
  });

  test("the second and third change after a silence are sent as soon as the first, the fourth waits for its turn", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(4));
    for (const [index, each] of makeServerKeys(4).entries()) {
      fleet.set(each, FALSE_UP);
      await clock.advance(BOUNDS.publishCoalesceMs);
      expect(deltas).toHaveLength(Math.min(index + 1, BOUNDS.publishBurst));
    }
    await clock.advance(BOUNDS.publishEveryMs);
    expect(deltas).toHaveLength(4);
  });

  test("a change does not wait for counters that are about to be sent", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(1));
    fleet.setSessionsTotal("lb-1/web/s-0", 7);
    await clock.advance(1_010);
    fleet.set("lb-1/web/s-0", FALSE_UP);
    await clock.advance(20);
    expect(deltas.map((delta) => delta.servers.length)).toEqual([1]);
  });

  test("a server that changed and changed back, or came and went, is not sent", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(2));
    fleet.set("lb-1/web/s-0", FALSE_UP);
    fleet.set("lb-1/web/s-0");
    fleet.set("lb-1/web/new");
    fleet.remove("lb-1/web/new");
    await clock.advance(100);
    expect(deltas).toEqual([]);
  });

  test("without changes the only timer is the sweep of once a second", async () => {
    const { clock } = await startPublisher(makeServerKeys(2));
    await clock.advance(500);
    expect(clock.pending).toBe(1);
  });

  test("a delta has changed instances and the names of removed ones", async () => {
    const { fleet, clock, deltas } = await startPublisher(["lb-1/web/s-0", "lb-2/web/s-0"]);
    fleet.setInstance("lb-1", { state: "failing" });
    fleet.removeInstance("lb-2");
    await clock.advance(100);
    expect(deltas).toHaveLength(1);
    expect(deltas[0]).toMatchObject({ removedInstances: ["lb-2"], instances: [{ name: "lb-1", state: "failing" }] });
  });

  test("changed rows beyond the bound of a delta follow in the next ones", async () => {
    const many = makeServerKeys(BOUNDS.deltaRowsMax + 1);
    const { fleet, clock, deltas } = await startPublisher(many);
    for (const each of many) fleet.set(each, FALSE_UP);
    await clock.advance(200);
    expect(deltas.map((delta) => [delta.seq, delta.servers.length])).toEqual([
      [1, BOUNDS.deltaRowsMax],
      [2, 1],
    ]);
  });

  test("very many servers are counted in several turns of the event loop, and again after a multiple of the time that took", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(10));
    const countedAt: number[] = [];
    fleet.summaryInSteps = function* () {
      countedAt.push(clock.now());
      for (let n = 0; n < 10; n += 1) {
        clock.spend(1);
        yield;
      }
      return fleet.summary();
    };
    const [first = "", second = ""] = fleet.keys();
    fleet.set(first, FALSE_UP);
    await clock.advance(BOUNDS.publishCoalesceMs);
    let turns = 0;
    for (; deltas.length === 0; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(turns).toBeGreaterThan(0);
    fleet.set(second, FALSE_UP);
    await clock.advance(150);
    expect(deltas.map(({ summary }) => summary.verdicts["false-up"])).toEqual([1, 1]);
    for (let n = 0; n < 20; n += 1) {
      await clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(deltas.at(-1)?.summary.verdicts["false-up"]).toBe(2);
    const [before = 0, after = 0] = countedAt;
    expect(countedAt).toHaveLength(2);
    expect(after - before).toBeGreaterThanOrEqual(10 * BOUNDS.summaryPauseFactor);
  });

  test("many changed rows are read in several turns of the event loop, and one that changes again meanwhile is not lost", async () => {
    const many = makeServerKeys(100);
    const { fleet, clock, deltas } = await startPublisher(many);
    const readRow = fleet.server.bind(fleet);
    let read = 0;
    fleet.server = (each) => {
      read += 1;
      clock.spend(1);
      return readRow(each);
    };
    const perTurn = [0];
    let isOver = false;
    const onTurn = (): void => {
      perTurn.push(read);
      if (read >= 40 && read < 100) fleet.set(many[0] ?? "", { ...FALSE_UP, sentence: "again" });
      if (!isOver) setImmediate(onTurn);
    };
    for (const each of many) fleet.set(each, FALSE_UP);
    setImmediate(onTurn);
    await clock.advance(BOUNDS.publishCoalesceMs);
    while (read < many.length) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(500);
    isOver = true;
    expect(Math.max(...perTurn.map((sum, turn) => sum - (perTurn[turn - 1] ?? 0)))).toBeLessThanOrEqual(
      many.length / 2,
    );
    const sent = deltas.flatMap(({ servers }) => servers);
    expect(new Set(sent.map((row) => row.key)).size).toBe(100);
    expect(sent.findLast((row) => row.key === many[0])?.sentence).toBe("again");
  });

  test("after stop nothing is sent and no timer is left", async () => {
    const { fleet, clock, deltas, publisher } = await startPublisher(makeServerKeys(1));
    fleet.set("lb-1/web/s-0", FALSE_UP);
    publisher.stop();
    await clock.advance(5_000);
    expect(deltas).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe("moving counters", () => {
  test("of rows with a mismatch are refreshed every second", async () => {
    const { fleet, clock, deltas } = await startPublisher(makeServerKeys(100), { "lb-1/web/s-42": FALSE_UP });
    for (let second = 1; second <= 3; second++) {
      fleet.setSessionsTotal("lb-1/web/s-42", 1_000 + second);
      await clock.advance(1_100);
    }
    expect(deltas.map((delta) => delta.servers.map((each) => each.haproxy.sessionsTotal))).toEqual([
      [1_001],
      [1_002],
      [1_003],
    ]);
  });

  test("of the others at most 20 a second, in turn until all are refreshed", async () => {
    const all = makeServerKeys(50);
    const { fleet, clock, deltas } = await startPublisher(all);
    for (const each of all) fleet.setSessionsTotal(each, 999);
    await clock.advance(3_200);
    expect(deltas.map((delta) => delta.servers.length)).toEqual([20, 20, 10]);
    expect(new Set(deltas.flatMap((delta) => delta.servers.map((each) => each.key)))).toEqual(new Set(all));
  });

  test("of a whole fleet of mismatches make deltas of bounded size", async () => {
    const all = makeServerKeys(BOUNDS.tickingMismatchRowsPerSecond + 50);
    const lies = Object.fromEntries(all.map((each) => [each, FALSE_UP]));
    const { fleet, clock, deltas } = await startPublisher(all, lies);
    for (const each of all) fleet.setSessionsTotal(each, 999);
    await clock.advance(1_300);
    const { deltaRowsMax, tickingMismatchRowsPerSecond } = BOUNDS;
    expect(deltas.map((delta) => delta.servers.length)).toEqual([
      deltaRowsMax,
      tickingMismatchRowsPerSecond - deltaRowsMax,
    ]);
  });
});

describe("the snapshot", () => {
  test("is one object for each seq, in the live order, also after a server is inserted", async () => {
    const { fleet, clock, publisher } = await startPublisher([]);
    for (const each of ["lb-1/a/s-2", "lb-1/a/s-1", "lb-2/a/s-0"]) fleet.set(each);
    await clock.advance(100);
    expect(publisher.snapshot().servers.map((each) => each.key)).toEqual(["lb-1/a/s-2", "lb-1/a/s-1", "lb-2/a/s-0"]);
    expect(publisher.snapshot()).toBe(publisher.snapshot());

    const last = fleet.rows.get("lb-2/a/s-0");
    fleet.rows.delete("lb-2/a/s-0");
    fleet.set("lb-1/a/s-3");
    if (last) fleet.rows.set(last.key, last);
    await clock.advance(100);
    expect(publisher.snapshot().servers.map((each) => each.key)).toEqual([
      "lb-1/a/s-2",
      "lb-1/a/s-1",
      "lb-1/a/s-3",
      "lb-2/a/s-0",
    ]);
  });

  test("has only published changes", async () => {
    const { fleet, publisher } = await startPublisher(makeServerKeys(1));
    fleet.set("lb-1/web/s-0", FALSE_UP);
    fleet.set("lb-1/web/s-1");
    expect(publisher.snapshot().servers).toEqual([makeServerStatus("lb-1/web/s-0")]);
    expect(publisher.snapshot().seq).toBe(0);
  });

  test("is rendered once for all clients", async () => {
    const { publisher } = await startPublisher(makeServerKeys(1));
    const snapshot = publisher.snapshot();
    expect(publisher.toJsonBytes(snapshot)).toBe(publisher.toJsonBytes(snapshot));
    expect(JSON.parse(String(publisher.toJsonBytes(snapshot)))).toEqual(snapshot);
  });
});

async function startPublisher(
  all: readonly string[],
  special: Record<string, Parameters<typeof makeServerStatus>[1]> = {},
): Promise<{ fleet: FakeFleet; clock: FakeClock; publisher: StatePublisher; deltas: DeltaMessage[] }> {
  const clock = new FakeClock();
  const fleet = new FakeFleet(all);
  for (const [each, fields] of Object.entries(special)) fleet.set(each, fields);
  const publisher = createStatePublisher({
    live: fleet,
    changes: fleet,
    clock,
    epoch: "e-1",
    faults: UNEXPECTED_FAULTS,
  });
  const deltas: DeltaMessage[] = [];
  publisher.subscribe((delta) => deltas.push(delta));
  return { fleet, clock, publisher, deltas };
}
