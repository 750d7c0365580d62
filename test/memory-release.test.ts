import { describe, expect, test } from "vitest";
import { BOUNDS } from "../server/bounds.ts";
import { startMemoryRelease } from "../server/memory-release.ts";
import { FakeClock } from "./support/fake-clock.ts";

const MB = 1_048_576;
const CHECK_MS = BOUNDS.memoryCheckEveryMs;

/** A process with this much memory and so many servers; a collection leaves it with `live` bytes. */
class MemoryHarness {
  readonly clock = new FakeClock();
  rss = 100 * MB;
  live = 100 * MB;
  servers = 10;
  collections = 0;
  readonly stop = startMemoryRelease({
    clock: this.clock,
    servers: () => this.servers,
    rss: () => this.rss,
    collect: () => {
      this.collections += 1;
      this.rss = this.live;
    },
  });
}

describe("memory is released", () => {
  test("that a burst has left, and not while it is of no use", async () => {
    const harness = new MemoryHarness();
    await harness.clock.advance(10 * CHECK_MS);
    expect(harness.collections).toBe(0);
    harness.rss = 300 * MB;
    await harness.clock.advance(2 * CHECK_MS);
    expect([harness.collections, harness.rss]).toEqual([1, 100 * MB]);
    await harness.clock.advance(100 * CHECK_MS);
    expect(harness.collections).toBe(1);
  });

  test("once the servers that needed it are gone", async () => {
    const harness = new MemoryHarness();
    await harness.clock.advance(CHECK_MS);
    [harness.servers, harness.rss] = [25_000, 290 * MB];
    await harness.clock.advance(10 * CHECK_MS);
    expect(harness.collections).toBe(0);
    harness.servers = 10;
    await harness.clock.advance(2 * CHECK_MS);
    expect([harness.collections, harness.rss]).toEqual([1, 100 * MB]);
  });

  test("that came at once after the start", async () => {
    const harness = new MemoryHarness();
    [harness.servers, harness.rss] = [4_000, 220 * MB];
    await harness.clock.advance(2 * CHECK_MS);
    harness.servers = 10;
    await harness.clock.advance(2 * CHECK_MS);
    expect(harness.rss).toBe(100 * MB);
  });

  test("once servers are gone, however often collecting did not help before", async () => {
    const harness = new MemoryHarness();
    await harness.clock.advance(CHECK_MS);
    [harness.servers, harness.rss, harness.live] = [25_000, 400 * MB, 390 * MB];
    await harness.clock.advance(3_600_000);
    [harness.servers, harness.live] = [10, 100 * MB];
    await harness.clock.advance(2 * CHECK_MS);
    expect(harness.rss).toBe(100 * MB);
  });

  test("less and less often where collecting does not help", async () => {
    const harness = new MemoryHarness();
    await harness.clock.advance(CHECK_MS);
    [harness.rss, harness.live] = [300 * MB, 290 * MB];
    await harness.clock.advance(3_600_000);
    expect(harness.collections).toBeLessThan(15);
    harness.live = 100 * MB;
    await harness.clock.advance(BOUNDS.memoryReleaseMaxMs);
    expect(harness.rss).toBe(100 * MB);
    harness.stop();
    expect(harness.clock.pending).toBe(0);
  });
});

test("the real collection frees what is no longer referenced", async () => {
  const clock = new FakeClock();
  let isFreed = false;
  const registry = new FinalizationRegistry(() => (isFreed = true));
  registry.register({ large: new Array(1_000) }, null);
  let rss = 0;
  const stop = startMemoryRelease({ clock, servers: () => 0, rss: () => (rss += 100 * MB) });
  await clock.advance(3 * CHECK_MS);
  await expect.poll(() => isFreed).toBe(true);
  stop();
});
