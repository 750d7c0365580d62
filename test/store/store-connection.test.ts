import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { Store } from "../../server/contract/store.ts";
import { HaprobeError } from "../../server/errors.ts";
import { StoreConnection } from "../../server/store/store-connection.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A store of which only the methods that are used here exist. */
class OpenedStore {
  closed = 0;
  failure: Error | null = null;

  readonly store = {
    positions: async () => {
      if (this.failure !== null) throw this.failure;
      return [];
    },
    onMoved: () => () => {},
    offerSeries: () => true,
    close: async () => {
      this.closed += 1;
    },
  } as unknown as Store;
}

function setUp(attempts: (Error | OpenedStore | Promise<Store>)[]) {
  const clock = new FakeClock();
  const failures: string[] = [];
  const failedCalls: Error[] = [];
  let opened = 0;
  const connection = new StoreConnection({
    open: async () => {
      const attempt = attempts.shift() ?? new Error("no further attempt is expected");
      if (attempt instanceof Error) throw attempt;
      return attempt instanceof OpenedStore ? attempt.store : attempt;
    },
    clock,
    onOpen: () => (opened += 1),
    onOpenFailure: ({ message }) => failures.push(message),
    onFailedCall: (error) => failedCalls.push(error),
  });
  return { clock, connection, failures, failedCalls, opened: () => opened };
}

const full = new HaprobeError("HAPROBE_STORE_FULL", "the disk is full");

describe("a store that cannot be opened", () => {
  test("is tried again less and less often, and says why until then", async () => {
    const { clock, connection, failures, opened } = setUp([full, full, full, new OpenedStore()]);
    const started = connection.start();
    await clock.advance(0);
    await started;
    await expect(connection.store.positions()).rejects.toBe(full);
    expect(connection.error).toBe(full);
    await clock.advance(BOUNDS.storeOpenMinMs * 3);
    expect(failures).toHaveLength(3);
    await clock.advance(BOUNDS.storeOpenMinMs * 4);
    expect(opened()).toBe(1);
    expect(connection.error).toBeNull();
    expect(await connection.store.positions()).toEqual([]);
  });

  test("does not hold up a start for longer than its deadline, and is used when it is open", async () => {
    const late = Promise.withResolvers<Store>();
    const { clock, connection } = setUp([late.promise]);
    const started = connection.start();
    await clock.advance(BOUNDS.storeOpenTimeoutMs);
    await started;
    expect(connection.error).not.toBeNull();
    late.resolve(new OpenedStore().store);
    await clock.advance(0);
    expect(connection.error).toBeNull();
  });

  test("is closed where it opens after the end", async () => {
    const late = Promise.withResolvers<Store>();
    const opened = new OpenedStore();
    const { clock, connection } = setUp([late.promise]);
    void connection.start();
    const closed = connection.close();
    await clock.advance(BOUNDS.storeOpenTimeoutMs);
    await closed;
    late.resolve(opened.store);
    await clock.advance(0);
    expect(opened.closed).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe("an open store", () => {
  test("reports an error that no code explains, since the caller only sees that the store cannot be used", async () => {
    const first = new OpenedStore();
    const { clock, connection, failedCalls } = setUp([first]);
    void connection.start();
    await clock.advance(0);
    const [failed, other] = ["table", "column"].map((what) => new HaprobeError("HAPROBE_STORE_FAILED", `no ${what}`));
    for (const failure of [full, failed, failed, other, failed]) {
      first.failure = failure ?? null;
      await expect(connection.store.positions()).rejects.toBe(failure);
    }
    expect(failedCalls).toEqual([failed, other, failed]);
    const closing = connection.close();
    first.failure = other ?? null;
    await expect(connection.store.positions()).rejects.toBe(other);
    await closing;
    expect(failedCalls).toHaveLength(3);
  });

  test("is opened anew after its thread has failed, and not after any other error", async () => {
    const [first, second] = [new OpenedStore(), new OpenedStore()];
    const { clock, connection, opened } = setUp([first, second]);
    void connection.start();
    await clock.advance(0);
    for (const failure of [full, new HaprobeError("HAPROBE_STORE_FAILED", "no such table"), new Error("a fault")]) {
      first.failure = failure;
      await expect(connection.store.positions()).rejects.toBe(failure);
      expect(first.closed).toBe(0);
    }
    first.failure = new HaprobeError("HAPROBE_STORE_ENDED", "the store's thread has ended");
    await expect(connection.store.positions()).rejects.toThrow("thread has ended");
    await clock.advance(0);
    expect(first.closed).toBe(1);
    expect(opened()).toBe(2);
    expect(await connection.store.positions()).toEqual([]);
    await connection.close();
    expect(second.closed).toBe(1);
    expect(clock.pending).toBe(0);
  });
});
