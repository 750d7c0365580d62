import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { StatsSnapshot } from "../../server/contract/view.ts";
import type { AssignTarget } from "../../server/monitor/inventory.ts";
import { POLICY, TARGET } from "../support/judge-harness.ts";
import { instanceNamed, MonitorHarness, type StatsRow } from "../support/monitor-harness.ts";

/** Their rows are applied in several steps. */
const SERVERS = 600;

function rowsOf(status: string, count = SERVERS, first = 0): StatsRow[] {
  return Array.from({ length: count }, (_, index): StatsRow => {
    const place = first + index;
    return [
      `s${place}`,
      status,
      "L4OK",
      { address: { kind: "ip", host: `10.0.${place >> 8}.${place & 255}`, port: 80 } },
    ];
  });
}

/** A monitor that leaves work about many servers to `work`. */
function startInSlices(instances?: readonly string[]): MonitorHarness {
  return new MonitorHarness(instances, 10_000, { inSlices: true });
}

/** Does all that is left, with `between` after each part. Returns the largest number of changes of one part. */
function finish({ monitor, changes }: MonitorHarness, between = (): void => {}): number {
  let most = 0;
  for (let owner = monitor.nextWork; owner !== null; owner = monitor.nextWork) {
    const before = changes.length;
    monitor.work(owner);
    most = Math.max(most, changes.length - before);
    between();
  }
  return most;
}

/** Most servers that one part judges, each of them a change. */
const PART = BOUNDS.judgeStepServers * BOUNDS.workSteps + 1;

/** Addresses of the servers of `rowsOf` from this place on. */
function hosts(first: number): string[] {
  return Array.from({ length: SERVERS - first }, (_, index) => `10.0.${(first + index) >> 8}.${(first + index) & 255}`);
}

/** A server that is UP at this address, with this check. */
function at(name: string, host: string, check: string): StatsRow {
  return [name, "UP", check, { address: { kind: "ip", host, port: 80 } }];
}

function verdictsOf({ monitor }: MonitorHarness): Map<string, string> {
  return new Map([...monitor.live.servers()].map(({ server, verdict }) => [server, verdict]));
}

function countOf({ monitor }: MonitorHarness, state: string): number {
  return [...monitor.live.servers()].filter(({ haproxy }) => haproxy.status === state).length;
}

const assign: AssignTarget = ({ address }) =>
  address.kind === "ip"
    ? { kind: "target", target: { ...TARGET, key: `default|${address.host}`, host: address.host }, policy: POLICY }
    : { kind: "none", reason: "no-address", policy: POLICY };

describe("an answer with many servers", () => {
  test("is applied in parts that judge a few dozen servers", () => {
    const harness = startInSlices();
    harness.poll(rowsOf("UP"));
    expect(harness.changes.length).toBeLessThanOrEqual(PART);
    expect(finish(harness)).toBeLessThanOrEqual(PART);
    expect(verdictsOf(harness).size).toBe(SERVERS);
  });

  test("has servers that all moved given their new targets in parts as small", () => {
    const harness = startInSlices();
    harness.poll(rowsOf("UP"));
    finish(harness);
    const movedTo = (): number => harness.events.filter(({ type }) => type === "address-changed").length;
    const parts: number[] = [];
    let known = 0;
    const count = (): void => {
      parts.push(movedTo() - known);
      known = movedTo();
    };
    harness.clock.spend(1_000);
    const names = rowsOf("UP").map(([name]) => name);
    harness.poll(rowsOf("UP", SERVERS, SERVERS).map(([, ...more], n): StatsRow => [names[n] ?? "", ...more]));
    count();
    finish(harness, count);
    expect(known).toBe(SERVERS);
    expect(Math.max(...parts)).toBeLessThanOrEqual(PART);
  });

  test("has the servers that were lost while no process ran removed in parts", () => {
    const heardBefore = 1_800_000_000_000;
    const verdicts = Array.from({ length: SERVERS }, (_, n) => ({
      server: { site: "default", instance: "lb-1", backend: "k8s-api", server: `gone-${n}` },
      address: null,
      judgement: { verdict: "agree-up" },
      beganAt: heardBefore - 1_000,
    }));
    const harness = new MonitorHarness(undefined, 10_000, { inSlices: true, verdicts, heardBefore });
    const parts: number[] = [];
    let known = 0;
    const countRemoved = (): void => {
      const removed = harness.events.filter(({ type }) => type === "server-removed").length;
      parts.push(removed - known);
      known = removed;
    };
    harness.poll(rowsOf("UP", 1));
    countRemoved();
    finish(harness, countRemoved);
    expect(known).toBe(SERVERS);
    expect(Math.max(...parts)).toBeLessThanOrEqual(PART);
  });

  test("takes turns with those of other instances", () => {
    const names = Array.from({ length: 10 }, (_, n) => `lb-${n}`);
    const harness = startInSlices(names);
    for (const instance of names) harness.poll(rowsOf("UP"), { instance });
    const turns = names.map(() => {
      const owner = harness.monitor.nextWork ?? "";
      harness.monitor.work(owner);
      return owner;
    });
    expect(turns).toEqual(names);
    expect(finish(harness)).toBeLessThanOrEqual(PART);
    expect(verdictsOf(harness).size).toBe(SERVERS);
  });

  test("ends in the same state as in one go", async () => {
    const [whole, sliced] = [new MonitorHarness(undefined, 10_000), startInSlices()];
    const polls = [rowsOf("UP"), rowsOf("DRAIN", 450, 50), [...rowsOf("UP", 10, 590), ...rowsOf("MAINT", 350)]];
    for (const [epoch, rows] of polls.entries()) {
      for (const harness of [whole, sliced]) {
        harness.poll(rows, { epoch: `${epoch}.1` });
        finish(harness);
        await harness.advance(1_000);
        finish(harness);
      }
    }
    const stateOf = ({ monitor, targets, events }: MonitorHarness): unknown => ({
      rows: [...monitor.live.servers()],
      targets: [...targets],
      events,
    });
    expect(stateOf(sliced)).toEqual(stateOf(whole));
  });
});

test("a small answer is applied within the call, also while a large one of another instance is", () => {
  const harness = startInSlices(["lb-1", "lb-2"]);
  harness.poll(rowsOf("UP"));
  harness.poll(rowsOf("UP", 3), { instance: "lb-2" });
  expect(harness.server("s2", "lb-2").verdict).toBe("unknown");
});

describe("while an answer is applied in part", () => {
  /** All servers UP and passed, and `prepare`; then a poll with these rows, of which the first step is done. */
  async function startPoll(
    rows: readonly StatsRow[],
    { epoch = "1.1", prepare }: { epoch?: string; prepare?(prepared: MonitorHarness): void | Promise<void> } = {},
  ): Promise<MonitorHarness> {
    const harness = startInSlices();
    harness.poll(rowsOf("UP"));
    finish(harness);
    await harness.advance(250);
    for (const host of hosts(0)) harness.probeAt(host, "ok");
    await harness.advance(1_000);
    await prepare?.(harness);
    finish(harness);
    harness.events.length = 0;
    harness.poll(rows, { epoch });
    return harness;
  }

  test("a server that it lacks stays, and is removed at the end", async () => {
    const harness = await startPoll(rowsOf("UP", 350));
    expect(harness.monitor.live.server("lb-1/k8s-api/s599")).not.toBeNull();
    finish(harness);
    expect(verdictsOf(harness).size).toBe(350);
    expect(harness.targets.size).toBe(350);
    expect(harness.events.filter(({ type }) => type === "server-removed")).toHaveLength(250);
  });

  test("no event of a removed server follows its removal, whatever comes between", async () => {
    const harness = await startPoll(rowsOf("UP", 350), {
      prepare(prepared) {
        for (const host of hosts(450)) prepared.probeAt(host, "etcd");
      },
    });
    finish(harness, () => {
      harness.probeAt(hosts(599)[0] ?? "", "etcd");
      harness.monitor.tick();
    });
    const about = new Map<string, string[]>();
    for (const event of harness.events) {
      if ("key" in event) about.set(event.key, [...(about.get(event.key) ?? []), event.type]);
    }
    for (let place = 350; place < SERVERS; place += 1) {
      const types = about.get(`lb-1/k8s-api/s${place}`) ?? [];
      expect([types.at(-1), types.filter((type) => type === "server-removed").length]).toEqual(["server-removed", 1]);
    }
  });

  test("a row that it did not reach has its old view, also for a result that comes meanwhile", async () => {
    const harness = await startPoll(rowsOf("DRAIN"));
    harness.probeAt(hosts(590)[0] ?? "", "etcd");
    expect(harness.server("s590").verdict).toBe("false-up");
    finish(harness);
    expect(harness.server("s590").verdict).toBe("out-of-service");
  });

  test("a row that it did not reach is that of the old process", async () => {
    const withSessions = (sessionsTotal: number): StatsRow[] =>
      rowsOf("UP").map(([name, status, check, more]) => [name, status, check, { ...more, sessionsTotal }]);
    const harness = await startPoll(withSessions(150), {
      epoch: "2.1",
      async prepare(prepared) {
        for (let poll = 0; poll < 2; poll += 1) {
          prepared.poll(withSessions(100));
          finish(prepared);
          await prepared.advance(1_000);
        }
      },
    });
    harness.probeAt(hosts(590)[0] ?? "", "etcd");
    finish(harness);
    // Counters of a new process start at zero.
    expect(harness.server("s590").misrouted?.sessions).toBe(150);
  });

  test("a backend whose rows were all judged by results is observed nevertheless", async () => {
    const harness = startInSlices();
    const snapshotOf = (check: string): StatsSnapshot => {
      const [many, few] = [
        harness.snapshot(rowsOf(check === "INI" ? "UP" : "DRAIN")),
        harness.snapshot([at("a", "10.9.0.1", check), at("b", "10.9.0.2", "INI")], { backend: "few" }),
      ];
      return { ...many, backends: [...many.backends, ...few.backends], servers: [...many.servers, ...few.servers] };
    };
    void harness.monitor.acceptSnapshot(snapshotOf("INI"), 1_000);
    finish(harness);
    await harness.advance(1_000);
    void harness.monitor.acceptSnapshot(snapshotOf("L7OK/200"), 1_000);
    while (harness.monitor.live.server("lb-1/few/a")?.haproxy.checkStatus !== "L7OK") {
      harness.monitor.work(harness.monitor.nextWork ?? "");
    }
    for (const host of ["10.9.0.1", "10.9.0.2"]) harness.probeAt(host, "ok");
    finish(harness);
    expect(harness.server("b", "lb-1", "few").haproxy.depth).toBe("application");
  });

  test("a newer answer waits and is applied after it, whole or of one backend", async () => {
    const harness = await startPoll(rowsOf("DRAIN"));
    await harness.clock.advance(100);
    harness.poll(rowsOf("UP"), { scope: { backend: "k8s-api" } });
    await harness.clock.advance(100);
    const newest = harness.monitor.acceptSnapshot(harness.snapshot(rowsOf("MAINT", 500)), 1_000);
    finish(harness);
    await newest;
    expect(countOf(harness, "MAINT")).toBe(500);
    expect(verdictsOf(harness).size).toBe(500);
    expect(
      harness.events.filter((event) => event.type === "verdict-changed" && event.key.endsWith("/s0")),
    ).toHaveLength(3);
  });

  test("a configuration without the instance ends it, and leaves no target", async () => {
    const harness = await startPoll(rowsOf("UP", SERVERS, 300));
    harness.monitor.configure([], assign);
    finish(harness);
    expect(harness.targets.size).toBe(0);
    expect([...harness.monitor.live.servers()]).toEqual([]);
    expect(harness.faults).toEqual([]);
  });

  test("an instance that is removed and added anew starts from nothing", async () => {
    const harness = await startPoll(rowsOf("UP", SERVERS, 300));
    harness.monitor.configure([], assign);
    harness.monitor.configure([instanceNamed("lb-1")], assign);
    finish(harness);
    expect(harness.monitor.unpolledInstances()).toEqual(["lb-1"]);
    harness.poll(rowsOf("UP", 3));
    expect([...verdictsOf(harness).keys()]).toEqual(["s0", "s1", "s2"]);
    expect(harness.targets.size).toBe(3);
  });

  test("an error leaves no server behind that the next answer lacks", async () => {
    const harness = await startPoll(rowsOf("UP", 350, 390));
    finish(harness);
    const broken = harness.snapshot(rowsOf("UP", 640, 300), { sentAt: harness.clock.now() + 1 });
    const servers = [...broken.servers];
    Object.defineProperty(servers, 630, {
      get() {
        throw new TypeError("broken row");
      },
    });
    void harness.monitor.acceptSnapshot({ ...broken, servers }, 1_000);
    finish(harness);
    expect(harness.monitor.live.instances()[0]?.error?.code).toBe("HAPROBE_INTERNAL");
    harness.poll(rowsOf("UP", 350, 390), { sentAt: harness.clock.now() + 2 });
    finish(harness);
    expect(verdictsOf(harness).size).toBe(350);
    expect(harness.targets.size).toBe(350);
  });
});

test("an instance counts as polled once its first answer is applied whole", () => {
  const harness = startInSlices();
  harness.poll(rowsOf("UP"));
  expect(harness.monitor.unpolledInstances()).toEqual(["lb-1"]);
  finish(harness);
  expect(harness.monitor.unpolledInstances()).toEqual([]);
});

test("a view that was stale is stale until the answer reaches it", async () => {
  const harness = startInSlices();
  harness.poll(rowsOf("UP"));
  finish(harness);
  await harness.advance(30_000);
  finish(harness);
  await harness.advance(2_000);
  finish(harness);
  expect(harness.server("s590").reason).toBe("haproxy-stale");
  harness.poll(rowsOf("UP"));
  harness.probeAt(hosts(590)[0] ?? "", "ok");
  expect(harness.server("s590").reason).toBe("haproxy-stale");
  finish(harness);
  expect(harness.server("s590").reason).not.toBe("haproxy-stale");
});

test("what a tick judges is done in parts, and no tick passes over all servers before the last one has", async () => {
  const harness = startInSlices();
  harness.poll(rowsOf("UP"));
  finish(harness);
  await harness.advance(250);
  for (const host of hosts(0)) harness.probeAt(host, "etcd");
  finish(harness);
  await harness.clock.advance(2_000);
  for (let tick = 0; tick < 10; tick += 1) harness.monitor.tick();
  let parts = 0;
  finish(harness, () => (parts += 1));
  expect(parts).toBeGreaterThan(SERVERS / PART);
  expect(parts).toBeLessThan((2 * SERVERS) / PART + 10);
});

test("a new configuration is judged in parts", () => {
  const harness = startInSlices();
  harness.poll(rowsOf("UP"));
  finish(harness);
  harness.monitor.configure([instanceNamed("lb-1")], assign);
  let parts = 0;
  finish(harness, () => (parts += 1));
  expect(parts).toBeGreaterThan(SERVERS / PART);
});

test("a server that is removed while a new configuration is judged is not judged any more", () => {
  const harness = startInSlices();
  harness.poll(rowsOf("UP"));
  finish(harness);
  harness.monitor.configure([instanceNamed("lb-1")], () => ({ kind: "none", reason: "skipped", policy: POLICY }));
  harness.events.length = 0;
  harness.poll(rowsOf("UP", 300), { sentAt: harness.clock.now() + 1 });
  finish(harness);
  const removed = new Set<string>();
  for (const event of harness.events) {
    if (event.type === "server-removed") removed.add(event.key);
    else if ("key" in event) expect(removed).not.toContain(event.key);
  }
  expect(removed.size).toBe(SERVERS - 300);
});

test("the result of a target with many servers is judged in parts, and a newer one reaches all of them", async () => {
  const harness = startInSlices();
  harness.poll(
    rowsOf("UP").map(([name, status]) => [
      name,
      status,
      "L4OK",
      { address: { kind: "ip", host: "10.0.0.1", port: 80 } },
    ]),
  );
  finish(harness);
  await harness.advance(250);
  finish(harness);
  harness.changes.length = 0;
  harness.probeAt("10.0.0.1", "ok");
  harness.monitor.work(harness.monitor.nextWork ?? "");
  expect(harness.changes.length).toBeGreaterThan(0);
  expect(harness.changes.length).toBeLessThanOrEqual(2 * PART);
  harness.probeAt("10.0.0.1", "etcd");
  finish(harness);
  expect(new Set(verdictsOf(harness).values())).toEqual(new Set(["false-up"]));
});

test("findings about many servers are detected in parts", async () => {
  const harness = startInSlices();
  harness.poll(rowsOf("UP"));
  finish(harness);
  await harness.clock.advance(1_000);
  harness.monitor.tick();
  expect(harness.monitor.nextWork).toBe("");
  finish(harness);
  expect(harness.monitor.live.findings()).not.toEqual([]);
});
