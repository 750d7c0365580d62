import { describe, expect, test } from "vitest";
import { Quota } from "../../server/access/quota.ts";
import { SendingBytes } from "../../server/access/sending-bytes.ts";

describe("a quota", () => {
  test("gives one address at most half, and the rest to others", () => {
    const quota = new Quota(4);
    expect([quota.tryTake("a"), quota.tryTake("a")]).not.toContain(null);
    expect(quota.tryTake("a")).toBeNull();
    expect([quota.tryTake("b"), quota.tryTake("b")]).not.toContain(null);
    expect(quota.tryTake("c")).toBeNull();
    expect(quota.used).toBe(4);
  });

  test.each([
    ["2001:db8:1:2::1", "2001:db8:1:2:aaaa:bbbb:cccc:dddd", true],
    ["2001:db8::1", "2001:db8:0:0:1:2:3:4", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["::ffff:10.0.0.1", "10.0.0.1", true],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
    ["fe80::1%eth0", "fe80::2%eth0", false],
  ])("counts %s and %s as one client: %s", (first, second, isOneClient) => {
    const quota = new Quota(2);
    quota.tryTake(first);
    expect(quota.tryTake(second) === null).toBe(isOneClient);
  });

  test("gets back what is released, once", () => {
    const quota = new Quota(2);
    const release = quota.tryTake("a");
    expect(quota.tryTake("a")).toBeNull();
    release?.();
    release?.();
    expect(quota.used).toBe(0);
    expect(quota.tryTake("a")).not.toBeNull();
  });

  test("grants an amount above its limit where nothing else is in use", () => {
    const quota = new Quota(100);
    const release = quota.tryTake("a", 1_000);
    expect(release).not.toBeNull();
    expect([quota.tryTake("a", 1), quota.tryTake("b", 1)]).toEqual([null, null]);
    release?.();
    expect(quota.tryTake("b", 1)).not.toBeNull();
  });
});

describe("the bytes being sent", () => {
  test("count a body once for all clients that get it, until the last one has it", () => {
    const sending = new SendingBytes(100);
    const body = new Uint8Array(40);
    const releases = ["a", "a", "b"].map((address) => sending.tryTake(address, body));
    expect(sending.used).toBe(40);
    releases[0]?.();
    releases[0]?.();
    releases[1]?.();
    expect(sending.used).toBe(40);
    releases[2]?.();
    expect(sending.used).toBe(0);
  });

  test("of further bodies are refused beyond the limit of an address and of all", () => {
    const sending = new SendingBytes(100);
    const bodies = Array.from({ length: 4 }, () => new Uint8Array(30));
    const granted = ["a", "a", "b", "c"].map((address, index) => sending.tryTake(address, bodies[index]!) !== null);
    expect(granted).toEqual([true, false, true, true]);
    expect(sending.used).toBe(90);
  });
});
