import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { DiscoverySettings, InstanceSettings } from "../../server/contract/settings.ts";
import { createInstanceSet } from "../../server/haproxy/instance-set.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";

let haproxy: RealHaproxy;
beforeAll(async () => {
  haproxy = await startHaproxy({ tcp: true, config: "backend be\n  server s1 127.0.0.1:1\n" });
});
afterAll(async () => {
  await haproxy.stop();
});

function namedInstance(name: string, everyMs = 50): InstanceSettings {
  const { userSocket: path } = haproxy;
  const place = { stats: { kind: "unix", path }, statsText: `unix:${path}` } as const;
  return { name, everyMs, site: "default", network: "default", labels: {}, addressMap: [], ...place };
}

function discoveredByDns(name: string): DiscoverySettings {
  const { stats: _stats, statsText: _text, name: _name, ...template } = namedInstance(name);
  const port = haproxy.tcpPort;
  return { name, dns: `${name}.example`, port, template: { ...template, stats: { kind: "tcp", host: "", port } } };
}

/** A set that records its callbacks; each DNS name except `nowhere.example` resolves to this machine. */
function startSet(onConfigured = (): void => {}) {
  const lists: string[][] = [];
  const polled: string[] = [];
  const failed: string[] = [];
  const wake: (() => void)[] = [];
  const news = (): void => {
    for (const each of wake.splice(0)) each();
  };
  const set = createInstanceSet({
    clock: systemClock,
    resolve: ({ name }) =>
      name === "nowhere.example"
        ? Promise.reject(new Error("ENOTFOUND"))
        : Promise.resolve([{ host: "127.0.0.1", port: null }]),
  });
  set.start({
    onConfigured(instances) {
      onConfigured();
      lists.push(instances.map(({ name }) => name));
      news();
    },
    onSnapshot({ instance }) {
      polled.push(instance);
      news();
    },
    onFailure: () => {},
    onPollMeasured: () => {},
    onDiscoveryFailure({ name }) {
      failed.push(name);
      news();
    },
  });
  return {
    set,
    lists,
    polled,
    failed,
    async until(holds: () => boolean): Promise<void> {
      while (!holds()) await new Promise<void>((resolve) => wake.push(resolve));
    },
    [Symbol.asyncDispose]: () => set.stop(),
  };
}

describe("the instances that are asked", () => {
  test("are those that are named and those that DNS leads to", async () => {
    await using stage = startSet();
    await stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [discoveredByDns("found")] });
    await stage.until(() => stage.polled.includes("lb-1") && stage.polled.includes("found-127-0-0-1"));
    expect(stage.lists.at(-1)).toEqual(["lb-1", "found-127-0-0-1"]);
    expect(stage.set.pendingDiscoveries()).toEqual([]);
  });

  test("a name that does not resolve is reported, and delays no other", async () => {
    await using stage = startSet();
    await stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [discoveredByDns("nowhere")] });
    await stage.until(() => stage.failed.length > 0 && stage.polled.includes("lb-1"));
    expect(stage.set.pendingDiscoveries()).toEqual([]);
  });

  test("are reported once for each configuration, before any new one is polled", async () => {
    await using stage = startSet();
    await stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [] });
    await stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [] });
    expect(stage.lists).toEqual([["lb-1"], ["lb-1"]]);
    await stage.set.apply({ instances: [namedInstance("lb-1"), namedInstance("lb-2")], discoveries: [] });
    expect(stage.lists.at(-1)).toEqual(["lb-1", "lb-2"]);
    await stage.until(() => stage.polled.includes("lb-2"));
  });

  test("that are wanted no more are not asked any more", async () => {
    await using stage = startSet();
    await stage.set.apply({ instances: [namedInstance("lb-1"), namedInstance("lb-2")], discoveries: [] });
    await stage.until(() => stage.polled.includes("lb-2"));
    await stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [] });
    const from = stage.polled.length;
    await stage.until(() => stage.polled.length >= from + 3);
    expect(stage.polled.slice(from)).not.toContain("lb-2");
  });

  test("that get other settings are asked anew under their old name", async () => {
    await using stage = startSet();
    await stage.set.apply({ instances: [namedInstance("lb-1", 60_000)], discoveries: [] });
    await stage.until(() => stage.polled.length === 1);
    await stage.set.apply({ instances: [namedInstance("lb-1", 50)], discoveries: [] });
    await stage.until(() => stage.polled.length >= 3);
    expect(new Set(stage.polled)).toEqual(new Set(["lb-1"]));
  });

  test("are polled by the next configuration, whatever became of the one before", async () => {
    let calls = 0;
    await using stage = startSet(() => {
      calls += 1;
      if (calls === 1) throw new Error("poisoned");
    });
    await expect(stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [] })).rejects.toThrow("poisoned");
    await stage.set.apply({ instances: [namedInstance("lb-1")], discoveries: [] });
    await stage.until(() => stage.polled.includes("lb-1"));
  });

  test("a listener that throws for what DNS leads to is a failure of that name", async () => {
    let calls = 0;
    await using stage = startSet(() => {
      calls += 1;
      if (calls === 2) throw new Error("poisoned");
    });
    await stage.set.apply({ instances: [], discoveries: [discoveredByDns("found")] });
    await stage.until(() => stage.failed.includes("found"));
    expect(stage.set.pendingDiscoveries()).toEqual([]);
  });
});
