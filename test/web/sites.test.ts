import { describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { groupByBackend, groupBySite } from "../../web/lib/backend-group.ts";
import { fleetFromSnapshot, updateFleet } from "../../web/lib/fleet.ts";
import { buildHeadline } from "../../web/lib/headline.ts";
import { ongoingMismatches } from "../../web/lib/ongoing-incidents.ts";
import { pageTitle } from "../../web/lib/page-title.ts";
import { PAGES, pagesOf } from "../../web/lib/route.ts";
import { siteLines } from "../../web/lib/site-lines.ts";
import { tableItems } from "../../web/lib/table-items.ts";
import { ALL_SERVERS, parseViewQuery, queryMatcher } from "../../web/lib/view-query.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance, sampleServer, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
const NONE = new Map<string, ServerStatus>();

/** cp-2 of nyc is falsely up, web-01 of ams is down in both. */
const SERVERS = [
  healthyApiserver(NOW, { instance: "lb-fra", site: "fra" }),
  sampleServer(NOW, { instance: "lb-ams", site: "ams", verdict: "agree-down", reason: "probe-refused" }),
  falseUpApiserver(NOW, { instance: "lb-nyc", site: "nyc" }),
  healthyApiserver(NOW, { instance: "lb-nyc", site: "nyc", server: "cp-3" }),
];
const INSTANCES = ["fra", "ams", "nyc"].map((site) => sampleInstance(NOW, { name: `lb-${site}`, site }));

function headlineOf(servers: readonly ServerStatus[]) {
  const { sites } = fleetFromSnapshot(sampleSnapshot(servers, []));
  const spansSites = sites.length > 1;
  const mismatches = ongoingMismatches(servers, [], NONE, spansSites);
  return {
    ...buildHeadline({ servers, mismatches, instances: [], lastEnded: null, now: NOW, spansSites }),
    mismatches,
  };
}

function vantage(name: string, site: string, part: Partial<VantageReport> = {}): VantageReport {
  const heardAt = new Date(NOW).toISOString();
  const base = { own: false, state: "ok", version: "1", heardAt, skewMs: 0, seq: 1, behind: 0, instances: [] } as const;
  return { site, vantage: name, ...base, ...part };
}

function linesOf(servers: readonly ServerStatus[], vantages: readonly VantageReport[] = [], instances = INSTANCES) {
  const { sites } = fleetFromSnapshot(sampleSnapshot(servers, instances));
  const mismatches = ongoingMismatches(servers, [], NONE, sites.length > 1);
  return siteLines({ sites, servers, instances, mismatches, ongoing: new Map(), vantages, now: NOW });
}

describe("a fleet of several sites", () => {
  test("names the site of each server in its sentences, the title of the tab included", () => {
    const { sentence, mismatches } = headlineOf(SERVERS);
    expect(sentence).toBe("cp-2 in nyc is UP in HAProxy but failing /readyz (etcd)");
    expect(pageTitle(mismatches, "known")).toBe("(1) cp-2 in nyc false-up · haprobe");
    const second = falseUpApiserver(NOW, { instance: "lb-fra", site: "fra" });
    const two = headlineOf([...SERVERS, { ...second, subject: "another" }]);
    expect(two.sentence).toBe("cp-2 in fra and cp-2 in nyc are UP in HAProxy but failing their probes");
    const suspected = headlineOf([
      ...SERVERS.slice(0, 1),
      { ...falseUpApiserver(NOW, { site: "nyc" }), phase: "suspected" },
    ]);
    expect(suspected.sentence).toBe("cp-2 in nyc fails its probe; HAProxy has it UP");
    const calm = headlineOf(SERVERS.slice(0, 2));
    expect(calm.detail).toEqual(["web-01 in ams is down, both agree."]);
  });

  test("has a page for them, and knows when one comes or goes", () => {
    expect(pagesOf(2)).toEqual(PAGES);
    const fleet = fleetFromSnapshot(sampleSnapshot(SERVERS, INSTANCES));
    expect(fleet.sites).toEqual(["ams", "fra", "nyc"]);
    const { position, summary } = fleet;
    const delta = { ...position, type: "delta", servers: [], removed: [], instances: [], summary } as const;
    const removed = [...fleet.servers.keys()].filter((key) => key.startsWith("lb-ams"));
    const gone = updateFleet(fleet, { ...delta, seq: position.seq + 1, removed, removedInstances: ["lb-ams"] });
    expect(typeof gone === "object" && gone.fleet.sites).toEqual(["fra", "nyc"]);
    const same = updateFleet(fleet, { ...delta, seq: position.seq + 1, servers: SERVERS, removedInstances: [] });
    expect(typeof same === "object" && same.fleet.sites, "the same array, so that nothing renders").toBe(fleet.sites);
  });

  test("is filtered by them, and grouped: the site with a mismatch first, then by name, backends below", () => {
    const matches = queryMatcher(parseViewQuery("?site=fra,ams"));
    expect(SERVERS.filter(matches).map(({ site }) => site)).toEqual(["fra", "ams"]);
    const groups = groupByBackend(SERVERS);
    const sites = groupBySite(groups);
    expect(sites.map(({ site }) => site)).toEqual(["nyc", "ams", "fra"]);
    const servers = new Map(SERVERS.map((server) => [server.key, server]));
    const isCollapsed = ({ id }: { readonly id: string }): boolean => id === "/ams";
    const { items, matching } = tableItems(groups, servers, ALL_SERVERS, isCollapsed, [], sites);
    expect(matching, "also those of a collapsed site").toBe(4);
    expect(items.map((item) => (item.kind === "server" ? `    ${item.name}` : item.id))).toEqual([
      "/nyc",
      "lb-nyc/k8s-api",
      "    cp-2",
      "    cp-3",
      "/ams",
      "/fra",
      "lb-fra/k8s-api",
      "    cp-1",
    ]);
    const found = tableItems(groups, servers, parseViewQuery("?q=web"), () => false, [], sites);
    expect(
      found.items.map((item) => item.kind),
      "a site without a match is left out",
    ).toEqual(["site", "group", "server"]);
  });
});

describe("the map of sites", () => {
  test("has the worst first, each with the sentence that it would have alone", () => {
    expect(linesOf(SERVERS).map(({ site, glyph, sentence, healthy }) => [site, glyph, sentence, healthy])).toEqual([
      ["nyc", "false-up", "cp-2 is UP in HAProxy but failing /readyz (etcd)", "1 of 2 healthy"],
      ["ams", "agree-down", "shop-web has no healthy server; HAProxy and haprobe agree on 1 server", "0 of 1 healthy"],
      ["fra", "agree-up", "HAProxy and haprobe agree on 1 server", "1 of 1 healthy"],
    ]);
  });

  test("says which vantage is silent or blind, and puts that site before those with nothing wrong", () => {
    const heardAt = new Date(NOW - 60_000).toISOString();
    const lines = linesOf(SERVERS, [
      vantage("host-a", "fra"),
      vantage("host-b", "fra", { state: "silent", heardAt }),
      vantage("ams-1", "ams"),
      vantage("ams-2", "ams"),
      vantage("nyc-1", "nyc", { state: "blind" }),
    ]);
    expect(lines.map(({ site, vantages, isVantageLost }) => [site, vantages, isVantageLost])).toEqual([
      ["nyc", "nyc-1 blind", true],
      ["fra", expect.stringMatching(/^host-b silent since \d\d:59:00$/), true],
      ["ams", "2 vantages", false],
    ]);
  });

  test("a HAProxy that does not respond comes before sites with nothing wrong", () => {
    const failing = INSTANCES.map((each) => (each.site === "fra" ? { ...each, state: "failing" as const } : each));
    expect(linesOf(SERVERS, [], failing).map(({ site }) => site)).toEqual(["nyc", "fra", "ams"]);
  });
});

test("a single haprobe names no site, also where its site has a name, and has no page for sites", () => {
  for (const site of ["default", "fra"]) {
    const servers = [falseUpApiserver(NOW, { site }), healthyApiserver(NOW, { site })];
    expect(headlineOf(servers).sentence).toBe("cp-2 is UP in HAProxy but failing /readyz (etcd)");
    expect(pageTitle(headlineOf(servers).mismatches, "known")).toBe("(1) cp-2 false-up · haprobe");
  }
  expect(pagesOf(1)).not.toContain("sites");
});
