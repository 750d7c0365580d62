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

/** A discovery whose DNS answers as the test wants it to. */
class DiscoveryHarness {
  readonly clock = new FakeClock();
  readonly queries: { at: number; question: DnsQuery }[] = [];
  readonly reportedNames: string[][] = [];
  readonly instances: InstanceSettings[] = [];
  readonly failures: DiscoveryFailure[] = [];
  response: readonly DnsEndpoint[] | Error | "never" = [];
  releaseResponse: () => void = () => {};
  readonly discovery;

  constructor(more: Partial<DiscoverySettings> = {}) {
    this.discovery = createDiscovery({
      settings: { ...settings, ...more },
      clock: this.clock,
      onInstancesChanged: (instances) => {
        this.instances.splice(0, this.instances.length, ...instances);
        this.reportedNames.push(instances.map(({ name }) => name));
      },
      onFailure: (failure) => this.failures.push(failure),
      resolve: async (question) => {
        this.queries.push({ at: this.clock.now(), question });
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
  test("stands for one instance at each of its addresses, with all that the entry says", async () => {
    const stage = new DiscoveryHarness();
    stage.response = at("10.0.0.2", "10.0.0.1", "2001:db8::1");
    stage.discovery.start();
    await stage.clock.advance(0);
    expect(stage.reportedNames).toEqual([["lb-10-0-0-1", "lb-10-0-0-2", "lb-2001-db8--1"]]);
    expect(stage.instances[0]).toEqual({
      name: "lb-10-0-0-1",
      stats: { kind: "tcp", host: "10.0.0.1", port: 9_999 },
      statsText: "tcp://10.0.0.1:9999",
      everyMs: 1_000,
      site: "fra",
      network: "default",
      labels: { team: "platform" },
      addressMap: [],
    });
    expect(stage.queries[0]?.question).toEqual({ name: "haproxy.example", records: "addresses" });
    await stage.discovery.stop();
    expect(stage.clock.pending).toBe(0);
  });

  test("is looked up every 30 s, and only what changed is told", async () => {
    const stage = new DiscoveryHarness();
    stage.response = at("10.0.0.1", "10.0.0.2");
    stage.discovery.start();
    await stage.clock.advance(29_999);
    stage.response = at("10.0.0.2", "10.0.0.1");
    await stage.clock.advance(30_001);
    stage.response = at("10.0.0.2", "10.0.0.3");
    await stage.clock.advance(30_000);
    expect(stage.queries.map((each) => each.at)).toEqual([0, 30_000, 60_000, 90_000]);
    expect(stage.reportedNames).toEqual([
      ["lb-10-0-0-1", "lb-10-0-0-2"],
      ["lb-10-0-0-2", "lb-10-0-0-3"],
    ]);
    await stage.discovery.stop();
  });

  test("that begins with an underscore is asked for SRV records, which name host and port", async () => {
    const stage = new DiscoveryHarness({ dns: "_stats._tcp.example", port: null });
    stage.response = [
      { host: "HAProxy-0.example", port: 9_000 },
      { host: "haproxy-1.example", port: 9_001 },
    ];
    stage.discovery.start();
    await stage.clock.advance(0);
    expect(stage.queries[0]?.question.records).toBe("services");
    expect(stage.instances.map(({ statsText }) => statsText)).toEqual([
      "tcp://haproxy-0.example:9000",
      "tcp://haproxy-1.example:9001",
    ]);
    expect(stage.reportedNames).toEqual([["lb-haproxy-0.example", "lb-haproxy-1.example"]]);
    await stage.discovery.stop();
  });
});

describe("a lookup that fails", () => {
  test.each<[string, DiscoveryHarness["response"], RegExp]>([
    ["DNS is down", new Error("queryA ESERVFAIL haproxy.example"), /haproxy\.example: queryA ESERVFAIL/],
    ["the answer is empty", [], /DNS names no place/],
  ])("keeps the instances that were found before, and is tried again soon: %s", async (_, answer, message) => {
    const stage = new DiscoveryHarness();
    stage.response = at("10.0.0.1");
    stage.discovery.start();
    await stage.clock.advance(1_000);
    stage.response = answer;
    await stage.clock.advance(30_000);
    expect(stage.failures).toEqual([
      { name: "lb", code: "HAPROBE_DISCOVERY_FAILED", message: expect.stringMatching(message) },
    ]);
    expect(stage.reportedNames).toEqual([["lb-10-0-0-1"]]);
    stage.response = at("10.0.0.1", "10.0.0.2");
    await stage.clock.advance(5_000);
    expect(stage.reportedNames).toHaveLength(2);
    await stage.discovery.stop();
  });

  test("has a deadline, and nothing is asked while the resolver has not come back", async () => {
    const stage = new DiscoveryHarness();
    stage.response = "never";
    stage.discovery.start();
    await stage.clock.advance(20_000);
    expect(stage.queries).toHaveLength(1);
    expect(stage.failures[0]?.message).toMatch(/did not answer within 5000 ms/);
    expect(stage.failures.length).toBeGreaterThan(1);
    stage.response = at("10.0.0.1");
    stage.releaseResponse();
    await stage.clock.advance(5_000);
    expect(stage.reportedNames).toEqual([["lb-10-0-0-1"]]);
    await stage.discovery.stop();
  });

  test("stopped in its middle it tells nobody and leaves no timer", async () => {
    const stage = new DiscoveryHarness();
    stage.response = "never";
    stage.discovery.start();
    await stage.clock.advance(100);
    await stage.discovery.stop();
    expect([stage.clock.pending, stage.reportedNames.length, stage.failures.length]).toEqual([0, 0, 0]);
  });
});

describe("the names of instances", () => {
  const named = (name: string, places: readonly DnsEndpoint[], port: number | null = null): string[] =>
    buildDiscoveredInstances({ ...settings, name, port }, places).map((instance) => instance.name);

  test("are the same whatever else is in the answer, and fit into a key", () => {
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

  test("hold the port where one host has several", () => {
    const places = [
      { host: "10.0.0.1", port: 9_000 },
      { host: "10.0.0.1", port: 9_001 },
    ];
    expect(named("lb", places)).toEqual(["lb-10-0-0-1-9000", "lb-10-0-0-1-9001"]);
  });

  test("a place without a port is none", () => {
    expect(named("lb", at("10.0.0.1"))).toEqual([]);
  });
});

test("more instances than are watched are cut off, and that is told", async () => {
  const stage = new DiscoveryHarness();
  stage.response = at(...Array.from({ length: BOUNDS.instancesMax + 5 }, (_, n) => `10.0.${n >> 8}.${n & 255}`));
  stage.discovery.start();
  await stage.clock.advance(0);
  expect(stage.instances).toHaveLength(BOUNDS.instancesMax);
  expect(stage.failures).toMatchObject([{ code: "HAPROBE_DISCOVERY_TOO_MANY" }]);
  await stage.discovery.stop();
});

test("the machine's own resolver knows this machine", async () => {
  const places = await systemResolve({ name: "localhost", records: "addresses" }, new AbortController().signal);
  expect(places.map(({ host }) => host)).toEqual(expect.arrayContaining([expect.stringMatching(/^(127\.|::1$)/)]));
  await expect(
    systemResolve({ name: "nosuch.invalid", records: "addresses" }, new AbortController().signal),
  ).rejects.toThrow(/nosuch\.invalid/);
});
