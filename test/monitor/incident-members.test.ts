import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { reduceIncident } from "../../server/judge/incident.ts";
import { IncidentRegistry } from "../../server/monitor/incident-registry.ts";
import type { ServerEntry } from "../../server/monitor/server-entry.ts";
import { member } from "../support/sample-alerts.ts";
import { sampleRecord } from "../support/sample-record.ts";

test("a member of an ended incident is none of the next one about the same fault", () => {
  const first = member("lb-1", "k8s-api", "cp-1");
  const second = member("lb-2", "k8s-api", "cp-1");
  const ended = sampleRecord({
    id: "1",
    state: { kind: "ended", flaps: 0, at: 3_000, end: "agreed" },
    members: [first],
  });
  const registry = new IncidentRegistry({ createId: () => "3", emit: () => {} }, [ended]);
  expect(registry.isMember(first.key)).toBe(true);
  registry.restoreLate([sampleRecord({ id: "2", members: [second] })], 1_000, 4_000);
  expect([registry.isMember(first.key), registry.isMember(second.key)]).toEqual([false, true]);
});

/** An incident with as many servers as one names. */
const full = sampleRecord({
  members: Array.from({ length: BOUNDS.incidentMembersMax }, (_, n) => member("lb-1", "k8s-api", `cp-${n}`)),
});

test("a further server with the fault of a full incident is not even described", () => {
  const registry = new IncidentRegistry({ createId: () => "1", emit: () => {} }, [full]);
  const target = { key: "t", network: "default", host: "10.0.0.11", port: 6_443, socketPath: null };
  const server = {
    key: "lb-1/k8s-api/more",
    assignment: { kind: "target", target, policy: { expected: null } },
    memory: { decision: { verdict: "false-up", phase: "confirmed", reason: "probe-answered-unhealthy" } },
  } as unknown as ServerEntry;
  const name = { key: server.key, site: "default", instance: "lb-1", backend: "k8s-api", server: "more" };
  const never = (): never => {
    throw new Error("it was read");
  };
  registry.update(server, name, { describe: never, collectEvidence: never, readTraffic: never }, 3_000);
  expect(registry.isMember(server.key)).toBe(false);
});

test("a count that is the same as before looks at no other member", () => {
  let reads = 0;
  const members = full.members.map((each) => ({
    ...each,
    get standing() {
      reads += 1;
      return "failing" as const;
    },
  }));
  const record = { ...full, members };
  const [first] = members;
  if (first === undefined) throw new Error("no member");
  const fact = { kind: "traffic-counted", key: first.key, traffic: first.traffic } as const;
  expect(reduceIncident(record, fact, 3_000)).toEqual({ record, event: null });
  reads = 0;
  reduceIncident(record, fact, 3_000);
  expect(reads).toBe(0);
});

describe("an incident that is dropped", () => {
  const ended = (n: number, subject: string) =>
    sampleRecord({
      id: `${n}`,
      subject,
      state: { kind: "ended", flaps: 0, at: 3_000, end: "agreed" },
      members: [member("lb-1", "k8s-api", `cp-${n}`)],
    });

  test("has no members", () => {
    const records = Array.from({ length: BOUNDS.incidentsKept + 1 }, (_, n) => ended(n, `10.0.0.11:${n}`));
    const registry = new IncidentRegistry({ createId: () => "next", emit: () => {} }, records);
    const [dropped, kept] = records.map(({ members: [each] }) => each?.key ?? "");
    expect(registry.find("0")).toBeNull();
    expect([dropped, kept].map((key) => registry.isMember(key ?? ""))).toEqual([false, true]);
  });

  test("leaves nothing of its fault", () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const registry = new IncidentRegistry({ createId: () => "next", emit: () => {} }, []);
    const subjectBytes = 10 * 1_024;
    let n = 0;
    const heapAfter = (count: number): number => {
      for (let left = count; left > 0; left -= 1, n += 1)
        registry.restoreLate([ended(n, `${n}:`.padEnd(subjectBytes, "x"))], 0, 4_000);
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heapAfter(BOUNDS.incidentsKept);
    expect(heapAfter(3 * BOUNDS.incidentsKept) - before).toBeLessThan(BOUNDS.incidentsKept * subjectBytes);
    expect(registry.list()).toHaveLength(BOUNDS.incidentsKept);
  });
});
