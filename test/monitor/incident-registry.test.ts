import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { Incident, IncidentRecord } from "../../server/contract/incident.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type StatsRow, MonitorHarness } from "../support/monitor-harness.ts";

const UP: StatsRow[] = [
  ["cp-1", "UP", "L4OK"],
  ["cp-2", "UP", "L4OK"],
];
const BOTH = ["lb-1", "lb-2"] as const;

/** Two HAProxies in front of the same two servers; cp-2 is falsely UP behind both. */
async function startFalseUp(): Promise<MonitorHarness> {
  const harness = new MonitorHarness(BOTH);
  for (const instance of BOTH) harness.poll(UP, { instance });
  await harness.advance(250);
  harness.probe(1, "ok");
  harness.probe(2, "etcd");
  await harness.advance(100);
  for (const instance of BOTH) harness.poll(UP, { instance });
  await harness.advance(100);
  harness.probe(2, "etcd");
  await harness.advance(100);
  for (const instance of BOTH) harness.poll(UP, { instance });
  return harness;
}

/** One second later, polls of both HAProxies and probes of both servers. */
async function advanceOneSecond(
  harness: MonitorHarness,
  answer: "ok" | "etcd",
  rows: readonly StatsRow[] = UP,
): Promise<void> {
  await harness.advance(1_000);
  for (const instance of BOTH) harness.poll(rows, { instance });
  harness.probe(1, "ok");
  harness.probe(2, answer);
}

const onlyIncident = (harness: MonitorHarness): Incident => {
  const [incident, ...others] = harness.monitor.live.incidents();
  expect(others).toEqual([]);
  if (incident === undefined) throw new Error("no incident");
  return incident;
};

describe("a false-up behind two HAProxies", () => {
  test("is one incident with two members", async () => {
    const harness = await startFalseUp();
    expect(onlyIncident(harness)).toMatchObject({
      state: "open",
      verdict: "false-up",
      subject: "10.0.0.2:6443",
      sentence: "HAProxy says UP (L4OK); /readyz answers 500: etcd failed",
      detectionLagMs: null,
    });
    expect(onlyIncident(harness).members.map(({ key }) => key)).toEqual(["lb-1/k8s-api/cp-2", "lb-2/k8s-api/cp-2"]);
    expect(onlyIncident(harness).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("ends ten seconds after both agree again, and keeps its id when it relapses soon", async () => {
    const harness = await startFalseUp();
    const { id } = onlyIncident(harness);
    for (let s = 0; s < 9; s += 1) await advanceOneSecond(harness, "ok");
    expect(onlyIncident(harness).state).toBe("healing");
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(harness, "ok");
    expect(onlyIncident(harness)).toMatchObject({ state: "ended", end: "agreed" });
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(harness, "etcd");
    expect(onlyIncident(harness)).toMatchObject({ id, state: "open", flaps: 1 });
  });

  test("records how long HAProxy took to agree", async () => {
    const harness = await startFalseUp();
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(harness, "etcd", [UP[0]!, ["cp-2", "DOWN", "L4CON"]]);
    expect(onlyIncident(harness).state).toBe("healing");
    expect(onlyIncident(harness).detectionLagMs).toBeGreaterThan(1_000);
  });

  test("ends at once where the server gets another address", async () => {
    const harness = await startFalseUp();
    await harness.advance(250);
    const moved: StatsRow = ["cp-2", "UP", "L4OK", { address: { kind: "ip", host: "10.0.0.9", port: 6443 } }];
    for (const instance of BOTH) harness.poll([UP[0]!, moved], { instance });
    expect(onlyIncident(harness)).toMatchObject({ state: "ended", end: "address-changed" });
  });

  test("ends at once where the server is removed", async () => {
    const harness = await startFalseUp();
    await harness.advance(250);
    for (const instance of BOTH) harness.poll(UP.slice(0, 1), { instance });
    expect(onlyIncident(harness)).toMatchObject({ state: "ended", end: "removed" });
  });

  test("stays open while HAProxy does not answer", async () => {
    const harness = await startFalseUp();
    await harness.advance(60_000);
    expect(harness.verdictText("cp-2")).toBe("unknown haproxy-stale");
    expect(onlyIncident(harness).state).toBe("open");
  });
});

test("the counts of an incident are reported when the process ends, and not of one that has ended", async () => {
  const harness = await startFalseUp();
  const sessions = (total: number): StatsRow => ["cp-2", "UP", "L4OK", { sessionsTotal: total }];
  for (const total of [10, 25, 40]) {
    await harness.advance(250);
    harness.poll([UP[0]!, sessions(total)]);
  }
  const shown = onlyIncident(harness).members[0]?.sessions ?? 0;
  expect(shown).toBeGreaterThanOrEqual(15);
  const stored = (): number | undefined => {
    const last = harness.events.findLast((event) => "incident" in event);
    return last === undefined ? undefined : last.incident.members[0]?.traffic.counts.sessions;
  };
  expect(stored()).toBeLessThan(shown);
  harness.monitor.finish();
  expect(stored()).toBe(shown);

  for (let s = 0; s < 12; s += 1) await advanceOneSecond(harness, "ok");
  const before = harness.events.length;
  harness.monitor.finish();
  expect(harness.events).toHaveLength(before);
});

describe("an incident of an earlier run", () => {
  /** The newest record of the only incident, as a sink gets it and writes it. */
  function storedIncident(harness: MonitorHarness): IncidentRecord {
    const event = harness.events.findLast((each) => each.type.startsWith("incident-"));
    if (event === undefined || !("incident" in event)) throw new Error("no incident event");
    return JSON.parse(JSON.stringify(event.incident));
  }

  /** A new process whose monotonic clock begins elsewhere; its wall clock is `laterMs` after that of the harness. */
  function restart(harness: MonitorHarness, incidents: readonly IncidentRecord[], laterMs: number): MonitorHarness {
    const clock = new FakeClock(77, harness.clock.wall() + laterMs - 77);
    return new MonitorHarness(BOTH, 1_000, { incidents, clock });
  }

  test("goes on in the middle of a flap with the same id, and heals at the time it would have", async () => {
    const harness = await startFalseUp();
    for (let s = 0; s < 4; s += 1) await advanceOneSecond(harness, "ok");
    const record = storedIncident(harness);
    expect(record.state.kind).toBe("healing");
    const healsAt = record.state.kind === "healing" ? record.state.since + 10_000 : 0;
    const next = restart(harness, [record], 1_500);
    for (const instance of BOTH) next.poll(UP, { instance });
    next.probe(1, "ok");
    next.probe(2, "ok");
    while (!next.events.some(({ type }) => type === "incident-ended")) {
      expect(next.clock.wall()).toBeLessThan(healsAt + 1_250);
      await advanceOneSecond(next, "ok");
    }
    const ended = next.events.find((event) => event.type === "incident-ended");
    expect(ended).toMatchObject({ incident: { id: record.id, state: { kind: "ended" } } });
    expect(ended?.at).toBeGreaterThanOrEqual(healsAt);
    expect(onlyIncident(next).id).toBe(record.id);
  });

  test("stays open with the same id, with no event but its traffic, where the fault is still there", async () => {
    const harness = await startFalseUp();
    const record = storedIncident(harness);
    const next = restart(harness, [record], 2_000);
    for (const instance of BOTH) next.poll(UP, { instance });
    await next.advance(250);
    for (let s = 0; s < 4; s += 1) await advanceOneSecond(next, "etcd");
    expect(onlyIncident(next)).toMatchObject({ id: record.id, state: "open", flaps: 0 });
    const types = new Set(next.events.map(({ type }) => type).filter((type) => type.startsWith("incident-")));
    expect([...types]).toEqual(["incident-counted"]);
  });

  test("loses members that HAProxy no longer has, and those of an instance that does not exist", async () => {
    const harness = await startFalseUp();
    const [gone, elsewhere] = [
      restart(harness, [storedIncident(harness)], 0),
      new MonitorHarness(["lb-9"], 1_000, {
        incidents: [storedIncident(harness)],
      }),
    ];
    for (const instance of BOTH) gone.poll(UP.slice(0, 1), { instance });
    expect(onlyIncident(gone)).toMatchObject({ state: "ended", end: "removed" });
    await elsewhere.advance(59_000);
    expect(onlyIncident(elsewhere).state).toBe("open");
    await elsewhere.advance(2_000);
    expect(onlyIncident(elsewhere)).toMatchObject({ state: "ended", end: "removed" });
  });
});

describe("the kept incidents", () => {
  test("do not grow with servers of ever new names: the oldest ended ones are dropped", async () => {
    const harness = new MonitorHarness();
    const row = (index: number): StatsRow => [
      `s-${index}`,
      "UP",
      "L4OK",
      { address: { kind: "ip", host: `10.0.${index >> 8}.${index & 255}`, port: 6443 } },
    ];
    const fail = (index: number): void => {
      harness.probeAt(`10.0.${index >> 8}.${index & 255}`, "etcd");
    };
    const count = BOUNDS.incidentsKept + 200;
    for (let index = 0; index < count; index += 1) {
      harness.poll([row(index)]);
      await harness.clock.advance(10);
      fail(index);
      await harness.clock.advance(10);
      harness.poll([row(index)]);
      await harness.clock.advance(10);
      fail(index);
      await harness.clock.advance(10);
      harness.poll([row(index)]);
    }
    const opened = harness.events.filter(({ type }) => type === "incident-opened").length;
    expect(opened).toBe(count);
    const kept = [...harness.monitor.live.incidents()];
    expect(kept).toHaveLength(BOUNDS.incidentsKept);
    expect(kept[0]?.subject).toBe(`10.0.${(count - 1) >> 8}.${(count - 1) & 255}:6443`);
    expect(harness.monitor.live.incident(kept.at(-1)?.id ?? "")).toEqual(kept.at(-1));
  });

  test("include an ended incident beside a later one of the same server", async () => {
    const harness = await startFalseUp();
    for (let s = 0; s < 13; s += 1) await advanceOneSecond(harness, "ok");
    for (let s = 0; s < 601; s += 1) await advanceOneSecond(harness, "ok");
    for (let s = 0; s < 3; s += 1) await advanceOneSecond(harness, "etcd");
    expect([...harness.monitor.live.incidents()].map(({ state }) => state)).toEqual(["open", "ended"]);
  });
});

test("a suspected mismatch is no incident", async () => {
  const harness = new MonitorHarness();
  harness.poll(UP);
  await harness.advance(250);
  harness.probe(2, "etcd");
  expect([...harness.monitor.live.incidents()]).toEqual([]);
});

describe("sessions of an incident", () => {
  const rows = (sessions: number, status = "UP"): StatsRow[] => [
    UP[0]!,
    ["cp-2", status, "L4OK", { sessionsTotal: sessions, sessionsCurrent: 3 }],
  ];
  const info = (pid: number) => ({
    pid,
    startTimeSeconds: 1_000,
    version: "3.0",
    uptimeSeconds: 1,
    node: "",
    stopping: false,
  });

  /** A false-up of cp-2 behind one HAProxy, whose process 7 had sent it 100 sessions before. */
  async function startCounting(): Promise<MonitorHarness> {
    const harness = new MonitorHarness();
    harness.poll(rows(100), { info: info(7) });
    await harness.advance(250);
    harness.probe(1, "ok");
    harness.probe(2, "etcd");
    await harness.advance(100);
    harness.probe(2, "etcd");
    await harness.advance(100);
    harness.poll(rows(110), { info: info(7) });
    expect(onlyIncident(harness)).toMatchObject({ state: "open", sessions: 10, held: 3 });
    return harness;
  }

  test("are those of all its episodes, and none from between them", async () => {
    const harness = await startCounting();
    harness.probe(2, "ok");
    await harness.advance(500);
    harness.poll(rows(150), { info: info(7) });
    expect(onlyIncident(harness)).toMatchObject({ state: "healing", sessions: 10 });
    for (let probe = 0; probe < 2; probe += 1) {
      harness.probe(2, "etcd");
      await harness.advance(250);
      harness.poll(rows(152 + probe), { info: info(7) });
    }
    expect(onlyIncident(harness)).toMatchObject({ state: "open", flaps: 1, sessions: 13 });
    expect(harness.server("cp-2").misrouted.sessions).toBe(13);
  });

  test("that are held go on to be shown after HAProxy took the server out", async () => {
    const harness = await startCounting();
    await harness.advance(500);
    harness.poll(rows(110, "DOWN"), { info: info(7) });
    await harness.advance(500);
    harness.poll([UP[0]!, ["cp-2", "DOWN", "L4OK", { sessionsTotal: 110, sessionsCurrent: 1 }]], { info: info(7) });
    expect(onlyIncident(harness)).toMatchObject({ state: "healing", held: 1 });
  });

  test.each([
    ["the same process of HAProxy: those that came meanwhile count", 7, 145, 45],
    ["another process of HAProxy: they do not, since its counters say nothing of the time before", 8, 20, 10],
  ])("go on after a restart with %s", async (_case, pid, total, sessions) => {
    const harness = await startCounting();
    const stored = harness.events.findLast((event) => "incident" in event);
    if (stored === undefined || !("incident" in stored)) throw new Error("no incident event");
    const clock = new FakeClock(77, harness.clock.wall() + 5_000 - 77);
    const record: IncidentRecord = JSON.parse(JSON.stringify(stored.incident));
    const next = new MonitorHarness(["lb-1"], 1_000, { incidents: [record], clock, heardBefore: stored.at });
    next.monitor.start();
    expect(onlyIncident(next).changes.at(-1)).toMatchObject({ what: "resumed", text: "not observed for 5 s" });
    const seen: number[] = [];
    for (let probe = 0; probe < 3; probe += 1) {
      next.poll(rows(total), { info: info(pid) });
      await next.advance(250);
      next.probe(1, "ok");
      next.probe(2, "etcd");
      await next.advance(100);
      seen.push(onlyIncident(next).sessions);
    }
    next.poll(rows(total), { info: info(pid) });
    expect(onlyIncident(next)).toMatchObject({ id: record.id, sessions });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await next.advance(100);
    next.poll(rows(total + 2), { info: info(pid) });
    expect(onlyIncident(next).sessions).toBe(sessions + 2);
  });
});

test.each([
  ["as it says itself", 12, 10_000],
  ["when it was polled first, where what it says cannot be", 4_294_953, 22_000],
])("after a restart HAProxy took the server out %s", async (_when, lastChangeSeconds, lagMs) => {
  const harness = await startFalseUp();
  const stored = harness.events.findLast(({ type }) => type === "incident-changed");
  if (stored === undefined || !("incident" in stored)) throw new Error("no incident event");
  const record: IncidentRecord = JSON.parse(JSON.stringify(stored.incident));
  const clock = new FakeClock(77, record.suspectedAt + 22_000 - 77);
  const next = new MonitorHarness(BOTH, 1_000, { incidents: [record], clock, heardBefore: stored.at });
  for (const instance of BOTH) next.poll([UP[0]!, ["cp-2", "DOWN", "L4CON", { lastChangeSeconds }]], { instance });
  next.probe(2, "etcd");
  expect(next.verdictText("cp-2")).toMatch(/^agree-down/);
  expect(onlyIncident(next).detectionLagMs).toBe(lagMs);
});

describe("what a person says about an incident", () => {
  test("is an event, and part of the incident; an unknown incident is null", async () => {
    const harness = await startFalseUp();
    const { id } = onlyIncident(harness);
    const said = harness.monitor.applyAction(id, { kind: "acknowledged", name: "Ada", text: "on it" });
    expect(said).toMatchObject({ id, acknowledgement: { name: "Ada", text: "on it" } });
    expect(harness.events.at(-1)).toMatchObject({ type: "incident-changed", incident: { id } });
    expect(harness.monitor.applyAction("other", { kind: "noted", name: "Ada", text: "" })).toBeNull();
  });
});

test("a mismatch that a person expects is shown as such on every server, counted as none, until it is withdrawn or ends", async () => {
  const harness = await startFalseUp();
  const { id } = onlyIncident(harness);
  const confirmed = (): number => harness.monitor.live.summary().confirmed;
  const shown = (): unknown[] =>
    BOTH.map((instance) => [harness.server("cp-2", instance).expected, harness.server("cp-2", instance).tone]);
  expect(confirmed()).toBe(2);
  harness.changes.length = 0;
  harness.monitor.applyAction(id, { kind: "marked-expected", name: "Ada", why: "being rebuilt" });
  expect(shown()).toEqual([
    ["being rebuilt", "quiet"],
    ["being rebuilt", "quiet"],
  ]);
  expect(confirmed()).toBe(0);
  expect(harness.changes).toEqual(BOTH.map((instance) => ({ kind: "server", key: `${instance}/k8s-api/cp-2` })));
  harness.monitor.applyAction(id, { kind: "marked-expected", name: "Ada", why: null });
  expect(shown()).toEqual([
    [null, "critical"],
    [null, "critical"],
  ]);
  harness.monitor.applyAction(id, { kind: "marked-expected", name: "Ada", why: "being rebuilt" });
  for (let s = 0; s < 13; s += 1) await advanceOneSecond(harness, "ok");
  expect(onlyIncident(harness).state).toBe("ended");
  expect(harness.server("cp-2").expected).toBeNull();
});

test("an incident keeps what both sides said when it opened, and how to repeat it", async () => {
  const harness = await startFalseUp();
  const { evidence } = onlyIncident(harness);
  expect(evidence).toMatchObject({
    key: "lb-1/k8s-api/cp-2",
    row: [
      { name: "pxname", value: "k8s-api" },
      { name: "svname", value: "cp-2" },
    ],
    probe: { httpStatus: 500, failing: ["etcd"], kind: "answered" },
  });
  expect(evidence.curl).toContain("--connect-to '::10.0.0.2:6443'");
  expect(evidence.socat).toContain("unix-connect:/run/lb-1.sock");
  expect(evidence.probe?.body.length).toBeLessThanOrEqual(BOUNDS.evidenceBodyChars);
});
