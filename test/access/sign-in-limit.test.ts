import { describe, expect, test } from "vitest";
import { SignInLimit } from "../../server/access/sign-in-limit.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { FakeClock } from "../support/fake-clock.ts";

function takeAll(limit: SignInLimit, keys: readonly string[]): void {
  for (let taken = 0; taken < BOUNDS.signInAttemptsMax; taken += 1) expect(limit.take(keys)).toBe(0);
}

describe("failed sign-ins", () => {
  test("are limited by each key: a user from many clients, and a client with many users", () => {
    const limit = new SignInLimit(new FakeClock());
    takeAll(limit, ["user mara", "client 10.0.0.1"]);
    expect(limit.take(["user mara", "client 10.0.0.2"])).toBe(BOUNDS.signInAttemptEveryMs);
    expect(limit.take(["user otto", "client 10.0.0.1"])).toBe(BOUNDS.signInAttemptEveryMs);
    expect(limit.take(["user otto", "client 10.0.0.2"])).toBe(0);
  });

  test("have one more attempt after a while, and all of them after a long one", async () => {
    const clock = new FakeClock();
    const limit = new SignInLimit(clock);
    takeAll(limit, ["user mara"]);
    await clock.advance(BOUNDS.signInAttemptEveryMs);
    expect(limit.take(["user mara"])).toBe(0);
    expect(limit.take(["user mara"])).toBeGreaterThan(0);
    await clock.advance(BOUNDS.signInAttemptEveryMs * BOUNDS.signInAttemptsMax);
    takeAll(limit, ["user mara"]);
  });

  test("do not count where the sign-in succeeded", () => {
    const limit = new SignInLimit(new FakeClock());
    for (let taken = 0; taken < 100; taken += 1) {
      expect(limit.take(["user mara"])).toBe(0);
      limit.giveBack(["user mara"]);
    }
    expect(limit.size).toBe(0);
  });

  test("are remembered of a bounded number of keys, the latest ones", () => {
    const limit = new SignInLimit(new FakeClock());
    for (let key = 0; key <= BOUNDS.signInKeysMax; key += 1) limit.take([`user ${key}`]);
    expect(limit.size).toBe(BOUNDS.signInKeysMax);
  });
});
