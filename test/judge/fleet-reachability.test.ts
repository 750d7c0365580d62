import { describe, expect, test } from "vitest";
import { type FleetMember, FleetReachability } from "../../server/judge/fleet-reachability.ts";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { type ProbeCase, JudgeHarness } from "../support/judge-harness.ts";
import { SeededRandom } from "../support/simulator/seeded-random.ts";

// Each case comes from a simulated history (test/simulated) in which it was wrongly confirmed as a mismatch.

/** A member of the fleet: HAProxy's view at 0 s, then our probe. */
function member(target: string, status: string, check: string, answer: ProbeCase, probedAt: number): FleetMember {
  const harness = new JudgeHarness();
  harness.view(0, status, check);
  harness.probe(probedAt, answer, 0);
  if (harness.memory === null) throw new Error("nothing was judged");
  return { instance: "lb-1", target, host: target, port: 6443, memory: harness.memory };
}

function reachabilityOf(members: readonly FleetMember[], now: number): FleetReachability<FleetMember> {
  const fleet = new FleetReachability<FleetMember>();
  for (const one of members) fleet.put(one, one, now);
  return fleet;
}

describe("othersRespondedSince", () => {
  test("servers that HAProxy has DOWN as well show nothing about our path, and are not waited for", () => {
    const fleet = [
      member("10.0.0.1", "no check", "", "refused", 5),
      member("10.0.0.2", "DOWN", "L4CON", "refused", 5),
      member("10.0.0.3", "DOWN", "L4CON", "refused", 5),
      member("10.0.0.4", "UP", "L4OK", "ok", 4),
    ];
    expect(reachabilityOf(fleet, 6_000).othersRespondedSince()).toBe(4_000);
  });

  test("a server that answered an error responded at that moment, and not for ever after", () => {
    const fleet = [
      member("10.0.0.1", "no check", "", "refused", 5),
      member("10.0.0.2", "UP", "L4OK", "etcd", 3),
      member("10.0.0.3", "DOWN", "L7STS/500", "etcd", 4),
    ];
    expect(reachabilityOf(fleet, 6_000).othersRespondedSince()).toBe(4_000);
  });

  test("where every other server is down none is waited for", () => {
    const fleet = [member("10.0.0.1", "no check", "", "refused", 5), member("10.0.0.2", "DOWN", "L4CON", "refused", 5)];
    expect(reachabilityOf(fleet, 6_000).othersRespondedSince()).toBe(Number.POSITIVE_INFINITY);
  });
});

test("servers that answer errors show that we are not blind, confirmed or not", () => {
  const answering = ["10.0.1.1", "10.0.2.1", "10.0.3.1"].map((host) => {
    const harness = new JudgeHarness();
    harness.view(0, "no check");
    harness.probe(0.5, "etcd");
    harness.view(0.6, "no check");
    expect(harness.probeThenView(0.7, "etcd")).toContain("confirmed");
    if (harness.memory === null) throw new Error("nothing was judged");
    return { instance: "lb-1", target: host, host, port: 6443, memory: harness.memory };
  });
  const mute = ["10.0.4.1", "10.0.5.1"].map((host) => member(host, "no check", "", "mute", 0.5));
  expect([...reachabilityOf([...answering, ...mute], 1_000).blindGroups]).toEqual([]);
  expect([...reachabilityOf(mute, 1_000).blindGroups]).toContain("instance lb-1");
});

describe("blindness", () => {
  test("counts machines: one hung machine asked under two rules is one", () => {
    const hung = (target: string): FleetMember => ({
      ...member(target, "no check", "", "unreachable", 5),
      host: "10.0.0.1",
    });
    expect([...reachabilityOf([hung("a"), hung("b")], 6_000).blindGroups]).toEqual([]);
  });

  test("is not said of handshakes that time out right after the servers passed: they hang", () => {
    const frozen = ["10.0.0.1", "10.0.0.2"].map((host) => {
      const harness = new JudgeHarness();
      harness.view(0, "UP", "L4OK");
      harness.probe(1, "ok");
      harness.probe(2, "mute", 5);
      if (harness.memory === null) throw new Error("nothing was judged");
      return { instance: "lb-1", target: host, host, port: 6443, memory: harness.memory };
    });
    expect([...reachabilityOf(frozen, 8_000).blindGroups]).toEqual([]);
  });

  test("is not said of addresses at which HAProxy's own check fails as well", () => {
    const hosts = ["10.0.0.1", "10.0.0.2"];
    const hung = hosts.map((host) => member(host, "UP", "L4OK", "mute", 5));
    expect([...reachabilityOf(hung, 6_000).blindGroups]).toContain("*");
    const deeper = hosts.map((host) => member(host, "DOWN", "L6TOUT", "mute", 5));
    expect([...reachabilityOf([...hung, ...deeper], 6_000).blindGroups]).toEqual([]);
  });
});

describe("what all servers say together is kept up to date", () => {
  const states: readonly (readonly [status: string, check: string, answer: ProbeCase])[] = [
    ["UP", "L4OK", "ok"],
    ["UP", "L4OK", "refused"],
    ["no check", "", "unreachable"],
    ["DOWN", "L4CON", "refused"],
    ["DOWN", "L6TOUT", "mute"],
    ["MAINT", "", "ok"],
  ];

  test("each change leaves what a look at all servers anew would find", () => {
    const random = new SeededRandom(7);
    const fleet = new FleetReachability<string>();
    const members = new Map<string, FleetMember>();
    for (let step = 0; step < 2_000; step += 1) {
      const key = `s${Math.floor(random.next() * 30)}`;
      if (random.chance(0.1)) {
        fleet.remove(key);
        members.delete(key);
      } else {
        const [status, check, answer] = random.pick(states);
        const host = random.pick(["10.0.1.1", "10.0.1.2", "10.0.2.1", "10.0.2.2", "10.0.3.1"]);
        const instance = random.pick(["lb-1", "lb-2"]);
        const of = { ...member(host, status, check, answer, 5 + step / 10), instance, target: key };
        fleet.put(key, of, 1_000_000);
        members.set(key, of);
      }
      const anew = reachabilityOf([...members.values()], 1_000_000);
      expect([...fleet.blindGroups].toSorted()).toEqual([...anew.blindGroups].toSorted());
      expect(fleet.othersRespondedSince()).toBe(anew.othersRespondedSince());
      for (const { instance, host, port } of members.values()) {
        expect(fleet.isBlind(instance, host, port)).toBe(anew.isBlind(instance, host, port));
      }
    }
  });

  test("a server is put in its place without a look at the others", () => {
    const fleet = new FleetReachability<number>();
    let looks = 0;
    const counted = (of: FleetMember): FleetMember => ({
      ...of,
      get memory() {
        looks += 1;
        return of.memory;
      },
    });
    const failing = member("10.0.0.1", "UP", "L4OK", "refused", 5);
    for (let n = 0; n < 1_000; n += 1)
      fleet.put(n, counted({ ...failing, host: `10.0.1.${n}`, target: `${n}` }), 6_000);
    looks = 0;
    fleet.put(0, failing, 6_000);
    expect(fleet.isBlind("lb-1", "10.0.0.1", 6_443)).toBe(true);
    expect(looks).toBe(0);
  });
});

test("while we are blind, what HAProxy could notice is called our blindness once its grace is over, and begins anew after it", () => {
  const harness = new JudgeHarness();
  harness.view(0, "UP", "L4OK");
  harness.probe(0.1, "ok");
  harness.context = { ...NO_CONTEXT, isBlind: true };
  for (let s = 1; s <= 30; s += 1) {
    harness.view(s, "UP", "L4OK");
    expect(harness.probe(s + 0.5, "refused")).toBe("false-up settling probe-refused");
  }
  for (let s = 31; s <= 60; s += 1) {
    harness.view(s + 0.8, "UP", "L4OK");
    harness.probe(s + 0.9, "refused");
  }
  expect(harness.verdictText).toBe("unknown prober-blind");
  harness.context = NO_CONTEXT;
  harness.view(62, "UP", "L4OK");
  expect(harness.probe(62.1, "refused")).toBe("false-up settling probe-refused");
});

describe("HAProxy's clients count by their latest counters", () => {
  test("one failed connect is forgotten once they have connected for four seconds", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "ok");
    harness.probe(1.1, "refused");
    for (let s = 2; s <= 40; s += 1) {
      const counters = { sessionsTotal: 2 * s, bytesOut: 500 * s, connectErrors: s < 3 ? 0 : 1 };
      harness.view(s, "UP", "L4OK", counters);
      expect(harness.probe(s + 0.5, "refused")).not.toContain("confirmed");
    }
    expect(harness.verdictText).toBe("unknown path-differs");
  });

  test("when they start to fail after connecting, HAProxy's check is given its grace from then on", () => {
    const harness = new JudgeHarness();
    harness.view(0, "UP", "L4OK");
    harness.probe(0.1, "ok");
    for (let s = 1; s <= 70; s += 1) {
      const counters = { sessionsTotal: 2 * s, bytesOut: 500 * Math.min(s, 50), connectErrors: Math.max(0, s - 50) };
      harness.view(s, "UP", "L4OK", counters);
      expect(harness.probe(s + 0.5, "refused")).not.toContain("confirmed");
    }
    expect(harness.verdictText).toBe("false-up settling probe-refused");
    for (let s = 71; s <= 82; s += 1) {
      harness.view(s, "UP", "L4OK", { sessionsTotal: 2 * s, bytesOut: 25_000, connectErrors: s - 50 });
      harness.probe(s + 0.5, "refused");
    }
    expect(harness.verdictText).toBe("false-up confirmed probe-refused");
  });
});

test("a connect that timed out is given its five seconds, though a later one was refused", () => {
  const harness = new JudgeHarness();
  harness.view(0, "no check");
  harness.probe(0.5, "unreachable", 1);
  harness.view(1.6, "no check");
  expect(harness.probe(1.7, "refused")).toBe("false-up suspected probe-refused");
  expect(harness.probe(6.4, "refused")).toBe("false-up suspected probe-refused");
  expect(harness.probeThenView(6.6, "refused")).toBe("false-up confirmed probe-refused");
});

describe("while nothing can be concluded, start-grace and drain-grace do not run out either", () => {
  test.each(["poststarthook", "shutdown"] as const)("of a server that fails %s", (answer) => {
    const harness = new JudgeHarness({ startGraceMs: 20_000, drainGraceMs: 20_000 });
    harness.view(0, "UP", "L4OK");
    harness.probe(0.5, answer);
    harness.context = { ...NO_CONTEXT, isStale: true };
    harness.judgeAt(30);
    harness.context = NO_CONTEXT;
    harness.view(31, "UP", "L4OK");
    harness.probe(31.1, answer);
    harness.view(31.2, "UP", "L4OK");
    expect(harness.probe(31.3, answer)).toMatch(/^false-up settling (starting|draining)/);
    harness.view(51, "UP", "L4OK");
    harness.probe(51.1, answer);
    harness.view(51.2, "UP", "L4OK");
    expect(harness.probeThenView(51.3, answer)).toContain("confirmed");
  });
});
