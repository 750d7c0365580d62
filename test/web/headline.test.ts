import { expect, test } from "vitest";
import type { InstanceStatus, ServerStatus } from "../../server/contract/status.ts";
import { diffAnnouncements } from "../../web/lib/announcements.ts";
import { buildHeadline } from "../../web/lib/headline.ts";
import { ongoingMismatches } from "../../web/lib/ongoing-incidents.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { healthyApiserver, falseUpApiserver, sampleInstance, sampleServer, sampleServers } from "./sample-fleet.ts";

const openMismatches = (servers: readonly ServerStatus[]) => ongoingMismatches(servers, [], new Map());
const LOST = {
  instance: "lb-2",
  backend: "k8s-api",
  server: "cp-2",
  verdict: "unknown",
  reason: "haproxy-stale",
} as const;
const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);

function headlineText(servers: readonly ServerStatus[], instances: readonly InstanceStatus[] = [sampleInstance(NOW)]) {
  const headline = buildHeadline({
    servers,
    mismatches: openMismatches(servers),
    instances,
    lastEnded: null,
    now: NOW,
  });
  const detail = headline.detail.map((part) => (typeof part === "string" ? part : part.emphasized)).join("");
  return {
    variant: headline.variant,
    sentence: headline.sentence,
    detail: detail.replaceAll(/\d\d:\d\d:\d\d/g, "TIME"),
  };
}

const controlPlaneOf = (falseUp: ServerStatus): ServerStatus[] => [
  healthyApiserver(NOW),
  falseUp,
  healthyApiserver(NOW, { server: "cp-3", address: "10.0.0.13:6443" }),
];

test("once every false-up is acknowledged the band says by whom, whatever a false-down waits for", () => {
  const servers = sampleServers(NOW);
  const at = new Date(NOW).toISOString();
  const [falseUp, ...others] = openMismatches(servers);
  if (falseUp === undefined) throw new Error("no mismatch");
  const acknowledged = sampleIncident(NOW, { acknowledgement: { at, name: "mara", text: "" } });
  const variantOf = (incident: typeof acknowledged) =>
    buildHeadline({
      servers,
      mismatches: [{ ...falseUp, incidents: [incident] }, ...others],
      instances: [sampleInstance(NOW)],
      lastEnded: null,
      now: NOW,
    }).variant;
  expect(others.map(({ verdict }) => verdict)).toContain("false-down");
  expect(variantOf(acknowledged)).toBe("acknowledged");
  expect(variantOf({ ...acknowledged, acknowledgement: null })).toBe("critical");
});

test("one false-up is named, with impact and action", () => {
  expect(headlineText(controlPlaneOf(falseUpApiserver(NOW)))).toEqual({
    variant: "critical",
    sentence: "cp-2 is UP in HAProxy but failing /readyz (etcd)",
    detail:
      "On lb-1 since TIME. 1,204 sessions sent to it so far, a third of k8s-api's sessions. " +
      "2 of 3 servers are healthy. HAProxy can't detect this: drain it manually.",
  });
});

test("whether HAProxy's check can detect the failure is what the server reports, whatever its depth", () => {
  const detail = (canNotice: boolean) =>
    headlineText(controlPlaneOf(falseUpApiserver(NOW, { haproxy: { depth: "application", canNotice } }))).detail;
  expect(detail(false)).toContain("HAProxy can't detect this: drain it manually.");
  expect(detail(true)).toContain("HAProxy should have detected this by now: drain it manually.");
});

test("the last healthy server is not to be drained, and zero sessions are shown as 0", () => {
  const last = falseUpApiserver(NOW, { misrouted: { healthyLeft: 0, sessions: 0, share: null } });
  expect(headlineText([last]).detail).toBe(
    "On lb-1 since TIME. 0 sessions sent to it so far. No healthy server left: do not drain it.",
  );
});

test("one failing server behind two HAProxies is one fault", () => {
  const servers = sampleServers(NOW);
  expect(openMismatches(servers).map((m) => [m.first.server, m.members.length, m.sessions])).toEqual([
    ["cp-2", 2, 1_204],
    ["web-11", 1, 0],
  ]);
  expect(headlineText(servers).detail).toContain("On lb-1 and lb-2 since TIME. 1,204 sessions");
});

test("two are named, more are counted", () => {
  const falseUps = [2, 3, 4].map((n) => falseUpApiserver(NOW, { server: `cp-${n}`, address: `10.0.0.1${n}:6443` }));
  expect(headlineText([healthyApiserver(NOW), ...falseUps.slice(0, 2)]).sentence).toBe(
    "cp-2 and cp-3 are UP in HAProxy but failing their probes",
  );
  expect(headlineText([healthyApiserver(NOW), ...falseUps]).sentence).toBe(
    "3 servers are UP in HAProxy but failing their probes",
  );
});

test("servers with one fault are named together, in the plural", () => {
  const of = (server: string, fault: Partial<ServerStatus>) =>
    sampleServer(NOW, { server, phase: "settling", address: "10.0.0.1:6443", ...fault });
  const sentenceOf =
    (...names: readonly string[]) =>
    (fault: Partial<ServerStatus>) =>
      headlineText([sampleServer(NOW), ...names.map((name) => of(name, fault))]).sentence;
  const two = sentenceOf("cp-1", "cp-2");
  expect(two({ verdict: "false-down", haproxy: { ...sampleServer(NOW).haproxy, status: "DOWN" } })).toBe(
    "cp-1 and cp-2 pass their probes; HAProxy still has them DOWN",
  );
  expect(two({ verdict: "false-up" })).toBe("cp-1 and cp-2 fail their probes; HAProxy has them UP");
  expect(two({ verdict: "false-up", reason: "draining" })).toBe("cp-1 and cp-2 are shutting down on purpose");
  expect(two({ verdict: "false-up", reason: "starting" })).toBe("cp-1 and cp-2 are starting and not ready yet");
  expect(sentenceOf("cp-1")({ verdict: "false-up" })).toBe("cp-1 fails its probe; HAProxy has it UP");
  const shared = ["cp-2", "api-2"].map((server) => falseUpApiserver(NOW, { server }));
  expect(headlineText([healthyApiserver(NOW), ...shared]).sentence).toBe(
    "api-2 and cp-2 are UP in HAProxy but failing /readyz (etcd)",
  );
  const backends = ["a", "b"].map((backend, n) => falseUpApiserver(NOW, { backend, address: `10.0.0.${n}:1` }));
  expect(headlineText([...backends, ...backends.map(({ backend }) => sampleServer(NOW, { backend }))]).sentence).toBe(
    "cp-2 is UP in HAProxy but failing its probes",
  );
});

test("a backend in which every server fails is named as an outage, also where both agree", () => {
  const falseUps = [2, 3].map((n) => falseUpApiserver(NOW, { server: `cp-${n}`, address: `10.0.0.1${n}:6443` }));
  expect(headlineText(falseUps).sentence).toBe("k8s-api has no healthy server: 2 of 2 fail their probes");
  const cp4 = sampleServer(NOW, { backend: "k8s-api", server: "cp-4", verdict: "false-down", phase: "confirmed" });
  expect(headlineText([sampleServer(NOW), cp4]).sentence).toBe(
    "k8s-api has no server in use: cp-4 is DOWN in HAProxy but passes its probe",
  );
  expect(headlineText([...falseUps, cp4]).sentence).toBe(
    "k8s-api has no healthy server in use: 3 of 3 are failing or DOWN",
  );
  const down = [1, 2].map((n) => sampleServer(NOW, { backend: "k8s-token", server: `t-${n}`, verdict: "agree-down" }));
  expect(headlineText([sampleServer(NOW), ...down]).sentence).toBe(
    "k8s-token has no healthy server; HAProxy and haprobe agree on 3 servers",
  );
  expect(
    headlineText([sampleServer(NOW), sampleServer(NOW, { backend: "x", verdict: "out-of-service" })]).sentence,
  ).toBe("HAProxy and haprobe agree on 1 of 2 servers");
});

test("a false-down comes after a false-up and before unconfirmed mismatches", () => {
  const [down] = sampleServers(NOW).filter((server) => server.verdict === "false-down");
  const [settling] = sampleServers(NOW).filter((server) => server.phase === "settling");
  if (!down || !settling) throw new Error("the sample has neither");
  expect(headlineText([sampleServer(NOW, { instance: "lb-2" }), settling, down])).toMatchObject({
    variant: "false-down",
    sentence: "web-11 is DOWN in HAProxy but answers /healthz with 200",
  });
  expect(headlineText([settling])).toMatchObject({
    variant: "suspected",
    sentence: "web-03 fails its probe; HAProxy's checks are failing (1/3)",
  });
});

test("a mismatch whose verdict is lost has not recovered, and comes after those that go on", () => {
  const silent = "HAProxy lb-2 does not respond";
  const lost = sampleServer(NOW, { ...LOST, sentence: silent, misrouted: { healthyLeft: 0 } });
  const members = sampleIncident(NOW).members.map((member) => ({ ...member, key: lost.key }));
  const incident = sampleIncident(NOW - 60_000, { members, subject: "10.0.0.99:6443" });
  const both = ongoingMismatches([lost, falseUpApiserver(NOW)], [incident], new Map());
  expect(both.map(({ first, hasNoVerdict }) => [first.key, hasNoVerdict])).toEqual([
    ["lb-1/k8s-api/cp-2", false],
    [lost.key, true],
  ]);
  const mismatches = ongoingMismatches([lost], [incident], new Map());
  const headline = buildHeadline({ servers: [lost], mismatches, instances: [], lastEnded: null, now: NOW });
  expect(headline.variant).toBe("unknown");
  expect(headline.sentence).toBe("cp-2 has no verdict now; it was UP in HAProxy but failing");
  expect(headline.detail.at(-1)).toBe(`. ${silent}`);
});

test("a server has recovered only where this page saw it fail, or its incident is healing", () => {
  const failed = falseUpApiserver(NOW);
  const agreeing = healthyApiserver(NOW, { server: failed.server });
  const anew = { ...failed, phase: "suspected" as const };
  const members = sampleIncident(NOW).members.map((member) => ({ ...member, key: failed.key }));
  const isHealing = (
    server: ServerStatus,
    seen: readonly ServerStatus[],
    state: "open" | "healing",
  ): boolean | undefined => {
    const incident = sampleIncident(NOW, { members, state });
    return ongoingMismatches([server], [incident], new Map(seen.map((row) => [row.key, row])))[0]?.isHealing;
  };
  expect(isHealing(anew, [], "open")).toBe(false);
  expect(isHealing(anew, [failed], "healing")).toBe(true);
  expect(isHealing(agreeing, [], "open")).toBe(false);
  expect(isHealing(agreeing, [failed], "open")).toBe(true);
  expect(isHealing(agreeing, [], "healing")).toBe(true);
});

test("cards that heal are in the order of the healthy servers of now, not of those when they failed last", () => {
  const [a, b] = ["cp-1", "cp-2"].map((server, n) => {
    const failed = falseUpApiserver(NOW, { server, address: `${server}:6443`, misrouted: { healthyLeft: 1 - n } });
    const row = healthyApiserver(NOW, { server, address: `${server}:6443`, misrouted: { healthyLeft: 1 } });
    const members = sampleIncident(NOW).members.map((member) => ({ ...member, key: row.key }));
    return { failed, row, incident: sampleIncident(NOW, { id: server, members, state: "healing" }) };
  });
  if (a === undefined || b === undefined) throw new Error("no servers");
  const seen = new Map([a, b].map(({ failed }) => [failed.key, failed]));
  const groups = ongoingMismatches([a.row, b.row], [a.incident, b.incident], seen);
  expect(groups.map(({ first, hasHealthyLeft }) => [first.server, hasHealthyLeft])).toEqual([
    ["cp-1", true],
    ["cp-2", true],
  ]);
});

test("one machine in two backends is one card, also for a page that has not seen it fail", () => {
  const rows = [healthyApiserver(NOW), healthyApiserver(NOW, { backend: "rke2-join" })];
  const [member] = sampleIncident(NOW).members;
  if (member === undefined) throw new Error("the sample has no member");
  const members = rows.map(({ key }) => ({ ...member, key }));
  const groups = ongoingMismatches(rows, [sampleIncident(NOW, { members, state: "healing" })], new Map());
  expect(groups.map((group) => group.members.map(({ key }) => key))).toEqual([rows.map(({ key }) => key)]);
});

test("an unreachable instance and its servers are named apart", () => {
  const unknown = sampleServer(NOW, { instance: "lb-2", verdict: "unknown", reason: "haproxy-stale" });
  const unreachable = sampleInstance(NOW, { name: "lb-2", state: "stale" });
  expect(headlineText([sampleServer(NOW), unknown], [sampleInstance(NOW), unreachable])).toMatchObject({
    variant: "unknown",
    sentence: "HAProxy and haprobe agree on 1 of 1 server of lb-1; lb-2 is not responding",
  });
  expect(headlineText([unknown], [unreachable]).sentence).toBe("lb-2 is not responding: HAProxy's state is unknown");
  const many = Array.from({ length: 1_000 }, () => unknown);
  expect(headlineText(many, [unreachable]).detail).toContain("1,000 of 1,000 pass");
});

test("a blind prober, a fleet without rules and agreement each have their headline", () => {
  const unknown = (reason: "prober-blind" | "no-probe-rule", sentence = "") =>
    [1, 2, 3].map((n) => sampleServer(NOW, { server: `web-${n}`, verdict: "unknown", reason, sentence }));
  expect(headlineText(unknown("prober-blind")).sentence).toBe(
    "haprobe cannot reach 3 of 3 servers; verdicts are on hold",
  );
  const differs = sampleServer(NOW, { verdict: "unknown", reason: "path-differs" });
  const unreached = { ...differs, probe: { ...differs.probe, stage: "connect" as const } };
  // That clients are served says that one server is well, not that haprobe sees it.
  expect(headlineText([...unknown("prober-blind").slice(0, 1), unreached, unreached]).sentence).toBe(
    "haprobe cannot reach 3 of 3 servers; verdicts are on hold",
  );
  expect(headlineText([unreached, unreached]).sentence).toBe("haprobe has no verdict on 2 of 2 servers");
  expect(headlineText(unknown("no-probe-rule", "No rule says how to probe it"))).toMatchObject({
    sentence: "haprobe has no verdict on 3 of 3 servers",
    detail: "3 servers: No rule says how to probe it",
  });
  expect(headlineText([sampleServer(NOW)])).toMatchObject({
    variant: "ok",
    sentence: "HAProxy and haprobe agree on 1 server",
  });
  const agreeing = sampleServers(NOW).filter((s) => s.phase === null);
  expect(headlineText(agreeing)).toMatchObject({
    variant: "ok",
    sentence: "HAProxy and haprobe agree on 45 of 48 servers",
    detail: "web-09 is down, both agree, img-04 rejects our probe and web-16 is out of service but passes its probe.",
  });
});

test("an expected mismatch raises no alarm", () => {
  const expected = falseUpApiserver(NOW, { expected: "vendor drops etcd from readyz" });
  expect(headlineText(controlPlaneOf(expected)).variant).toBe("ok");
  expect(openMismatches([expected])).toEqual([]);
});

test("only a new, a changed or an ended mismatch is announced", () => {
  const before = openMismatches([falseUpApiserver(NOW)]);
  const busier = openMismatches([falseUpApiserver(NOW, { misrouted: { sessions: 9_999 } })]);
  const servers = new Map([healthyApiserver(NOW, { server: "cp-2" })].map((server) => [server.key, server]));
  expect(diffAnnouncements([], before, servers, NOW).join()).toMatch(
    /^False UP: cp-2 is UP in HAProxy but failing \/readyz/,
  );
  expect(diffAnnouncements(before, busier, servers, NOW)).toEqual([]);
  expect(diffAnnouncements(before, [], servers, NOW)).toEqual(["cp-2 is now up."]);
  expect(diffAnnouncements(before, [], new Map(), NOW)).toEqual(["cp-2 is gone from HAProxy."]);
});
