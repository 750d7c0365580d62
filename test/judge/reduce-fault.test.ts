import { describe, expect, test } from "vitest";
import type { IncidentRecord } from "../../server/contract/incident.ts";
import type { VantageName } from "../../server/contract/vantage.ts";
import type { VantageRow } from "../../server/judge/read-vantage-word.ts";
import { parseFault, reduceFault } from "../../server/judge/reduce-fault.ts";
import { AGREES, ETCD, NOW, PATH_DIFFERS, vantageRow } from "../support/vantage-rows.ts";

const FINGERPRINT = "default false-up 10.0.0.11:6443";
const fault = parseFault(FINGERPRINT) ?? { network: "", verdict: "false-up" as const, subject: "" };

const VANTAGES = ["host-a", "host-b"].map((vantage) => ({ site: "default", vantage }));

function reduce(
  rows: readonly VantageRow[],
  record: IncidentRecord | null = null,
  afterMs = 0,
  vantages: readonly VantageName[] = VANTAGES,
) {
  const heard = rows.map((row) => ({
    ...row,
    position: row.position === null ? null : { ...row.position, heardAt: row.position.heardAt + afterMs },
  }));
  return reduceFault(fault, record, { rows: heard, vantages }, NOW + afterMs, () => "id-1");
}

function open(rows: readonly VantageRow[]): IncidentRecord {
  const { record } = reduce(rows);
  if (record === null) throw new Error("no incident");
  return record;
}

const membersOf = (record: IncidentRecord | null) =>
  record?.members.map(({ instance, vantage, standing }) => `${instance} ${vantage} ${standing}`);

test("a fault is network, verdict and subject; anything else is none", () => {
  expect(parseFault("fra false-up fra/10.0.0.11:6443")).toEqual({
    network: "fra",
    verdict: "false-up",
    subject: "fra/10.0.0.11:6443",
  });
  expect(parseFault("fra false-down lb-1/a b/cp 1")?.subject).toBe("lb-1/a b/cp 1");
  expect(parseFault("fra agree-up x")).toBeNull();
});

describe("one incident over all vantages", () => {
  test("opens once, with a member for each server and vantage", () => {
    const rows = ["lb-1", "lb-2"].flatMap((instance) =>
      ["host-a", "host-b"].map((vantage) => vantageRow(vantage, ETCD, { instance })),
    );
    const { record, event } = reduce(rows);
    expect(event).toBe("incident-opened");
    expect(membersOf(record)).toEqual([
      "lb-1 host-a failing",
      "lb-1 host-b failing",
      "lb-2 host-a failing",
      "lb-2 host-b failing",
    ]);
    expect(record?.sentence).toBe("HAProxy says UP (L4OK); /readyz answers 500: etcd failed, seen from 2 vantages");
    expect(record?.subject).toBe("10.0.0.11:6443");
  });

  test("opens with the evidence that the deciding vantage recorded, under the key of the hub's page", () => {
    const evidence = {
      key: "lb-1/k8s-api/cp-1",
      row: [{ name: "status", value: "UP" }],
      probe: null,
      curl: "curl -sSig 'http://10.0.0.11:6443/'",
      socat: null,
    };
    expect(
      open([vantageRow("host-a", ETCD, { status: { haproxy: {}, probe: {}, misrouted: {}, evidence } as never })])
        .evidence,
    ).toEqual(evidence);
    expect(open([vantageRow("host-a", ETCD)]).evidence).toEqual({ ...evidence, row: [], curl: null });
  });

  test("reduced again from the same rows stays the same", () => {
    const rows = [vantageRow("host-a", ETCD), vantageRow("host-b", ETCD, { instance: "lb-2" })];
    const before = open(rows);
    expect(reduce(rows, before, 1_000)).toEqual({ record: before, event: null, againInMs: null });
  });

  test("is joined by a vantage that sees it later, and says so", () => {
    const before = open([vantageRow("host-a", ETCD), vantageRow("host-b", AGREES)]);
    expect(before.sentence).toMatch(/host-a gets 500; host-b gets 200$/);
    const { record, event } = reduce([vantageRow("host-a", ETCD), vantageRow("host-b", ETCD)], before, 1_000);
    expect(event).toBe("incident-changed");
    expect(membersOf(record)).toEqual(["lb-1 host-a failing", "lb-1 host-b failing"]);
    expect(record?.sentence).toMatch(/seen from 2 vantages$/);
    expect(record?.version).toBeGreaterThan(before.version);
  });

  test("heals when no vantage that may speak fails, and ends by time alone", () => {
    const before = open([vantageRow("host-a", ETCD), vantageRow("host-b", ETCD)]);
    const one = reduce([vantageRow("host-a", AGREES), vantageRow("host-b", ETCD)], before, 1_000);
    expect(one.record?.state.kind).toBe("open");
    const both = reduce([vantageRow("host-a", AGREES), vantageRow("host-b", AGREES)], one.record, 2_000);
    expect(both.record?.state.kind).toBe("healing");
    expect(both.againInMs).toBe(10_000);
    const ended = reduce([vantageRow("host-a", AGREES), vantageRow("host-b", AGREES)], both.record, 12_000);
    expect([ended.event, ended.record?.state.kind]).toEqual(["incident-ended", "ended"]);
  });

  test("heals as well where the failing vantage fell silent and the other one passes", () => {
    const before = open([vantageRow("host-a", ETCD), vantageRow("host-b", ETCD)]);
    const silent = vantageRow("host-a", ETCD, { heardAgoMs: 60_000 });
    expect(reduce([silent, vantageRow("host-b", AGREES)], before).record?.state.kind).toBe("healing");
  });

  test("freezes while no vantage is heard, or HAProxy's side is stale for all", () => {
    const before = open([vantageRow("host-a", ETCD)]);
    const silent = reduce([vantageRow("host-a", ETCD, { heardAgoMs: 60_000 })], before);
    expect([silent.record?.state.kind, membersOf(silent.record)]).toEqual(["open", ["lb-1 host-a undecided"]]);
    const stale = { ...AGREES, verdict: "unknown", reason: "haproxy-stale" };
    expect(reduce([vantageRow("host-a", stale)], before).record?.state.kind).toBe("open");
  });

  test("loses a member whose server no vantage has any more, and ends with the last", () => {
    const before = open([vantageRow("host-a", ETCD), vantageRow("host-a", ETCD, { instance: "lb-2" })]);
    const one = reduce([vantageRow("host-a", ETCD)], before, 1_000);
    expect(membersOf(one.record)).toEqual(["lb-1 host-a failing"]);
    expect(reduce([], one.record, 2_000).record?.state).toMatchObject({ kind: "ended", end: "removed" });
  });

  test("loses the members of a vantage that is forgotten, and is no longer judged where it was the last", () => {
    const before = open([vantageRow("host-a", ETCD), vantageRow("host-b", ETCD)]);
    const isKnown = (name: string) => VANTAGES.filter(({ vantage }) => vantage === name);
    const one = reduce([vantageRow("host-b", ETCD)], before, 1_000, isKnown("host-b"));
    expect(membersOf(one.record)).toEqual(["lb-1 host-b failing"]);
    expect(reduce([], one.record, 2_000, []).record?.state).toMatchObject({ kind: "ended", end: "no-longer-judged" });
  });

  test("is not opened for what is expected, nor by one vantage's path", () => {
    expect(reduce([vantageRow("host-a", { ...ETCD, expected: true })]).record).toBeNull();
    expect(
      reduce([vantageRow("host-a", PATH_DIFFERS), vantageRow("host-b", AGREES, { home: true })]).record,
    ).toBeNull();
    expect(reduce([vantageRow("host-a", PATH_DIFFERS)]).record).toBeNull();
  });

  test("is opened where vantages confirm each other that alone suspect their own path", () => {
    const record = open([vantageRow("host-a", PATH_DIFFERS), vantageRow("host-b", PATH_DIFFERS)]);
    expect([record.reason, membersOf(record)]).toEqual([
      "probe-refused",
      ["lb-1 host-a failing", "lb-1 host-b failing"],
    ]);
  });

  test("a failure to connect waits for the next heartbeat of a vantage that passed before it", () => {
    const refused = { ...ETCD, reason: "probe-refused", probeReason: "probe-refused", httpStatus: null };
    const rows = [
      vantageRow("host-a", refused, { saidAgoMs: 1_000 }),
      vantageRow("host-b", AGREES, { heardAgoMs: 5_000 }),
    ];
    expect(reduce(rows)).toEqual({ record: null, event: null, againInMs: 2_000 });
  });

  test("opens with what the deciding vantage found", () => {
    const status = {
      haproxy: { status: "UP", checkStatus: "L4OK", lastCheck: "", backup: false, usable: true },
      probe: {
        outcome: "failed",
        kind: "answered",
        stage: "answer",
        url: "https://10.0.0.11:6443/readyz",
        failing: ["etcd"],
        body: "[-]etcd failed",
        detail: "",
        httpStatus: 500,
      },
      misrouted: { sessions: 3, held: 1, unit: "sessions", share: 0.3, healthyLeft: 2 },
    } as const;
    const { evidence, members, urgency } = open([vantageRow("host-a", AGREES), vantageRow("host-b", ETCD, { status })]);
    expect(evidence.probe).toMatchObject({ vantage: "host-b", httpStatus: 500, body: "[-]etcd failed" });
    expect(evidence.row).toContainEqual({ name: "check_status", value: "L4OK" });
    expect(members[0]?.traffic).toMatchObject({ held: 1, healthyLeft: 2 });
    expect(urgency).toBe("warning");
  });
});
