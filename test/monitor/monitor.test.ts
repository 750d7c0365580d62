import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { instanceNamed, MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";
import type { AssignTarget } from "../../server/monitor/inventory.ts";
import type { ProbeCase } from "../support/judge-harness.ts";
import type { CheckQuality } from "../../server/contract/verdict.ts";
import { haproxyView, POLICY, probeResult, TARGET } from "../support/judge-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
  ["cp-3", "UP", "L4OK"],
];

async function startAllUp(harness: MonitorHarness): Promise<void> {
  harness.poll(UP);
  await harness.advance(250);
  for (const place of [1, 2, 3]) harness.probe(place, "ok");
}

/** cp-2 is falsely UP: two probes fail, and views after each still say UP. */
async function makeFalseUp(harness: MonitorHarness): Promise<void> {
  harness.probe(2, "etcd");
  await harness.advance(100);
  harness.poll(UP);
  await harness.advance(100);
  harness.probe(2, "etcd");
  await harness.advance(100);
  harness.poll(UP);
}

describe("views and results", () => {
  test("a false-up has one event for each step, and each changes its row", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    harness.events.length = 0;
    harness.changes.length = 0;
    await makeFalseUp(harness);
    expect(harness.verdictText("cp-2")).toBe("false-up confirmed probe-answered-unhealthy");
    expect(harness.events.map((event) => (event.type === "verdict-changed" ? event.to.phase : event.type))).toEqual([
      "suspected",
      "confirmed",
      "incident-opened",
    ]);
    expect(harness.changes.every((change) => change.kind === "server" && change.key === "lb-1/k8s-api/cp-2")).toBe(
      true,
    );
    expect(harness.verdictText("cp-1")).toBe("agree-up");
  });

  test("a first failure requests a poll of its backend and a further probe", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    harness.probedSoon.length = 0;
    harness.probe(2, "etcd");
    expect(harness.earlyPolls).toEqual(["lb-1/k8s-api"]);
    expect(harness.probedSoon).toEqual(["default|10.0.0.2"]);
  });

  test("a reader that lost a part gets the verdict of every server once more, and nothing else changes", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await makeFalseUp(harness);
    harness.events.length = 0;
    harness.monitor.restate();
    expect(harness.events).toMatchObject([
      { type: "evidence-changed", server: "cp-1", to: { verdict: "agree-up" } },
      { type: "evidence-changed", server: "cp-2", to: { verdict: "false-up", phase: "confirmed" } },
      { type: "evidence-changed", server: "cp-3", to: { verdict: "agree-up" } },
    ]);
  });

  test("every event has its own id", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await makeFalseUp(harness);
    const ids = harness.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id.startsWith("here:e1:"))).toBe(true);
  });

  test("polls that change only counters emit nothing", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    const [events, changes] = [harness.events.length, harness.changes.length];
    for (let i = 0; i < 10; i += 1) {
      await harness.advance(1_000);
      harness.poll(
        UP.map(([name, status, check]) => [name, status, check, { sessionsTotal: i, lastChangeSeconds: i }]),
      );
      for (const place of [1, 2, 3]) harness.probe(place, "ok");
    }
    expect([harness.events.length, harness.changes.length]).toEqual([events, changes]);
  });

  test("a server behind two instances is probed once and judged on each", async () => {
    const harness = new MonitorHarness(["lb-1", "lb-2"]);
    harness.poll(UP);
    harness.poll([["cp-1", "DOWN", "L7STS/500"], UP[1]!, UP[2]!], { instance: "lb-2" });
    await harness.advance(250);
    harness.probe(1, "etcd");
    expect(harness.targets.size).toBe(3);
    expect(harness.verdictText("cp-1")).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.verdictText("cp-1", "lb-2")).toBe("agree-down probe-answered-unhealthy");
  });
});

describe("servers that are added, removed or moved", () => {
  test("a server that HAProxy no longer has is removed, and its target with it", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await harness.advance(1_000);
    harness.poll(UP.slice(0, 2));
    expect(harness.monitor.live.server("lb-1/k8s-api/cp-3")).toBeNull();
    expect([...harness.targets.keys()]).toEqual(["default|10.0.0.1", "default|10.0.0.2"]);
    expect(harness.events.at(-1)).toMatchObject({ type: "server-removed", key: "lb-1/k8s-api/cp-3" });
  });

  test("an early poll of one backend neither adds nor removes servers", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await harness.advance(250);
    harness.poll(UP.slice(0, 1), { scope: { backend: "k8s-api" } });
    expect([...harness.monitor.live.servers()].map(({ server }) => server)).toEqual(["cp-1", "cp-2", "cp-3"]);
  });

  test("an early poll of one backend after an outage says nothing of the others", async () => {
    const harness = new MonitorHarness();
    const rows: StatsRow[] = [UP[0]!, ["cp-2", "UP", "L4OK", { backend: "other" }]];
    harness.poll(rows);
    await harness.advance(250);
    for (const place of [1, 2]) harness.probe(place, "ok");
    await harness.advance(60_000);
    expect(harness.verdictText("cp-2", "lb-1", "other")).toBe("unknown haproxy-stale");
    harness.poll(rows.slice(0, 1), { scope: { backend: "k8s-api" } });
    for (const place of [1, 2]) harness.probe(place, "ok");
    expect([harness.verdictText("cp-1"), harness.verdictText("cp-2", "lb-1", "other")]).toEqual([
      "agree-up",
      "unknown haproxy-stale",
    ]);
    harness.poll(rows);
    expect(harness.verdictText("cp-2", "lb-1", "other")).toBe("agree-up");
  });

  test("a poll that was sent before the newest view changes nothing", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    const sentAt = harness.clock.now() - 100;
    harness.poll([["cp-1", "DRAIN", "L4OK"], UP[1]!, UP[2]!]);
    harness.poll(UP, { sentAt });
    expect(harness.verdictText("cp-1")).toBe("out-of-service drain");
  });

  test("a changed address is an event, and results of the old one no longer count", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await harness.advance(1_000);
    const moved: StatsRow = ["cp-1", "UP", "L4OK", { address: { kind: "ip", host: "10.0.0.9", port: 6443 } }];
    harness.poll([moved, UP[1]!, UP[2]!]);
    expect(harness.verdictText("cp-1")).toBe("unknown probe-pending");
    expect(harness.events.find(({ type }) => type === "address-changed")).toMatchObject({
      from: { network: "default", host: "10.0.0.1", port: 6443 },
      address: { network: "default", host: "10.0.0.9", port: 6443 },
    });
    expect(harness.targets.has("default|10.0.0.1")).toBe(false);
    expect(harness.targets.has("default|10.0.0.9")).toBe(true);
  });

  test("servers keep HAProxy's order", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await harness.advance(1_000);
    harness.poll(UP.toReversed());
    expect([...harness.monitor.live.servers()].map(({ server }) => server)).toEqual(["cp-3", "cp-2", "cp-1"]);
  });

  test("beyond the limit further servers are left out", () => {
    const harness = new MonitorHarness(["lb-1"], 2);
    harness.poll(UP);
    expect([...harness.monitor.live.servers()]).toHaveLength(2);
  });

  test("names with a meaning in JavaScript are plain names", async () => {
    const harness = new MonitorHarness();
    harness.poll(
      [
        ["__proto__", "UP", "L4OK"],
        ["constructor", "UP", "L4OK"],
      ],
      { backend: "a/b" },
    );
    expect(harness.verdictText("__proto__", "lb-1", "a/b")).toBe("unknown probe-pending");
    expect(harness.monitor.live.server("lb-1/a/b/constructor")).not.toBeNull();
  });
});

describe("the context of a server", () => {
  test("a server out of service is probed at the slow pace, afterwards soon and at the normal one", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await harness.advance(1_000);
    harness.poll([["cp-1", "MAINT"], UP[1]!, UP[2]!]);
    expect(harness.targets.get("default|10.0.0.1")).toBe("out-of-service");
    await harness.advance(1_000);
    harness.probedSoon.length = 0;
    harness.poll(UP);
    expect(harness.targets.get("default|10.0.0.1")).toBe("normal");
    expect(harness.probedSoon).toEqual(["default|10.0.0.1"]);
  });

  test("a sibling shows how deep the check looks before a server's own row can", async () => {
    const harness = new MonitorHarness();
    harness.poll([UP[0]!, ["cp-2", "UP 1/3", "INI"], UP[2]!]);
    expect(harness.server("cp-2").haproxy.depth).toBe("connection");
    expect(harness.server("cp-2").quality).toBe("check-blind");
  });

  test("a tracking server has the depth of the server at the end of its chain", () => {
    const harness = new MonitorHarness();
    harness.poll([
      ["cp-1", "UP", "L7OK/200"],
      ["cp-2", "UP", "", { tracked: "k8s-api/cp-1" }],
      ["cp-3", "UP", "", { tracked: "k8s-api/cp-2" }],
    ]);
    expect(harness.server("cp-3").haproxy.depth).toBe("application");
    expect(harness.server("cp-3").quality).toBe("check-ok");
  });

  test("a tracking server is judged by the check that it follows, and DOWN for the reason of that check", () => {
    const harness = new MonitorHarness();
    harness.poll([
      ["cp-1", "UP", "L7OK/500"],
      ["cp-2", "UP", "", { tracked: "k8s-api/cp-1" }],
    ]);
    harness.probe(2, "etcd");
    expect(harness.verdictText("cp-2")).toBe("false-up suspected probe-answered-unhealthy");
    expect(harness.server("cp-2")).toMatchObject({
      quality: "check-accepts-error",
      sentence: expect.stringContaining("HAProxy says UP (it tracks k8s-api/cp-1)"),
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

  test("an agent without a check counts as a check of the application, up or down", () => {
    const harness = new MonitorHarness();
    const agent = { agentStatus: "L7OK" as const };
    harness.poll([
      ["cp-1", "no check", "", agent],
      ["cp-2", "DOWN (agent)", "", { ...agent, agentStatus: "L7STS" }],
      ["cp-3", "no check", ""],
    ]);
    expect(["cp-1", "cp-2", "cp-3"].map((name) => harness.server(name).quality)).toEqual([
      "check-once",
      "check-once",
      "check-missing",
    ]);
  });

  test("a result that a state file restored shows neither HTTP nor another protocol", async () => {
    const harness = new MonitorHarness();
    const quality = async (check: string, text = ""): Promise<CheckQuality | null> => {
      const view = haproxyView("UP", check);
      await harness.advance(1_000);
      harness.poll([["cp-1", "UP", check, { check: { ...view.check, text } }]]);
      return harness.server("cp-1").quality;
    };
    expect(await quality("L7OK/0")).toBeNull();
    expect(await quality("* L7OK")).toBeNull();
    expect(await quality("L7OK/0", "(tcp-check)")).toBe("check-once");
    expect(await quality("L7OK/200")).toBe("check-ok");
    expect(await quality("L7OK/0")).toBe("check-ok");
  });

  test("a guess says nothing of the check's quality before the server has answered it in HTTP", async () => {
    const quality = async (answer: ProbeCase): Promise<CheckQuality | null> => {
      const harness = new MonitorHarness();
      const guess: AssignTarget = ({ address }) => {
        const host = address.kind === "ip" ? address.host : "";
        return { kind: "target", target: { ...TARGET, key: `default|${host}`, host, guessed: true }, policy: POLICY };
      };
      harness.monitor.configure([instanceNamed("lb-1")], guess);
      harness.poll(UP);
      await harness.advance(250);
      harness.probe(1, answer);
      await harness.advance(100);
      harness.poll(UP);
      return harness.server("cp-1").quality;
    };
    expect(await quality("slam")).toBeNull();
    expect(await quality("404")).toBe("check-blind");
  });

  test("a false-up backup is a warning without traffic and critical with traffic", async () => {
    const harness = new MonitorHarness();
    const backup: StatsRow = ["cp-2", "UP", "L4OK", { backup: true }];
    harness.poll([UP[0]!, backup]);
    await harness.advance(250);
    harness.probe(1, "ok");
    harness.probe(2, "etcd");
    await harness.advance(100);
    harness.poll([UP[0]!, backup]);
    harness.probe(2, "etcd");
    await harness.advance(100);
    harness.poll([UP[0]!, backup]);
    expect(harness.server("cp-2")).toMatchObject({ phase: "confirmed", tone: "warning", haproxy: { usable: false } });
    await harness.advance(1_000);
    harness.poll([["cp-1", "DOWN", "L4CON"], backup]);
    expect(harness.server("cp-2")).toMatchObject({ phase: "confirmed", tone: "critical", haproxy: { usable: true } });
  });

  test("a check that accepts a denial is the quality of the whole backend until HAProxy is restarted", async () => {
    const harness = new MonitorHarness();
    harness.poll([
      ["cp-1", "UP", "L7OK/403"],
      ["cp-2", "UP", "L7OK/200"],
    ]);
    expect(harness.server("cp-2").quality).toBe("check-accepts-denial");
    await harness.advance(1_000);
    harness.poll(
      [
        ["cp-1", "UP", "L7OK/200"],
        ["cp-2", "UP", "L7OK/200"],
      ],
      { epoch: "2.1" },
    );
    expect(harness.server("cp-2").quality).toBe("check-ok");
    expect(harness.events.some(({ type }) => type === "instance-reloaded")).toBe(true);
  });
});

describe("traffic of a false-up", () => {
  test("is counted from the poll before the first failed probe, across counter resets", async () => {
    const harness = new MonitorHarness();
    const rows = (cp1: number, cp2: number): StatsRow[] => [
      ["cp-1", "UP", "L4OK", { sessionsTotal: cp1 }],
      ["cp-2", "UP", "L4OK", { sessionsTotal: cp2, sessionsCurrent: 4 }],
    ];
    harness.poll(rows(100, 50));
    await harness.advance(250);
    harness.probe(1, "ok");
    harness.probe(2, "ok");
    await harness.advance(500);
    harness.probe(2, "etcd");
    await harness.advance(250);
    harness.poll(rows(106, 52));
    harness.probe(2, "etcd");
    expect(harness.server("cp-2").misrouted).toEqual({
      sessions: 2,
      held: 4,
      unit: "sessions",
      share: 0.25,
      healthyLeft: 1,
    });
    await harness.advance(1_000);
    harness.poll(rows(3, 1), { epoch: "2.2" });
    expect(harness.server("cp-2").misrouted).toMatchObject({ sessions: 3, share: 0.25 });
  });

  test("names the healthy servers left also after another server of the backend changes", async () => {
    const bed = new MonitorHarness();
    const rows: StatsRow[] = [
      ["a", "UP", "L4OK"],
      ["b", "UP", "L4OK"],
    ];
    bed.poll(rows);
    bed.probe(1, "etcd");
    bed.probe(2, "ok");
    await bed.advance(250);
    expect(bed.server("a").misrouted.healthyLeft).toBe(1);
    bed.changes.length = 0;
    bed.probe(2, "etcd");
    await bed.advance(250);
    expect(bed.changes).toContainEqual({ kind: "server", key: "lb-1/k8s-api/a" });
    expect(bed.server("a").misrouted.healthyLeft).toBe(0);
  });

  test("is zero for a server that both agree is up", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    expect(harness.server("cp-1").misrouted).toMatchObject({ sessions: 0, held: 0, share: null, healthyLeft: 2 });
  });
});

describe("instances that stop answering", () => {
  test("have one event, unknown servers after five seconds, and their verdicts back with the next answer", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    const error = { code: "HAPROBE_STATS_TIMEOUT", message: "no answer within 5 s" };
    harness.monitor.acceptPollFailure("lb-1", error, 1_000);
    harness.monitor.acceptPollFailure("lb-1", error, 1_000);
    expect(harness.events.filter(({ type }) => type === "instance-reachability")).toHaveLength(1);
    expect(harness.verdictText("cp-1")).toBe("agree-up");
    await harness.advance(5_500);
    expect(harness.verdictText("cp-1")).toBe("unknown haproxy-stale");
    expect(harness.monitor.live.instances()[0]).toMatchObject({ state: "stale", error });
    harness.poll(UP);
    expect(harness.verdictText("cp-1")).toBe("agree-up");
    expect(harness.monitor.live.instances()[0]).toMatchObject({ state: "ok", error: null });
  });

  test("do not change the servers of other instances", async () => {
    const harness = new MonitorHarness(["lb-1", "lb-2"]);
    harness.poll(UP);
    harness.poll(UP, { instance: "lb-2" });
    await harness.advance(250);
    for (const place of [1, 2, 3]) harness.probe(place, "ok");
    for (let i = 0; i < 6; i += 1) {
      await harness.advance(1_000);
      harness.poll(UP, { instance: "lb-2" });
    }
    expect(harness.verdictText("cp-1")).toBe("unknown haproxy-stale");
    expect(harness.verdictText("cp-1", "lb-2")).toBe("agree-up");
  });

  test("are not stale because this process was paused, which is one event", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    await harness.clock.advance(10_000);
    harness.monitor.tick();
    expect(harness.events.filter(({ type }) => type === "paused")).toHaveLength(1);
    expect(harness.verdictText("cp-1")).toBe("agree-up");
  });

  test("are pending and unpolled before the first answer", () => {
    const harness = new MonitorHarness();
    expect(harness.monitor.unpolledInstances()).toEqual(["lb-1"]);
    expect(harness.monitor.live.instances()[0]?.state).toBe("pending");
    expect(harness.monitor.live.summary().sentence).toBe("No server seen yet");
  });
});

describe("the sentence of the summary", () => {
  test("names a false-up server and its failing sub-check", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    expect(harness.monitor.live.summary().sentence).toBe("HAProxy and haprobe agree on 3 servers");
    await makeFalseUp(harness);
    expect(harness.monitor.live.summary()).toMatchObject({
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

test("a guessed probe that is answered with something else than HTTP is never sent again", async () => {
  const harness = new MonitorHarness();
  const guess: AssignTarget = ({ address }, _, { notHttp }) =>
    address.kind === "ip" && !notHttp
      ? { kind: "target", target: { ...TARGET, key: `guess|${address.host}`, guessed: true }, policy: POLICY }
      : { kind: "none", reason: "no-probe-rule", policy: POLICY };
  harness.monitor.configure([instanceNamed("lb-1")], guess);
  harness.poll([UP[0]!]);
  await harness.advance(250);
  expect([...harness.targets.keys()]).toEqual(["guess|10.0.0.1"]);
  const result = probeResult("answer reset", 1, harness.clock.now(), 0, "guess|10.0.0.1");
  harness.monitor.acceptResult({ ...result, kind: "protocol-error", fault: "probe-protocol-error" });
  await harness.advance(1_000);
  harness.poll([["cp-1", "UP", "L7OK/200"]]);
  expect([...harness.targets.keys()]).toEqual([]);
  expect(harness.verdictText("cp-1")).toBe("unknown no-probe-rule");
});

describe("findings", () => {
  test("a blind check is found with the first poll, and keeps that time", async () => {
    const harness = new MonitorHarness();
    harness.poll(UP);
    await harness.advance(5_000);
    harness.poll(UP);
    const [finding] = harness.monitor.live.findings();
    expect(finding).toMatchObject({
      id: "check-blind/lb-1/k8s-api",
      code: "check-blind",
      subject: { instance: "lb-1", backend: "k8s-api", server: null },
      since: new Date(harness.clock.wall() - 4_750).toISOString(),
    });
  });

  test("include sessions that a DOWN server holds for ten seconds, until they end", async () => {
    const harness = new MonitorHarness();
    const rows = (held: number): StatsRow[] => [["cp-1", "DOWN", "L7STS/500", { sessionsCurrent: held }]];
    const held = (): boolean => harness.monitor.live.findings().some(({ code }) => code === "sessions-held");
    for (let s = 0; s < 9; s += 1) {
      harness.poll(rows(2));
      await harness.advance(1_000);
    }
    expect(held()).toBe(false);
    for (let s = 0; s < 4; s += 1) {
      harness.poll(rows(2));
      await harness.advance(1_000);
    }
    expect(held()).toBe(true);
    harness.poll(rows(0));
    await harness.advance(1_000);
    expect(held()).toBe(false);
  });

  test("do not include those of a stale instance", async () => {
    const harness = new MonitorHarness();
    harness.poll(UP);
    await harness.advance(8_000);
    expect(harness.monitor.live.findings()).toEqual([]);
  });

  test("include what a stats source cannot show, with the line that fixes it", async () => {
    const harness = new MonitorHarness();
    const hint = {
      code: "no-addresses",
      sentence: "No addresses.",
      remedy: "stats show-legends",
      examples: [],
      count: 3,
    } as const;
    void harness.monitor.acceptSnapshot({ ...harness.snapshot(UP), hints: [hint] }, 1_000);
    await harness.advance(1_000);
    const found = harness.monitor.live.findings().find(({ code }) => code === "addresses-hidden");
    expect(found).toMatchObject({ subject: { instance: "lb-1", backend: null }, advice: "stats show-legends" });
  });

  test("include withheld credentials, for each server of the target", async () => {
    const harness = new MonitorHarness(["lb-1", "lb-2"]);
    harness.poll(UP);
    harness.poll(UP, { instance: "lb-2" });
    harness.monitor.setCredentialsWithheld("default|10.0.0.1", "not allowed by the rule");
    const found = async (): Promise<string[]> => {
      await harness.advance(1_000);
      const findings = harness.monitor.live.findings().filter(({ code }) => code === "credentials-withheld");
      return findings.map(({ id }) => id);
    };
    expect(await found()).toEqual(["credentials-withheld/lb-1/k8s-api/cp-1", "credentials-withheld/lb-2/k8s-api/cp-1"]);
    harness.monitor.setCredentialsWithheld("default|10.0.0.1", null);
    expect(await found()).toEqual([]);
  });

  test("count servers beyond the limit", async () => {
    const harness = new MonitorHarness(["lb-1"], 1);
    harness.poll(UP);
    await harness.advance(1_000);
    const found = harness.monitor.live.findings().find(({ code }) => code === "too-many-servers");
    expect(found?.sentence).toMatch(/^2 servers are not judged/);
  });

  test("count servers beyond the limit of one instance, which leaves room for the others", async () => {
    const harness = new MonitorHarness(["lb-1", "lb-2"], BOUNDS.serversMax);
    const rows = Array.from({ length: BOUNDS.serversPerInstanceMax + 3 }, (_, n): StatsRow => [`s${n}`, "MAINT"]);
    await harness.monitor.acceptSnapshot(harness.snapshot(rows), 1_000);
    await harness.monitor.acceptSnapshot(harness.snapshot(UP, { instance: "lb-2" }), 1_000);
    expect([...harness.monitor.live.keys()]).toHaveLength(BOUNDS.serversPerInstanceMax + UP.length);
    await harness.advance(1_000);
    const found = harness.monitor.live.findings().find(({ code }) => code === "too-many-servers");
    expect(found?.sentence).toMatch(/^3 servers are not judged/);
  });
});

describe("a server that hangs", () => {
  test("has no hedged probes once that is known, and has them again when it answers", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    harness.probe(2, "hang");
    expect(harness.hedgingDisabled.size).toBe(0);
    await harness.advance(100);
    harness.poll(UP);
    harness.probe(2, "hang");
    await harness.advance(100);
    harness.poll(UP);
    expect([...harness.hedgingDisabled]).toEqual(["default|10.0.0.2"]);
    harness.probe(2, "ok");
    expect(harness.hedgingDisabled.size).toBe(0);
  });
});

describe("the number of healthy servers besides one", () => {
  test("follows every verdict", async () => {
    const harness = new MonitorHarness();
    await startAllUp(harness);
    expect(harness.server("cp-1").misrouted.healthyLeft).toBe(2);
    harness.probe(2, "etcd");
    harness.probe(3, "etcd");
    expect(harness.server("cp-1").misrouted.healthyLeft).toBe(0);
    harness.probe(3, "ok");
    expect(harness.server("cp-1").misrouted.healthyLeft).toBe(1);
    await harness.advance(500);
    harness.poll([["cp-1", "DRAIN", "L4OK"], UP[1]!, UP[2]!]);
    expect(harness.server("cp-2").misrouted.healthyLeft).toBe(1);
    await harness.advance(500);
    harness.poll(UP.slice(0, 2));
    expect(harness.server("cp-2").misrouted.healthyLeft).toBe(1);
  });
});

test("a server that is out of service keeps the slow pace under new rules", async () => {
  const harness = new MonitorHarness();
  harness.poll([["cp-1", "MAINT"], UP[1]!, UP[2]!]);
  harness.monitor.configure([instanceNamed("lb-1")], ({ address }) =>
    address.kind === "ip"
      ? { kind: "target", target: { ...TARGET, key: `other|${address.host}`, host: address.host }, policy: POLICY }
      : { kind: "none", reason: "no-address", policy: POLICY },
  );
  expect(Object.fromEntries(harness.targets)).toEqual({
    "other|10.0.0.1": "out-of-service",
    "other|10.0.0.2": "normal",
    "other|10.0.0.3": "normal",
  });
});

test("rules that change only what is expected of a server change its row at once", async () => {
  const harness = new MonitorHarness();
  harness.poll([["cp-1", "UP", "L4OK"]]);
  await harness.advance(250);
  harness.probe(1, "ok");
  harness.changes.length = 0;
  const expected = { verdict: "agree-up", why: "we know" } as const;
  harness.monitor.configure([instanceNamed("lb-1")], ({ address }) => ({
    kind: "target",
    target: { ...TARGET, key: [...harness.targets.keys()][0] ?? "", host: address.kind === "ip" ? address.host : "" },
    policy: { ...POLICY, expected },
  }));
  expect(harness.server("cp-1").expected).toBe("we know");
  expect(harness.changes).toContainEqual({ kind: "server", key: "lb-1/k8s-api/cp-1" });
});
