import { describe, expect, test } from "vitest";
import { type FleetMember, assessFleetReachability } from "../../server/judge/fleet-reachability.ts";
import { NO_CONTEXT } from "../../server/judge/judge-context.ts";
import { type ProbeCase, JudgeHarness } from "../support/judge-harness.ts";

// Each of these came out of a simulated history (test/simulated), where it made a mismatch of what was none.

/** A server before the fleet's judge: HAProxy's word at 0 s, then our probe. */
function member(target: string, status: string, check: string, answer: ProbeCase, probedAt: number): FleetMember {
  const court = new JudgeHarness();
  court.view(0, status, check);
  court.probe(probedAt, answer, 0);
  if (court.memory === null) throw new Error("nothing was judged");
  return { instance: "lb-1", target, host: target, port: 6443, memory: court.memory };
}

describe("who else was heard since", () => {
  test("servers that are down for HAProxy as well say nothing about our path: they were not heard, and nobody waits for them", () => {
    const fleet = [
      member("10.0.0.1", "no check", "", "refused", 5),
      member("10.0.0.2", "DOWN", "L4CON", "refused", 5),
      member("10.0.0.3", "DOWN", "L4CON", "refused", 5),
      member("10.0.0.4", "UP", "L4OK", "ok", 4),
    ];
    expect(assessFleetReachability(fleet, 6_000).othersRespondedSince).toBe(4_000);
  });

  test("a server that answered an error was heard when it did, and not for ever after", () => {
    const fleet = [
      member("10.0.0.1", "no check", "", "refused", 5),
      member("10.0.0.2", "UP", "L4OK", "etcd", 3),
      member("10.0.0.3", "DOWN", "L7STS/500", "etcd", 4),
    ];
    expect(assessFleetReachability(fleet, 6_000).othersRespondedSince).toBe(4_000);
  });

  test("where every other server is down there is nobody to wait for", () => {
    const fleet = [member("10.0.0.1", "no check", "", "refused", 5), member("10.0.0.2", "DOWN", "L4CON", "refused", 5)];
    expect(assessFleetReachability(fleet, 6_000).othersRespondedSince).toBe(Number.POSITIVE_INFINITY);
  });
});

test("servers that answer errors show that we are not blind, confirmed or not", () => {
  const answering = ["10.0.1.1", "10.0.2.1", "10.0.3.1"].map((host) => {
    const court = new JudgeHarness();
    court.view(0, "no check");
    court.probe(0.5, "etcd");
    court.view(0.6, "no check");
    expect(court.probeThenView(0.7, "etcd")).toContain("confirmed");
    if (court.memory === null) throw new Error("nothing was judged");
    return { instance: "lb-1", target: host, host, port: 6443, memory: court.memory };
  });
  const mute = ["10.0.4.1", "10.0.5.1"].map((host) => member(host, "no check", "", "mute", 0.5));
  expect([...assessFleetReachability([...answering, ...mute], 1_000).blindGroups]).toEqual([]);
  expect([...assessFleetReachability(mute, 1_000).blindGroups]).toContain("instance lb-1");
});

describe("blindness", () => {
  test("counts machines: one hung machine asked under two rules is one", () => {
    const hung = (target: string): FleetMember => ({
      ...member(target, "no check", "", "unreachable", 5),
      host: "10.0.0.1",
    });
    expect([...assessFleetReachability([hung("a"), hung("b")], 6_000).blindGroups]).toEqual([]);
  });

  test("is not said of handshakes that time out right after the servers passed: they hang", () => {
    const frozen = ["10.0.0.1", "10.0.0.2"].map((host) => {
      const court = new JudgeHarness();
      court.view(0, "UP", "L4OK");
      court.probe(1, "ok");
      court.probe(2, "mute", 5);
      if (court.memory === null) throw new Error("nothing was judged");
      return { instance: "lb-1", target: host, host, port: 6443, memory: court.memory };
    });
    expect([...assessFleetReachability(frozen, 8_000).blindGroups]).toEqual([]);
  });

  test("is not said of addresses at which HAProxy's own check fails as well", () => {
    const hosts = ["10.0.0.1", "10.0.0.2"];
    const hung = hosts.map((host) => member(host, "UP", "L4OK", "mute", 5));
    expect([...assessFleetReachability(hung, 6_000).blindGroups]).toContain("*");
    const deeper = hosts.map((host) => member(host, "DOWN", "L6TOUT", "mute", 5));
    expect([...assessFleetReachability([...hung, ...deeper], 6_000).blindGroups]).toEqual([]);
  });
});

test("while we are blind, what HAProxy could notice is called our blindness once its grace is over, and begins anew after it", () => {
  const court = new JudgeHarness();
  court.view(0, "UP", "L4OK");
  court.probe(0.1, "ok");
  court.context = { ...NO_CONTEXT, isBlind: true };
  for (let s = 1; s <= 30; s += 1) {
    court.view(s, "UP", "L4OK");
    expect(court.probe(s + 0.5, "refused")).toBe("false-up settling probe-refused");
  }
  for (let s = 31; s <= 60; s += 1) {
    court.view(s + 0.8, "UP", "L4OK");
    court.probe(s + 0.9, "refused");
  }
  expect(court.verdictText).toBe("unknown prober-blind");
  court.context = NO_CONTEXT;
  court.view(62, "UP", "L4OK");
  expect(court.probe(62.1, "refused")).toBe("false-up settling probe-refused");
});

describe("HAProxy's clients are believed as they fare now", () => {
  test("one failed connect is forgotten once they have got through for four seconds", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.1, "ok");
    court.probe(1.1, "refused");
    for (let s = 2; s <= 40; s += 1) {
      const counters = { sessionsTotal: 2 * s, bytesOut: 500 * s, connectErrors: s < 3 ? 0 : 1 };
      court.view(s, "UP", "L4OK", counters);
      expect(court.probe(s + 0.5, "refused")).not.toContain("confirmed");
    }
    expect(court.verdictText).toBe("unknown path-differs");
  });

  test("when they begin to fail after they got through, HAProxy's check is given its time from then on", () => {
    const court = new JudgeHarness();
    court.view(0, "UP", "L4OK");
    court.probe(0.1, "ok");
    for (let s = 1; s <= 70; s += 1) {
      const counters = { sessionsTotal: 2 * s, bytesOut: 500 * Math.min(s, 50), connectErrors: Math.max(0, s - 50) };
      court.view(s, "UP", "L4OK", counters);
      expect(court.probe(s + 0.5, "refused")).not.toContain("confirmed");
    }
    expect(court.verdictText).toBe("false-up settling probe-refused");
    for (let s = 71; s <= 82; s += 1) {
      court.view(s, "UP", "L4OK", { sessionsTotal: 2 * s, bytesOut: 25_000, connectErrors: s - 50 });
      court.probe(s + 0.5, "refused");
    }
    expect(court.verdictText).toBe("false-up confirmed probe-refused");
  });
});

test("a connect that timed out is given its five seconds, though a later one was refused", () => {
  const court = new JudgeHarness();
  court.view(0, "no check");
  court.probe(0.5, "unreachable", 1);
  court.view(1.6, "no check");
  expect(court.probe(1.7, "refused")).toBe("false-up suspected probe-refused");
  expect(court.probe(6.4, "refused")).toBe("false-up suspected probe-refused");
  expect(court.probeThenView(6.6, "refused")).toBe("false-up confirmed probe-refused");
});

describe("while nothing can be concluded, the patience with a start or a drain does not run out either", () => {
  test.each(["poststarthook", "shutdown"] as const)("of a server that fails %s", (answer) => {
    const court = new JudgeHarness({ startGraceMs: 20_000, drainGraceMs: 20_000 });
    court.view(0, "UP", "L4OK");
    court.probe(0.5, answer);
    court.context = { ...NO_CONTEXT, isStale: true };
    court.judgeAt(30);
    court.context = NO_CONTEXT;
    court.view(31, "UP", "L4OK");
    court.probe(31.1, answer);
    court.view(31.2, "UP", "L4OK");
    expect(court.probe(31.3, answer)).toMatch(/^false-up settling (starting|draining)/);
    court.view(51, "UP", "L4OK");
    court.probe(51.1, answer);
    court.view(51.2, "UP", "L4OK");
    expect(court.probeThenView(51.3, answer)).toContain("confirmed");
  });
});
