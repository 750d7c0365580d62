import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Store } from "../../server/contract/store.ts";
import { openStore } from "../../server/store/open-store.ts";
import { StoreSink } from "../../server/store/store-sink.ts";
import { NOTHING_STORED, readStoredState, type StoredState } from "../../server/store/stored-state.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MonitorHarness } from "../support/monitor-harness.ts";
import { UNEXPECTED_FAULTS } from "../support/unexpected-faults.ts";

const LOG = { site: "default", vantage: "here", logId: "00000000-0000-4000-8000-000000000001" };

/** A process with this store, whose server fails until it is confirmed. */
async function run(clock: FakeClock, store: Store, stored: StoredState, isOpenAtStart: boolean): Promise<string> {
  const harness = new MonitorHarness(["lb-1"], 1_000, isOpenAtStart ? { ...stored, clock } : { clock });
  const sink = new StoreSink({
    clock,
    plan: () => ({ outbox: [], timers: [] }),
    onTimersStored: () => {},
    readServer: (key) => harness.monitor.live.server(key),
    listGone: () => [],
    replaceLog: () => LOG.logId,
    onLost: () => {},
    faults: UNEXPECTED_FAULTS,
    onChange: () => {},
  });
  const open = (): void => sink.open(store, { ...LOG, writer: crypto.randomUUID() }, stored);
  if (isOpenAtStart) open();
  harness.monitor.subscribe(sink);
  harness.monitor.start();
  for (let probe = 0; probe < 4; probe += 1) {
    if (probe === 3 && !isOpenAtStart) {
      harness.monitor.restoreLate(stored);
      open();
    }
    harness.poll([["cp-1", "UP", "L4OK"]]);
    await harness.advance(250);
    harness.probe(1, "etcd");
    await harness.advance(250);
  }
  await sink.stop();
  const { phase, since } = harness.server("cp-1");
  expect(phase).toBe("confirmed");
  return since;
}

test.each([
  ["that is open at the start", true],
  ["that opens late", false],
])("the begin of a verdict outlives restarts in a store %s, which keeps it as one", async (_case, isOpenAtStart) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-since-"));
  const clock = new FakeClock(1_000_000);
  const store = await openStore({ kind: "sqlite", directory: folder.path, clock });
  const first = await run(clock, store, NOTHING_STORED, true);
  for (let restart = 0; restart < 2; restart += 1) {
    await clock.advance(60_000);
    const stored = await readStoredState(store, { ...LOG, formerVantage: null }, clock.wall());
    expect(stored.verdicts.map(({ beganAt }) => new Date(beganAt).toISOString())).toEqual([first]);
    expect(await run(clock, store, stored, isOpenAtStart), "since after a restart").toBe(first);
  }
  await store.close();
});
