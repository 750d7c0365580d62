import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { DiscoverySettings, InstanceSettings } from "../../server/contract/settings.ts";
import { buildDiscoveredInstances } from "../../server/haproxy/discovered-instances.ts";
import { createDiscovery, type DiscoveryFailure } from "../../server/haproxy/discovery.ts";
import { type DnsEndpoint, type DnsQuery, systemResolve } from "../../server/haproxy/dns-lookup.ts";
import { FakeClock } from "../support/fake-clock.ts";

const settings: DiscoverySettings = {
  name: "lb",
  dns: "haproxy.example",
  port: 9_999,
  template: {
    stats: { kind: "tcp", host: "", port: 0 },
    everyMs: 1_000,
    site: "fra",
    network: "default",
    labels: { team: "platform" },
    addressMap: [],
  },
};

const at = (...hosts: string[]): DnsEndpoint[] => hosts.map((host) => ({ host, port: null }));

/** A discovery with a controlled resolver. */
class DiscoveryHarness {
  readonly clock = new FakeClock();
  readonly queries: { at: number; query: DnsQuery }[] = [];
  readonly reportedNames: string[][] = [];
  readonly instances: InstanceSettings[] = [];
  readonly failures: DiscoveryFailure[] = [];
  response: readonly DnsEndpoint[] | Error | "never" = [];
  releaseResponse: () => void = () => {};
  listenerError: Error | null = null;
  readonly discovery;

  constructor(more: Partial<DiscoverySettings> = {}) {
    this.discovery = createDiscovery({
      settings: { ...settings, ...more },
      clock: this.clock,
      onInstancesChanged: (instances) => {
        if (this.listenerError !== null) throw this.listenerError;
        this.instances.splice(0, this.instances.length, ...instances);
        this.reportedNames.push(instances.map(({ name }) => name));
      },
      onFailure: (failure) => this.failures.push(failure),
      resolve: async (query) => {
        this.queries.push({ at: this.clock.now(), query });
        if (this.response === "never") {
          await new Promise<void>((resolve) => {
            this.releaseResponse = resolve;
          });
          return [];
        }
        if (this.response instanceof Error) throw this.response;
        return this.response;
      },
    });
  }
}

describe("a name in DNS", () => {
  test("is resolved again after its instances could not be applied, which is reported", async () => {
    const harness = new DiscoveryHarness();
    harness.response = at("10.0.0.1");
    harness.listenerError = new Error("no more of them");
    harness.discovery.start();
    await harness.clock.advance(0);
    expect(harness.failures).toMatchObject([{ code: "HAPROBE_INTERNAL" }]);
    harness.listenerError = null;
    await harness.clock.advance(30_000);
    expect(harness.reportedNames).toEqual([["lb-10-0-0-1"]]);
    await harness.discovery.stop();
  });

  test("gives one instance per address, with the settings of its entry", async () => {
    const harness = new DiscoveryHarness();
    harness.response = at("10.0.0.2", "10.0.0.1", "2001:db8::1");
    harness.discovery.start();
    await harness.clock.advance(0);
    expect(harness.reportedNames).toEqual([["lb-10-0-0-1", "lb-10-0-0-2", "lb-2001-db8--1"]]);
    expect(harness.instances[0]).toEqual({
      name: "lb-10-0-0-1",
      stats: { kind: "tcp", host: "10.0.0.1", port: 9_999 },
      statsText: "tcp://10.0.0.1:9999",
      everyMs: 1_000,
      site: "fra",
      network: "default",
      labels: { team: "platform" },
      addressMap: [],
    });
    expect(harness.queries[0]?.query).toEqual({ name: "haproxy.example", records: "addresses" });
    await harness.discovery.stop();
    expect(harness.clock.pending).toBe(0);
  });

  test("is resolved every 30 s, and only changes are reported", async () => {
    const harness = new DiscoveryHarness();
    harness.response = at("10.0.0.1", "10.0.0.2");
    harness.discovery.start();
    await harness.clock.advance(29_999);
    harness.response = at("10.0.0.2", "10.0.0.1");
    await harness.clock.advance(30_001);
    harness.response = at("10.0.0.2", "10.0.0.3");
    await harness.clock.advance(30_000);
    expect(harness.queries.map((each) => each.at)).toEqual([0, 30_000, 60_000, 90_000]);
    expect(harness.reportedNames).toEqual([
      ["lb-10-0-0-1", "lb-10-0-0-2"],
      ["lb-10-0-0-2", "lb-10-0-0-3"],
    ]);
    await harness.discovery.stop();
  });

  test("with a leading underscore is resolved to SRV records, which have host and port", async () => {
    const harness = new DiscoveryHarness({ dns: "_stats._tcp.example", port: null });
    harness.response = [
      { host: "HAProxy-0.example", port: 9_000 },
      { host: "haproxy-1.example", port: 9_001 },
    ];
    harness.discovery.start();
    await harness.clock.advance(0);
    expect(harness.queries[0]?.query.records).toBe("services");
    expect(harness.instances.map(({ statsText }) => statsText)).toEqual([
      "tcp://haproxy-0.example:9000",
      "tcp://haproxy-1.example:9001",
    ]);
    expect(harness.reportedNames).toEqual([["lb-haproxy-0.example", "lb-haproxy-1.example"]]);
    await harness.discovery.stop();
  });
});

describe("a lookup that fails", () => {
  test.each<[string, DiscoveryHarness["response"], RegExp]>([
    ["DNS is down", new Error("queryA ESERVFAIL haproxy.example"), /haproxy\.example: queryA ESERVFAIL/],
    ["the response is empty", [], /DNS returned no records/],
  ])("keeps the previous instances, and is repeated soon: %s", async (_, response, message) => {
    const harness = new DiscoveryHarness();
    harness.response = at("10.0.0.1");
    harness.discovery.start();
    await harness.clock.advance(1_000);
    harness.response = response;
    await harness.clock.advance(30_000);
    expect(harness.failures).toEqual([
      { name: "lb", code: "HAPROBE_DISCOVERY_FAILED", message: expect.stringMatching(message) },
    ]);
    expect(harness.reportedNames).toEqual([["lb-10-0-0-1"]]);
    harness.response = at("10.0.0.1", "10.0.0.2");
    await harness.clock.advance(5_000);
    expect(harness.reportedNames).toHaveLength(2);
    await harness.discovery.stop();
  });

  test("has a deadline, and no other runs while the resolver is pending", async () => {
    const harness = new DiscoveryHarness();
    harness.response = "never";
    harness.discovery.start();
    await harness.clock.advance(20_000);
    expect(harness.queries).toHaveLength(1);
    expect(harness.failures[0]?.message).toMatch(/did not answer within 5000 ms/);
    expect(harness.failures.length).toBeGreaterThan(1);
    harness.response = at("10.0.0.1");
    harness.releaseResponse();
    await harness.clock.advance(5_000);
    expect(harness.reportedNames).toEqual([["lb-10-0-0-1"]]);
    await harness.discovery.stop();
  });

  test("that is stopped reports nothing and leaves no timer", async () => {
    const harness = new DiscoveryHarness();
    harness.response = "never";
    harness.discovery.start();
    await harness.clock.advance(100);
    await harness.discovery.stop();
    expect([harness.clock.pending, harness.reportedNames.length, harness.failures.length]).toEqual([0, 0, 0]);
  });
});

describe("the names of instances", () => {
  const named = (name: string, endpoints: readonly DnsEndpoint[], port: number | null = null): string[] =>
    buildDiscoveredInstances({ ...settings, name, port }, endpoints).map((instance) => instance.name);

  test("depend on their endpoint only, and fit into a key", () => {
    expect(named("lb", [{ host: "10.0.0.7", port: 1 }])).toEqual(["lb-10-0-0-7"]);
    expect(named("lb", at("10.0.0.9", "10.0.0.7", "10.0.0.7"), 1)).toEqual(["lb-10-0-0-7", "lb-10-0-0-9"]);
    const long = "a".repeat(60);
    const names = named("lb", [
      { host: `${long}.one.example`, port: 1 },
      { host: `${long}.two.example`, port: 1 },
      { host: "fe80::1%eth0", port: 1 },
    ]);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9.-]{0,62}$/);
  });

  test("have the port where one host has several", () => {
    const endpoints = [
      { host: "10.0.0.1", port: 9_000 },
      { host: "10.0.0.1", port: 9_001 },
    ];
    expect(named("lb", endpoints)).toEqual(["lb-10-0-0-1-9000", "lb-10-0-0-1-9001"]);
  });

  test("need a port", () => {
    expect(named("lb", at("10.0.0.1"))).toEqual([]);
  });
});

test("instances beyond the limit are cut off and reported", async () => {
  const harness = new DiscoveryHarness();
  harness.response = at(...Array.from({ length: BOUNDS.instancesMax + 5 }, (_, n) => `10.0.${n >> 8}.${n & 255}`));
  harness.discovery.start();
  await harness.clock.advance(0);
  expect(harness.instances).toHaveLength(BOUNDS.instancesMax);
  expect(harness.failures).toMatchObject([{ code: "HAPROBE_DISCOVERY_TOO_MANY" }]);
  await harness.discovery.stop();
});

test("the system's resolver resolves localhost", async () => {
  const endpoints = await systemResolve({ name: "localhost", records: "addresses" }, new AbortController().signal);
  expect(endpoints.map(({ host }) => host)).toEqual(expect.arrayContaining([expect.stringMatching(/^(127\.|::1$)/)]));
  await expect(
    systemResolve({ name: "nosuch.invalid", records: "addresses" }, new AbortController().signal),
  ).rejects.toThrow(/nosuch\.invalid/);
});
