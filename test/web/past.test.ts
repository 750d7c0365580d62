import { expect, test } from "vitest";
import type { PastFleet, PastServer } from "../../server/contract/history.ts";
import type { Incident } from "../../server/contract/incident.ts";
import { fleetFromSnapshot } from "../../web/lib/fleet.ts";
import { incidentAt } from "../../web/lib/incident-at.ts";
import { axisEndAt, parseMoment } from "../../web/lib/moment.ts";
import { PastFeed } from "../../web/lib/past-feed.ts";
import { toShownFleet } from "../../web/lib/past-fleet.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 27, 14);
const iso = (ms: number): string => new Date(ms).toISOString();
const present = fleetFromSnapshot(
  sampleSnapshot(
    [healthyApiserver(NOW), healthyApiserver(NOW, { server: "cp-2", address: "10.0.0.12:6443" })],
    [sampleInstance(NOW)],
  ),
);

/** What the history has of cp-1, up, and of cp-2, which failed then. */
function pastFleet(at: number): PastFleet {
  const recorded = ({ haproxy, probe, ...server }: ReturnType<typeof falseUpApiserver>): PastServer => ({
    ...server,
    mode: "",
    quality: null,
    haproxy: { ...haproxy, usable: null, weight: null, backup: null, at: null, depth: null, checkDurationMs: null },
    probe: { ...probe, kind: null, stage: null, url: null, failing: [], durationMs: null, guessed: null, at: null },
    misrouted: { sessions: null, held: null, unit: null, share: null, healthyLeft: null },
  });
  const { summary } = sampleSnapshot([], []);
  return {
    version: 1,
    type: "snapshot",
    epoch: iso(at),
    seq: 0,
    servers: [recorded(healthyApiserver(NOW)), recorded(falseUpApiserver(NOW))],
    instances: [{ ...sampleInstance(NOW), stats: null, everyMs: null, lastPollAt: null }],
    summary: { ...summary, canBeFalselyUp: null },
  };
}

test.each([
  ["?at=2026-11-27T14:00:00Z", NOW],
  ["?at=2026-11-27T15:00:00%2B01:00", NOW],
  ["?at=yesterday", null],
  ["?at=", null],
  ["", null],
])("the address %s is the moment %s", (search, at) => {
  expect(parseMoment(search)).toBe(at);
});

test("the axis stays while the moment is on it, and else leads past it, never beyond now", () => {
  expect(axisEndAt(NOW - 10, 100, NOW, NOW)).toBe(NOW);
  expect(axisEndAt(NOW - 500, 100, NOW, NOW)).toBe(NOW - 475);
  expect(axisEndAt(NOW - 5, 100, NOW - 500, NOW)).toBe(NOW);
});

test("a past server has the words of the history, those of the incident, and from the present what cannot have changed", () => {
  const incident = sampleIncident(NOW);
  const open = { ...incident, state: "open" } as Incident;
  const shown = toShownFleet(pastFleet(NOW - 60_000), [open], present);
  const cp1 = shown.servers.get("lb-1/k8s-api/cp-1");
  expect(cp1).toMatchObject({ verdict: "agree-up", haproxy: { status: "UP", at: "" }, probe: { kind: "answered" } });
  const cp2 = shown.servers.get("lb-1/k8s-api/cp-2");
  expect(cp2).toMatchObject({ verdict: "false-up", probe: { httpStatus: 500, kind: "answered" } });
  expect(cp2?.probe.failing).toEqual(["etcd"]);
  expect([cp1, cp2].map((server) => server?.misrouted.healthyLeft)).toEqual([0, 1]);
});

test("what went to a past server has the unit of its mode, though its number is not recorded", () => {
  const servers = [...present.servers.values()].map((server) => ({
    ...server,
    mode: "http",
    misrouted: { ...server.misrouted, unit: "requests" as const },
  }));
  const fleet = { ...present, servers: new Map(servers.map((server) => [server.key, server])) };
  const shown = toShownFleet(pastFleet(NOW - 60_000), [], fleet).servers.get("lb-1/k8s-api/cp-2");
  expect(shown?.misrouted.unit).toBe("requests");
});

test("a past false-up that a check of its depth cannot see says so, also when the server is well by now", () => {
  const canNotice = (depth: "connection" | "application") => {
    const servers = [...present.servers.values()].map((server) => ({
      ...server,
      haproxy: { ...server.haproxy, depth, canNotice: null },
    }));
    const fleet = { ...present, servers: new Map(servers.map((server) => [server.key, server])) };
    return toShownFleet(pastFleet(NOW - 60_000), [], fleet).servers.get("lb-1/k8s-api/cp-2")?.haproxy.canNotice;
  };
  expect(canNotice("connection")).toBe(false);
  expect(canNotice("application")).toBeNull();
});

test("a past server fails what its recorded sentence names, and not what failed when the incident opened", () => {
  const open = { ...sampleIncident(NOW), state: "open" } as Incident;
  const failingOf = (sentence: string): readonly string[] | undefined => {
    const past = pastFleet(NOW - 60_000);
    const servers = past.servers.map((server) => ({ ...server, sentence }));
    return toShownFleet({ ...past, servers }, [open], present).servers.get("lb-1/k8s-api/cp-2")?.probe.failing;
  };
  expect(failingOf("HAProxy says UP (L4OK); /readyz answers 500: poststarthook/rbac/bootstrap-roles failed")).toEqual([
    "poststarthook/rbac/bootstrap-roles",
  ]);
  expect(failingOf("HAProxy says UP; /readyz answers 500: ping, log and 4 more failed. It starts")).toEqual([
    "ping",
    "log",
  ]);
  expect(failingOf("HAProxy says UP; /readyz answers 500")).toEqual(open.evidence.probe?.failing ?? []);
});

test("an incident at a past moment is as open, acknowledged and flapping as it was then", () => {
  const at = (second: number) => iso(NOW + second * 1_000);
  const change = (second: number, what: Incident["changes"][number]["what"], who: string | null = null, text = "") => ({
    at: at(second),
    what,
    who,
    text,
  });
  const incident: Incident = {
    ...sampleIncident(NOW),
    suspectedAt: at(0),
    confirmedAt: at(1),
    endedAt: at(60),
    state: "ended",
    flaps: 1,
    changes: [
      change(1, "confirmed"),
      change(10, "acknowledged", "mara", "on it"),
      change(20, "healing"),
      change(25, "relapsed"),
      change(50, "healing"),
      change(60, "ended"),
    ],
  };
  const stateAt = (second: number) => {
    const then = incidentAt(incident, NOW + second * 1_000);
    return then && [then.state, then.flaps, then.acknowledgement?.name ?? null, then.endedAt];
  };
  expect(stateAt(0)).toBeNull();
  expect(stateAt(5)).toEqual(["open", 0, null, null]);
  expect(stateAt(15)).toEqual(["open", 0, "mara", null]);
  expect(stateAt(22)).toEqual(["healing", 0, "mara", null]);
  expect(stateAt(30)).toEqual(["open", 1, "mara", null]);
  expect(stateAt(61)).toEqual(["ended", 1, "mara", at(60)]);
});

test("of two moments asked for, only the later one is shown, and the present at once", async () => {
  const release: ((fleet: PastFleet) => void)[] = [];
  const feed = new PastFeed(
    {
      getJson: (path) =>
        path.startsWith("api/v1/servers")
          ? new Promise((resolve) => release.push((fleet) => resolve({ ...fleet, next: null } as never)))
          : Promise.resolve({ incidents: [], next: null } as never),
      post: () => Promise.reject(new Error("nothing is written")),
    },
    () => present,
  );
  feed.show(NOW - 2_000);
  feed.show(NOW - 1_000);
  expect(feed.state).toBeNull();
  release[1]?.(pastFleet(NOW - 1_000));
  await expect.poll(() => feed.state?.at).toBe(NOW - 1_000);
  release[0]?.(pastFleet(NOW - 2_000));
  await Promise.resolve();
  expect(feed.state?.at).toBe(NOW - 1_000);
  feed.show(null);
  expect(feed.state).toBeNull();
});
