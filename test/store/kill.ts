import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { Store } from "../../server/contract/store.ts";
import { openStore, type StoreLocation } from "../../server/store/open-store.ts";
import { EVENTS_PER_BATCH, numberedBatch, SERVERS } from "./numbered-batches.ts";
import { incident, T0 } from "./sample-batches.ts";

const PROCESS = join(import.meta.dirname, "committing-process.ts");

/**
 * Kills a process that commits, `rounds` times at random moments, and compares the database with what was acknowledged.
 * Returns how many batches there are in the end.
 */
export async function killWhileCommitting(location: StoreLocation, rounds: number): Promise<number> {
  let acknowledged = 0;
  for (let round = 0; round < rounds; round += 1) {
    const child = spawn(process.execPath, [PROCESS, JSON.stringify(location)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => (acknowledged = Number(line)));
    const began = await Promise.race([once(lines, "line"), exited.then(() => null)]);
    if (began === null) throw new Error("the process ended by itself");
    await pause(Math.random() * 200);
    child.kill("SIGKILL");
    await exited;
    const store = await openStore(location);
    acknowledged = await expectWholeBatches(store, acknowledged);
    await store.close();
  }
  return acknowledged;
}

/** Fails where a batch that was acknowledged is missing, or one is there in part or twice. Returns how many there are. */
async function expectWholeBatches(store: Store, acknowledged: number): Promise<number> {
  const [position] = await store.positions();
  const count = (position?.lastSeq ?? 0) / EVENTS_PER_BATCH;
  expect(count).toBeGreaterThanOrEqual(acknowledged);
  expect(count).toBe(Math.floor(count));
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  for (const server of SERVERS) {
    const strip = await store.strip({ server, from: T0, to: T0 + 1_000_000, atMost: 1_000_000 });
    expect(strip.map(({ at }) => at - T0)).toEqual(numbers);
  }
  const record = await store.incident(incident().id);
  if (count > 0) expect(record).toEqual(numberedBatch(count).incidents[0]!.record);
  expect(await store.outboxBacklog()).toMatchObject({ waiting: count });
  return count;
}
