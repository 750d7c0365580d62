import { describe, expect, test } from "vitest";
import type { StatsRow } from "../support/monitor-harness.ts";
import { POLICY, TARGET } from "../support/judge-harness.ts";
import { instanceNamed, MonitorHarness } from "../support/monitor-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
  ["cp-3", "UP", "L4OK"],
];

async function startAllUp(watch: MonitorHarness): Promise<void> {
  watch.poll(UP);
  await watch.advance(250);
  for (const place of [1, 2, 3]) watch.probe(place, "ok");
}

/** cp-2 is falsely UP: two probes fail, and views after each still say UP. */
async function makeFalseUp(watch: MonitorHarness): Promise<void> {
  watch.probe(2, "etcd");
  await watch.advance(100);
  watch.poll(UP);
  await watch.advance(100);
  watch.probe(2, "etcd");
  await watch.advance(100);
  watch.poll(UP);
}

describe("from both witnesses to a verdict", () => {
  test("a lie is told as one event for each step, and named as a change", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    watch.events.length = 0;
    watch.changes.length = 0;
    await makeFalseUp(watch);
    expect(watch.verdictText("cp-2")).toBe("false-up confirmed probe-answered-unhealthy");
    expect(watch.events.map((event) => (event.type === "verdict-changed" ? event.to.phase : event.type))).toEqual([
      "suspected",
      "confirmed",
      "incident-opened",
    ]);
    expect(watch.changes.every((change) => change.kind === "server" && change.key === "lb-1/k8s-api/cp-2")).toBe(true);
    expect(watch.verdictText("cp-1")).toBe("agree-up");
  });

  test("a first failure asks for a poll of its backend and for a further probe", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    watch.probedSoon.length = 0;
    watch.probe(2, "etcd");
    expect(watch.earlyPolls).toEqual(["lb-1/k8s-api"]);
    expect(watch.probedSoon).toEqual(["default|10.0.0.2"]);
  });

  test("every event has an id of its own, by which a sink knows it again", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await makeFalseUp(watch);
    const ids = watch.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id.startsWith("here:e1:"))).toBe(true);
  });

  test("polls without news tell nobody anything", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    const [events, changes] = [watch.events.length, watch.changes.length];
    for (let i = 0; i < 10; i += 1) {
      await watch.advance(1_000);
      watch.poll(UP.map(([name, status, check]) => [name, status, check, { sessionsTotal: i, lastChangeSeconds: i }]));
      for (const place of [1, 2, 3]) watch.probe(place, "ok");
    }
    expect([watch.events.length, watch.changes.length]).toEqual([events, changes]);
  });

  test("a server behind two instances is probed once and judged on each", async () => {
    const watch = new MonitorHarness(["lb-1", "lb-2"]);
    watch.poll(UP);
    watch.poll([["cp-1", "DOWN", "L7STS/500"], UP[1]!, UP[2]!], { instance: "lb-2" });
    await watch.advance(250);
    watch.probe(1, "etcd");
    expect(watch.targets.size).toBe(3);
    expect(watch.verdictText("cp-1")).toBe("false-up suspected probe-answered-unhealthy");
    expect(watch.verdictText("cp-1", "lb-2")).toBe("agree-down probe-answered-unhealthy");
  });
});

describe("servers come, go and move", () => {
  test("a server that HAProxy no longer has is removed, and its target with it", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await watch.advance(1_000);
    watch.poll(UP.slice(0, 2));
    expect(watch.monitor.live.server("lb-1/k8s-api/cp-3")).toBeNull();
    expect([...watch.targets.keys()]).toEqual(["default|10.0.0.1", "default|10.0.0.2"]);
    expect(watch.events.at(-1)).toMatchObject({ type: "server-removed", key: "lb-1/k8s-api/cp-3" });
  });

  test("a kick poll of one backend neither adds nor removes servers", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await watch.advance(250);
    watch.poll(UP.slice(0, 1), { scope: { backend: "k8s-api" } });
    expect([...watch.monitor.live.servers()].map(({ server }) => server)).toEqual(["cp-1", "cp-2", "cp-3"]);
  });

  test("a poll that was sent before the newest view says nothing", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    const sentAt = watch.clock.now() - 100;
    watch.poll([["cp-1", "DRAIN", "L4OK"], UP[1]!, UP[2]!]);
    watch.poll(UP, { sentAt });
    expect(watch.verdictText("cp-1")).toBe("out-of-service drain");
  });

  test("an address that changed is an event, and the old one's answers are void", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await watch.advance(1_000);
    const moved: StatsRow = ["cp-1", "UP", "L4OK", { address: { kind: "ip", host: "10.0.0.9", port: 6443 } }];
    watch.poll([moved, UP[1]!, UP[2]!]);
    expect(watch.verdictText("cp-1")).toBe("unknown probe-pending");
    expect(watch.events.find(({ type }) => type === "address-changed")).toMatchObject({
      from: { network: "default", host: "10.0.0.1", port: 6443 },
      address: { network: "default", host: "10.0.0.9", port: 6443 },
    });
    expect(watch.targets.has("default|10.0.0.1")).toBe(false);
    expect(watch.targets.has("default|10.0.0.9")).toBe(true);
  });

  test("servers keep HAProxy's order", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await watch.advance(1_000);
    watch.poll(UP.toReversed());
    expect([...watch.monitor.live.servers()].map(({ server }) => server)).toEqual(["cp-3", "cp-2", "cp-1"]);
  });

  test("beyond the limit further servers are left out", () => {
    const watch = new MonitorHarness(["lb-1"], 2);
    watch.poll(UP);
    expect([...watch.monitor.live.servers()]).toHaveLength(2);
  });

  test("names from outside are only names", async () => {
    const watch = new MonitorHarness();
    watch.poll(
      [
        ["__proto__", "UP", "L4OK"],
        ["constructor", "UP", "L4OK"],
      ],
      { backend: "a/b" },
    );
    expect(watch.verdictText("__proto__", "lb-1", "a/b")).toBe("unknown probe-pending");
    expect(watch.monitor.live.server("lb-1/a/b/constructor")).not.toBeNull();
  });
});

describe("what surrounds a server", () => {
  test("a server out of service is asked at the slow pace, and soon and at the normal one afterwards", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await watch.advance(1_000);
    watch.poll([["cp-1", "MAINT"], UP[1]!, UP[2]!]);
    expect(watch.targets.get("default|10.0.0.1")).toBe("out-of-service");
    await watch.advance(1_000);
    watch.probedSoon.length = 0;
    watch.poll(UP);
    expect(watch.targets.get("default|10.0.0.1")).toBe("normal");
    expect(watch.probedSoon).toEqual(["default|10.0.0.1"]);
  });

  test("a sibling shows how deep the check looks before a server's own row can", async () => {
    const watch = new MonitorHarness();
    watch.poll([UP[0]!, ["cp-2", "UP 1/3", "INI"], UP[2]!]);
    expect(watch.server("cp-2").haproxy.depth).toBe("connection");
    expect(watch.server("cp-2").quality).toBe("check-blind");
  });

  test("a tracking server has the depth of the server at the end of its chain", () => {
    const watch = new MonitorHarness();
    watch.poll([
      ["cp-1", "UP", "L7OK/200"],
      ["cp-2", "UP", "", { tracked: "k8s-api/cp-1" }],
      ["cp-3", "UP", "", { tracked: "k8s-api/cp-2" }],
    ]);
    expect(watch.server("cp-3").haproxy.depth).toBe("application");
    expect(watch.server("cp-3").quality).toBe("check-ok");
  });

  test("a tracking server is judged by what the other's check accepts, and DOWN for that one's reason", () => {
    const watch = new MonitorHarness();
    watch.poll([
      ["cp-1", "UP", "L7OK/500"],
      ["cp-2", "UP", "", { tracked: "k8s-api/cp-1" }],
    ]);
    watch.probe(2, "etcd");
    expect(watch.verdictText("cp-2")).toBe("false-up suspected probe-answered-unhealthy");
    expect(watch.server("cp-2")).toMatchObject({
      quality: "check-accepts-error",
      sentence: expect.stringContaining("HAProxy says UP (it follows k8s-api/cp-1)"),
      advice: expect.stringContaining("HAProxy can't detect this"),
    });
    for (const [check, reason] of [
      ["L7STS/403", "haproxy-denied"],
      ["L7STS/500", "check-asks-something-else"],
      ["L4CON", "haproxy-check-failing"],
    ] as const) {
      const down = new MonitorHarness();
      down.poll([
        ["cp-1", "DOWN", check],
        ["cp-2", "DOWN", "", { tracked: "k8s-api/cp-1" }],
      ]);
      down.probe(2, "ok");
      down.poll([
        ["cp-1", "DOWN", check],
        ["cp-2", "DOWN", "", { tracked: "k8s-api/cp-1" }],
      ]);
      expect(down.verdictText("cp-2")).toBe(`false-down settling ${reason}`);
    }
  });

  test.each([
    ["UP", "L4OK", {}, "refused", true],
    ["UP", "L4OK", { checkElsewhere: true }, "refused", false],
    ["UP", "L4OK", {}, "etcd", false],
    ["UP", "L7OK/200", {}, "etcd", true],
    ["UP", "L7OK/500", {}, "etcd", false],
    ["no check", "", {}, "refused", false],
    ["UP", "L4OK", {}, "ok", null],
  ] as const)("%s %s %j before %s: can the check notice it: %s", (status, check, view, answer, canNotice) => {
    const harness = new MonitorHarness();
    harness.poll([["cp-1", status, check, view]]);
    harness.probe(1, answer);
    expect(harness.server("cp-1").haproxy.canNotice).toBe(canNotice);
  });

  test("a check that passes because it asks something else cannot notice the failure", async () => {
    const harness = new MonitorHarness();
    const row: StatsRow = ["cp-1", "UP", "L7OK/200"];
    harness.poll([row]);
    for (let second = 0; second < 40; second += 1) {
      harness.probe(1, "etcd");
      await harness.advance(1_000);
      harness.poll([row]);
    }
    expect(harness.verdictText("cp-1")).toBe("false-up confirmed check-asks-something-else");
    expect(harness.server("cp-1").haproxy.canNotice).toBe(false);
  });

  test("an agent alone is a check that asks the application, up or down", () => {
    const watch = new MonitorHarness();
    const told = { agentStatus: "L7OK" as const };
    watch.poll([
      ["cp-1", "no check", "", told],
      ["cp-2", "DOWN (agent)", "", { ...told, agentStatus: "L7STS" }],
      ["cp-3", "no check", ""],
    ]);
    expect(["cp-1", "cp-2", "cp-3"].map((name) => watch.server(name).quality)).toEqual([
      "check-once",
      "check-once",
      "check-missing",
    ]);
  });

  test("a backup that gets no traffic is shown as a warning, one that does as critical", async () => {
    const watch = new MonitorHarness();
    const backup: StatsRow = ["cp-2", "UP", "L4OK", { backup: true }];
    watch.poll([UP[0]!, backup]);
    await watch.advance(250);
    watch.probe(1, "ok");
    watch.probe(2, "etcd");
    await watch.advance(100);
    watch.poll([UP[0]!, backup]);
    watch.probe(2, "etcd");
    await watch.advance(100);
    watch.poll([UP[0]!, backup]);
    expect(watch.server("cp-2")).toMatchObject({ phase: "confirmed", tone: "warning", haproxy: { usable: false } });
    await watch.advance(1_000);
    watch.poll([["cp-1", "DOWN", "L4CON"], backup]);
    expect(watch.server("cp-2")).toMatchObject({ phase: "confirmed", tone: "critical", haproxy: { usable: true } });
  });

  test("a check that accepts a denial is told for the whole backend, until HAProxy is started anew", async () => {
    const watch = new MonitorHarness();
    watch.poll([
      ["cp-1", "UP", "L7OK/403"],
      ["cp-2", "UP", "L7OK/200"],
    ]);
    expect(watch.server("cp-2").quality).toBe("check-accepts-denial");
    await watch.advance(1_000);
    watch.poll(
      [
        ["cp-1", "UP", "L7OK/200"],
        ["cp-2", "UP", "L7OK/200"],
      ],
      { epoch: "2.1" },
    );
    expect(watch.server("cp-2").quality).toBe("check-ok");
    expect(watch.events.some(({ type }) => type === "instance-reloaded")).toBe(true);
  });
});

describe("what went into a lying server", () => {
  test("counts from the poll before the first bad probe, over resets of the counters", async () => {
    const watch = new MonitorHarness();
    const rows = (cp1: number, cp2: number): StatsRow[] => [
      ["cp-1", "UP", "L4OK", { sessionsTotal: cp1 }],
      ["cp-2", "UP", "L4OK", { sessionsTotal: cp2, sessionsCurrent: 4 }],
    ];
    watch.poll(rows(100, 50));
    await watch.advance(250);
    watch.probe(1, "ok");
    watch.probe(2, "ok");
    await watch.advance(500);
    watch.probe(2, "etcd");
    await watch.advance(250);
    watch.poll(rows(106, 52));
    watch.probe(2, "etcd");
    expect(watch.server("cp-2").misrouted).toEqual({
      sessions: 2,
      held: 4,
      unit: "sessions",
      share: 0.25,
      healthyLeft: 1,
    });
    await watch.advance(1_000);
    watch.poll(rows(3, 1), { epoch: "2.2" });
    expect(watch.server("cp-2").misrouted).toMatchObject({ sessions: 3, share: 0.25 });
  });

  test("is nothing for a server that both find good", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    expect(watch.server("cp-1").misrouted).toMatchObject({ sessions: 0, held: 0, share: null, healthyLeft: 2 });
  });
});

describe("silence", () => {
  test("an instance that stops answering: an event at the edge, unknown after five seconds, back with the next answer", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    const error = { code: "HAPROBE_STATS_TIMEOUT", message: "no answer within 5 s" };
    watch.monitor.acceptPollFailure("lb-1", error, 1_000);
    watch.monitor.acceptPollFailure("lb-1", error, 1_000);
    expect(watch.events.filter(({ type }) => type === "instance-reachability")).toHaveLength(1);
    expect(watch.verdictText("cp-1")).toBe("agree-up");
    await watch.advance(5_500);
    expect(watch.verdictText("cp-1")).toBe("unknown haproxy-stale");
    expect(watch.monitor.live.instances()[0]).toMatchObject({ state: "stale", error });
    watch.poll(UP);
    expect(watch.verdictText("cp-1")).toBe("agree-up");
    expect(watch.monitor.live.instances()[0]).toMatchObject({ state: "ok", error: null });
  });

  test("one silent instance leaves the others as they are", async () => {
    const watch = new MonitorHarness(["lb-1", "lb-2"]);
    watch.poll(UP);
    watch.poll(UP, { instance: "lb-2" });
    await watch.advance(250);
    for (const place of [1, 2, 3]) watch.probe(place, "ok");
    for (let i = 0; i < 6; i += 1) {
      await watch.advance(1_000);
      watch.poll(UP, { instance: "lb-2" });
    }
    expect(watch.verdictText("cp-1")).toBe("unknown haproxy-stale");
    expect(watch.verdictText("cp-1", "lb-2")).toBe("agree-up");
  });

  test("a pause of ours is told once, and is not HAProxy's silence", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    await watch.clock.advance(10_000);
    watch.monitor.tick();
    expect(watch.events.filter(({ type }) => type === "paused")).toHaveLength(1);
    expect(watch.verdictText("cp-1")).toBe("agree-up");
  });

  test("before the first answer an instance is pending, and untried", () => {
    const watch = new MonitorHarness();
    expect(watch.monitor.unpolledInstances()).toEqual(["lb-1"]);
    expect(watch.monitor.live.instances()[0]?.state).toBe("pending");
    expect(watch.monitor.live.summary().sentence).toBe("No server seen yet");
  });
});

describe("the one sentence", () => {
  test("names who lies, and the count of them once they are many", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    expect(watch.monitor.live.summary().sentence).toBe("HAProxy and haprobe agree on 3 servers");
    await makeFalseUp(watch);
    expect(watch.monitor.live.summary()).toMatchObject({
      sentence: "cp-2 is UP in HAProxy and failing /readyz (etcd)",
      confirmed: 1,
      canBeFalselyUp: 3,
    });
  });
});

describe("probes that this machine does not send any more", () => {
  test("leave no old pass in force: unknown, and one finding for all servers", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    for (let s = 0; s < 10; s += 1) {
      await harness.advance(1_000);
      harness.poll(UP);
    }
    expect(harness.verdictText("cp-1")).toBe("unknown probe-stale");
    expect(harness.monitor.live.findings().find(({ code }) => code === "probe-stale")?.sentence).toMatch(
      /^3 servers, among them lb-1\/k8s-api\/cp-1, have no recent probe result/,
    );
    for (const place of [1, 2, 3]) harness.probe(place, "ok");
    await harness.advance(1_000);
    expect(harness.monitor.live.findings().find(({ code }) => code === "probe-stale")).toBeUndefined();
  });
});

describe("findings", () => {
  test("a blind check is found with the first poll, and stands since then", async () => {
    const watch = new MonitorHarness();
    watch.poll(UP);
    await watch.advance(5_000);
    watch.poll(UP);
    const [finding] = watch.monitor.live.findings();
    expect(finding).toMatchObject({
      id: "check-blind/lb-1/k8s-api",
      code: "check-blind",
      subject: { instance: "lb-1", backend: "k8s-api", server: null },
      since: new Date(watch.clock.wall() - 4_750).toISOString(),
    });
  });

  test("sessions that a DOWN server holds are one after ten seconds, and none once they end", async () => {
    const watch = new MonitorHarness();
    const rows = (held: number): StatsRow[] => [["cp-1", "DOWN", "L7STS/500", { sessionsCurrent: held }]];
    const held = (): boolean => watch.monitor.live.findings().some(({ code }) => code === "sessions-held");
    for (let s = 0; s < 9; s += 1) {
      watch.poll(rows(2));
      await watch.advance(1_000);
    }
    expect(held()).toBe(false);
    for (let s = 0; s < 4; s += 1) {
      watch.poll(rows(2));
      await watch.advance(1_000);
    }
    expect(held()).toBe(true);
    watch.poll(rows(0));
    await watch.advance(1_000);
    expect(held()).toBe(false);
  });

  test("what a silent instance said last is none", async () => {
    const watch = new MonitorHarness();
    watch.poll(UP);
    await watch.advance(8_000);
    expect(watch.monitor.live.findings()).toEqual([]);
  });

  test("what the way of reading an instance cannot show is one, with the line that mends it", async () => {
    const watch = new MonitorHarness();
    const hint = {
      code: "no-addresses",
      sentence: "No addresses.",
      remedy: "stats show-legends",
      examples: [],
      count: 3,
    } as const;
    watch.monitor.acceptSnapshot({ ...watch.snapshot(UP), hints: [hint] }, 1_000);
    await watch.advance(1_000);
    const found = watch.monitor.live.findings().find(({ code }) => code === "addresses-hidden");
    expect(found).toMatchObject({ subject: { instance: "lb-1", backend: null }, advice: "stats show-legends" });
  });

  test("credentials that may not go to a server are one for each server that has the target", async () => {
    const watch = new MonitorHarness(["lb-1", "lb-2"]);
    watch.poll(UP);
    watch.poll(UP, { instance: "lb-2" });
    watch.monitor.setCredentialsWithheld("default|10.0.0.1", "nobody may have them");
    const found = async (): Promise<string[]> => {
      await watch.advance(1_000);
      const findings = watch.monitor.live.findings().filter(({ code }) => code === "credentials-withheld");
      return findings.map(({ id }) => id);
    };
    expect(await found()).toEqual(["credentials-withheld/lb-1/k8s-api/cp-1", "credentials-withheld/lb-2/k8s-api/cp-1"]);
    watch.monitor.setCredentialsWithheld("default|10.0.0.1", null);
    expect(await found()).toEqual([]);
  });

  test("servers beyond the limit are counted in one", async () => {
    const watch = new MonitorHarness(["lb-1"], 1);
    watch.poll(UP);
    await watch.advance(1_000);
    const found = watch.monitor.live.findings().find(({ code }) => code === "too-many-servers");
    expect(found?.sentence).toMatch(/^2 servers are not judged/);
  });
});

describe("a server that hangs", () => {
  test("is left alone by further probes once that is known, and asked as usual when it answers", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    watch.probe(2, "hang");
    expect(watch.hedgingDisabled.size).toBe(0);
    await watch.advance(100);
    watch.poll(UP);
    watch.probe(2, "hang");
    await watch.advance(100);
    watch.poll(UP);
    expect([...watch.hedgingDisabled]).toEqual(["default|10.0.0.2"]);
    watch.probe(2, "ok");
    expect(watch.hedgingDisabled.size).toBe(0);
  });
});

describe("how many are good beside a server", () => {
  test("is right after any verdict, however they change", async () => {
    const watch = new MonitorHarness();
    await startAllUp(watch);
    expect(watch.server("cp-1").misrouted.healthyLeft).toBe(2);
    watch.probe(2, "etcd");
    watch.probe(3, "etcd");
    expect(watch.server("cp-1").misrouted.healthyLeft).toBe(0);
    watch.probe(3, "ok");
    expect(watch.server("cp-1").misrouted.healthyLeft).toBe(1);
    await watch.advance(500);
    watch.poll([["cp-1", "DRAIN", "L4OK"], UP[1]!, UP[2]!]);
    expect(watch.server("cp-2").misrouted.healthyLeft).toBe(1);
    await watch.advance(500);
    watch.poll(UP.slice(0, 2));
    expect(watch.server("cp-2").misrouted.healthyLeft).toBe(1);
  });
});

test("a server that is out of service keeps the slow pace under new rules", async () => {
  const watch = new MonitorHarness();
  watch.poll([["cp-1", "MAINT"], UP[1]!, UP[2]!]);
  watch.monitor.configure([instanceNamed("lb-1")], ({ address }) =>
    address.kind === "ip"
      ? { kind: "target", target: { ...TARGET, key: `other|${address.host}`, host: address.host }, policy: POLICY }
      : { kind: "none", reason: "no-address", policy: POLICY },
  );
  expect(Object.fromEntries(watch.targets)).toEqual({
    "other|10.0.0.1": "out-of-service",
    "other|10.0.0.2": "normal",
    "other|10.0.0.3": "normal",
  });
});

test("rules that only say something else about a server are told of at once", async () => {
  const watch = new MonitorHarness();
  watch.poll([["cp-1", "UP", "L4OK"]]);
  await watch.advance(250);
  watch.probe(1, "ok");
  watch.changes.length = 0;
  const expected = { verdict: "agree-up", why: "we know" } as const;
  watch.monitor.configure([instanceNamed("lb-1")], ({ address }) => ({
    kind: "target",
    target: { ...TARGET, key: [...watch.targets.keys()][0] ?? "", host: address.kind === "ip" ? address.host : "" },
    policy: { ...POLICY, expected },
  }));
  expect(watch.server("cp-1").expected).toBe("we know");
  expect(watch.changes).toContainEqual({ kind: "server", key: "lb-1/k8s-api/cp-1" });
});
