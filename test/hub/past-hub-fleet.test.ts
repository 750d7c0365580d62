import { expect, test } from "vitest";
import type { FleetEntry, StoredPosition, StripEntry } from "../../server/contract/store.ts";
import { toPastHubFleet } from "../../server/hub/past-hub-fleet.ts";
import { CP_1, entryAt, falseUpAt } from "../history/sample-entries.ts";

const AT = Date.parse("2026-11-27T03:12:00Z");

/** host-a stands beside lb-1. */
const POSITIONS = ["host-a", "host-b"].map((vantage): StoredPosition => {
  const stats = vantage === "host-a" ? "unix:/run/haproxy/admin.sock" : "tcp://10.0.0.2:9999";
  const instances = [{ name: "lb-1", site: "fra", stats }];
  return {
    site: "fra",
    vantage,
    logId: vantage,
    firstSeq: 2,
    lastSeq: 1,
    sentAt: 0,
    heardAt: 0,
    heardAgoMs: 0,
    skewMs: 0,
    status: { version: "1", instances, isBlind: false } as unknown as StoredPosition["status"],
  };
});

function by(vantage: string, entry: StripEntry, site = "fra"): FleetEntry {
  return { ...entry, vantage, server: { ...CP_1, site } };
}

function pastFleet(entries: readonly FleetEntry[], until: Readonly<Record<string, number>> = {}) {
  const spans = new Map(
    ["host-a", "host-b", "nyc-1"].map((vantage) => [vantage, [{ from: 0, to: until[vantage] ?? AT + 1 }]]),
  );
  const sites = new Set(entries.map(({ server }) => server.site));
  const nameOf = (site: string, instance: string) => (sites.size > 1 ? `${instance}.${site}` : instance);
  return toPastHubFleet(entries, spans, AT, { positions: POSITIONS, nameOf });
}

test("a past moment on a hub is joined as the present is: the vantage beside HAProxy decides about a path", () => {
  const { servers, summary } = pastFleet([
    by("host-a", entryAt(AT - 60_000)),
    by("host-b", falseUpAt(AT - 5_000, "confirmed", { probeReason: "probe-refused" })),
  ]);
  expect(servers).toMatchObject([
    {
      key: "lb-1/k8s-api/cp-1",
      verdict: "agree-up",
      sentence: expect.stringContaining("look at the path of host-b"),
      haproxy: { status: "UP", weight: null },
      probe: { vantage: "host-a", outcome: "passed", kind: "answered", guessed: null },
      misrouted: { healthyLeft: null },
      probes: [
        { vantage: "host-a", home: true, verdict: "agree-up", uncounted: null },
        { vantage: "host-b", home: false, verdict: "false-up", phase: "confirmed", kind: "refused", uncounted: null },
      ],
    },
  ]);
  expect(summary.confirmed).toBe(0);
});

test("a vantage that did not record then was silent, since its last word", () => {
  const gone = AT - 120_000;
  const { servers } = pastFleet([by("host-a", falseUpAt(gone - 9, "confirmed")), by("host-b", entryAt(AT - 5_000))], {
    "host-a": gone,
  });
  expect(servers).toMatchObject([
    {
      verdict: "agree-up",
      sentence: expect.stringMatching(/; only host-b reports; host-a silent since 03:10$/),
      probes: [
        { vantage: "host-a", uncounted: "silent", heardAt: new Date(gone).toISOString() },
        { vantage: "host-b", uncounted: null },
      ],
    },
  ]);
});

test("servers of one name in two sites are two, by the names of the pages", () => {
  const { servers, instances } = pastFleet([by("host-a", entryAt(0)), by("nyc-1", falseUpAt(0, "confirmed"), "nyc")]);
  expect(servers.map(({ key, site, verdict }) => [key, site, verdict])).toEqual([
    ["lb-1.fra/k8s-api/cp-1", "fra", "agree-up"],
    ["lb-1.nyc/k8s-api/cp-1", "nyc", "false-up"],
  ]);
  expect(instances.map(({ name, site }) => [name, site])).toEqual([
    ["lb-1.fra", "fra"],
    ["lb-1.nyc", "nyc"],
  ]);
});
