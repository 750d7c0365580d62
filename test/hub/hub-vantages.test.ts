import { expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import type { StoredPosition } from "../../server/contract/store.ts";
import { HubState } from "../../server/hub/hub-state.ts";
import { FakeFleet, makeInstanceStatus } from "../push/fake-fleet.ts";
import { CP_1, FALSE_UP, member, verdict } from "../store/sample-batches.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { serverStatus } from "../support/sample-alerts.ts";
import { sampleRecord } from "../support/sample-record.ts";

const HUB = { site: "default", vantage: "hub-1" };

function createState() {
  const clock = new FakeClock();
  const fleet = new FakeFleet([]);
  const state = new HubState({ local: fleet, localChanges: fleet, own: HUB, clock });
  function position(vantage: string, site: string, fields: Partial<StoredPosition> = {}): StoredPosition {
    const instance = makeInstanceStatus("lb-1", { site, stats: "unix:/run/haproxy/admin.sock" });
    return {
      site,
      vantage,
      logId: vantage,
      firstSeq: 2,
      lastSeq: 1,
      sentAt: clock.wall(),
      heardAt: clock.wall() + 5_000,
      heardAgoMs: 0,
      skewMs: 12,
      status: { version: "1.2.3", instances: [instance], isBlind: false, behind: 7 },
      ...fields,
    };
  }
  const say = (vantage: string, site: string, judgement = FALSE_UP): void => {
    state.fleet.apply({ site, vantage }, [verdict(1, { server: { ...CP_1, site }, judgement })], 1);
  };
  return { state, clock, position, say };
}

test("a hub names the vantages that report to it, with when each was heard by its own clock; none while it is alone", () => {
  const { state, clock, position } = createState();
  state.fleet.move(position("hub-1", "default", { status: null }));
  state.handleRead(true);
  expect(state.vantages()).toEqual([]);
  state.fleet.move(position("nyc-1", "nyc", { heardAgoMs: BOUNDS.vantageSilentAfterMs + 1 }));
  const blind = { version: "1.2.3", instances: [], isBlind: true };
  state.fleet.move(position("fra-1", "fra", { status: blind }));
  // The store's clock is 5 s ahead.
  state.handleRead(true);
  const heardAt = new Date(clock.wall()).toISOString();
  expect(state.vantages()).toMatchObject([
    { vantage: "hub-1", own: true, state: "ok", version: null, behind: null, heardAt },
    { vantage: "fra-1", site: "fra", own: false, state: "blind", behind: null },
    { vantage: "nyc-1", state: "silent", version: "1.2.3", behind: 7, seq: 1, skewMs: 12, instances: ["lb-1"] },
  ]);
  expect(state.instances()).toMatchObject([{ name: "lb-1", reportedBy: "nyc-1", state: "stale" }]);
});

test("each vantage has HAProxy's word and the kind of its answer beside its verdict, also without a mismatch", () => {
  const { state, position, say } = createState();
  state.fleet.move(position("host-a", "fra"));
  state.fleet.move(position("host-b", "fra"));
  say("host-a", "fra");
  say("host-b", "fra", { ...FALSE_UP, verdict: "agree-up", phase: null, probeOutcome: "passed", httpStatus: 200 });
  expect(state.server("lb-1/k8s-api/cp-1")?.probes).toMatchObject([
    {
      vantage: "host-a",
      home: true,
      verdict: "false-up",
      kind: "answered",
      httpStatus: 500,
      haproxy: { status: "UP" },
    },
    { vantage: "host-b", verdict: "agree-up", kind: "answered", haproxy: { checkStatus: "L4OK", checkCode: null } },
  ]);
  expect(state.server("lb-1/k8s-api/cp-1")?.haproxy.depth).toBe("connection");
  expect(state.summary().canBeFalselyUp).toBe(1);
});

const PASSED = { ...FALSE_UP, verdict: "agree-up", phase: null, probeOutcome: "passed", httpStatus: 200 } as const;
const REFUSED = { ...FALSE_UP, reason: "probe-refused", probeReason: "probe-refused", httpStatus: null } as const;

test("a vantage that passes contradicts one that does not connect with its next sign of life", () => {
  const { state, clock, position, say } = createState();
  const far = () => {
    const instance = makeInstanceStatus("lb-1", { site: "fra", stats: "tcp://10.0.0.2:9999" });
    return { heardAt: clock.wall(), status: { version: "1.2.3", instances: [instance], isBlind: false } };
  };
  const beganAt = clock.wall() + 1_000;
  for (const vantage of ["host-a", "host-b"]) state.fleet.move(position(vantage, "fra", far()));
  say("host-a", "fra", PASSED);
  state.fleet.apply(
    { site: "fra", vantage: "host-b" },
    [verdict(1, { server: { ...CP_1, site: "fra" }, judgement: REFUSED, at: beganAt, beganAt })],
    1,
  );
  state.handleRead(true);
  const row = () => state.server("lb-1/k8s-api/cp-1");
  expect(row()).toMatchObject({ verdict: "false-up", phase: "settling" });
  const changes: unknown[] = [];
  state.subscribe((change) => changes.push(change));
  state.handleRead(true);
  expect(changes.filter((change) => (change as { kind: string }).kind === "server")).toEqual([]);
  clock.spend(10_000);
  state.fleet.move(position("host-a", "fra", far()));
  state.handleRead(true);
  expect(row()).toMatchObject({ verdict: "unknown", phase: null, reason: "path-differs" });
  expect(changes).toContainEqual({ kind: "server", key: "lb-1/k8s-api/cp-1" });
});

test("what went to a server is what its vantage counted last, not what it sent with the mismatch", () => {
  const { state, position } = createState();
  state.fleet.move(position("host-a", "fra"));
  const server = { ...CP_1, site: "fra" };
  const key = "lb-1/k8s-api/cp-1";
  const body = JSON.stringify({ ...serverStatus({ ...server, key }), verdict: "false-up" });
  const counted = {
    ...member(CP_1).traffic,
    counts: { ...member(CP_1).traffic.counts, sessions: 42, backendSessions: 84 },
    held: 3,
  };
  const of = (seq: number, fields: object) => [verdict(seq, { server, judgement: FALSE_UP, body, ...fields })];
  state.fleet.apply({ site: "fra", vantage: "host-a" }, of(1, {}), 1);
  expect(state.server(key)?.misrouted).toMatchObject({ sessions: 204, held: 2 });
  state.fleet.apply({ site: "fra", vantage: "host-a" }, of(2, { traffic: counted }), 2);
  expect(state.server(key)?.misrouted).toMatchObject({ sessions: 42, held: 3, share: 0.5 });
});

test("an instance whose name stands in two sites has its site behind it: in servers, in their names in the store, and in incidents", () => {
  const { state, position, say } = createState();
  for (const site of ["fra", "nyc"]) {
    state.fleet.move(position(`${site}-1`, site));
    say(`${site}-1`, site);
  }
  state.handleRead(true);
  expect([...state.keys()]).toEqual(["lb-1.fra/k8s-api/cp-1", "lb-1.nyc/k8s-api/cp-1"]);
  expect(state.storedName("lb-1.nyc/k8s-api/cp-1")).toEqual({ ...CP_1, site: "nyc" });
  expect(state.storedName("lb-1/k8s-api/cp-1")).toBeNull();
  const key = "lb-1/k8s-api/cp-1";
  const record = sampleRecord({ site: "nyc" });
  const traffic = {
    unit: "sessions",
    held: 0,
    standby: false,
    healthyLeft: 1,
    backupsInUse: 0,
    baseline: null,
  } as const;
  const zero = { sessions: 0, backendSessions: 0, connectErrors: 0, responseErrors: 0, responses5xx: 0 };
  const failing = {
    ...CP_1,
    site: "nyc",
    key,
    since: 0,
    standing: "failing",
    traffic: { ...traffic, counts: zero },
  } as const;
  state.putIncidents([{ ...record, members: [failing], evidence: { ...record.evidence, key } }]);
  expect([...state.incidents()]).toMatchObject([
    { members: [{ key: "lb-1.nyc/k8s-api/cp-1", instance: "lb-1.nyc" }], evidence: { key: "lb-1.nyc/k8s-api/cp-1" } },
  ]);
});

test("an instance of the hub's own whose name stands in another site too has its site behind it, and no row twice", () => {
  const clock = new FakeClock();
  const local = new FakeFleet(["lb-1/k8s-api/cp-1"]);
  const state = new HubState({ local, localChanges: local, own: HUB, clock });
  const changes: string[] = [];
  state.subscribe((change) => changes.push(`${change.kind} ${"key" in change ? change.key : change.instance}`));
  const hear = (site: string, vantage: string): void => {
    const fields = {
      firstSeq: 2,
      lastSeq: 1,
      sentAt: 0,
      heardAt: clock.wall(),
      heardAgoMs: 0,
      skewMs: 0,
      status: null,
    };
    state.fleet.move({ site, vantage, logId: vantage, ...fields });
    state.fleet.apply({ site, vantage }, [verdict(1, { server: { ...CP_1, site } })], 1);
    state.handleRead(true);
  };
  hear("default", "hub-1");
  expect([...state.keys()]).toEqual(["lb-1/k8s-api/cp-1"]);
  hear("nyc", "nyc-1");
  expect([...state.keys()]).toEqual(["lb-1.default/k8s-api/cp-1", "lb-1.nyc/k8s-api/cp-1"]);
  expect([...state.servers()].map(({ key, instance }) => [key, instance])).toEqual([
    ["lb-1.default/k8s-api/cp-1", "lb-1.default"],
    ["lb-1.nyc/k8s-api/cp-1", "lb-1.nyc"],
  ]);
  expect(state.server("lb-1/k8s-api/cp-1")).toBeNull();
  expect(state.instances().map(({ name }) => name)).toEqual(["lb-1.default"]);
  expect(changes).toContain("server-removed lb-1/k8s-api/cp-1");
  expect(changes).toContain("instance-removed lb-1");
  changes.splice(0);
  local.set("lb-1/k8s-api/cp-1", { verdict: "false-up" });
  expect(changes).toEqual(["server lb-1.default/k8s-api/cp-1"]);
});
