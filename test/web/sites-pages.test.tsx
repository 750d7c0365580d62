import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Finding } from "../../server/contract/finding.ts";
import { SERIES } from "../../server/contract/series.ts";
import type { InstanceStatus, ServerStatus, VantageSide } from "../../server/contract/status.ts";
import type { VantageReport } from "../../server/contract/vantage.ts";
import { App } from "../../web/app.tsx";
import { DashboardClient } from "../../web/lib/dashboard-client.ts";
import type { FeedTransport, StreamHandlers } from "../../web/lib/feed-transport.ts";
import type { RestClient } from "../../web/lib/rest-client.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { falseUpApiserver, healthyApiserver, sampleInstance, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 3, 0);
const at = (agoMs: number): string => new Date(NOW - agoMs).toISOString();
/** Pages are files of their own. */
const WAIT = { timeout: 15_000 };
const base = document.createElement("base");
base.setAttribute("href", "/");
let client: DashboardClient | null = null;
beforeEach(() => document.head.append(base));
afterEach(() => {
  cleanup();
  base.remove();
  client?.stop();
  window.history.replaceState(null, "", "/");
});

interface Shown {
  readonly servers: readonly ServerStatus[];
  readonly instances: readonly InstanceStatus[];
  readonly vantages?: readonly VantageReport[];
  readonly findings?: readonly Finding[];
}

async function openPage(path: string, { servers, instances, vantages = [], findings = [] }: Shown) {
  window.history.replaceState(null, "", path);
  const never = () => new Promise<never>(() => {});
  const streams: StreamHandlers[] = [];
  const transport: FeedTransport = {
    openStream(handlers) {
      streams.push(handlers);
      return () => {};
    },
    fetchSnapshot: async () => sampleSnapshot(servers, instances),
    fetchIncidents: async () => [],
    fetchHistory: never,
    remark: never,
    ping: async () => {},
  };
  const answers: Readonly<Record<string, object>> = {
    vantages: { version: 1, vantages, next: null },
    findings: { version: 1, findings, next: null },
    incidents: { version: 1, incidents: [], next: null, complete: true },
    "servers/lb-fra/k8s-api/cp-1/series": {
      version: 1,
      from: at(3_600_000),
      to: at(0),
      stepMs: 60_000,
      series: Object.fromEntries(SERIES.map((name) => [name, [null, null]])),
    },
  };
  const rest: RestClient = {
    async getJson<T>(resource: string): Promise<T> {
      const found = Object.entries(answers).find(([begin]) => resource.startsWith(`api/v1/${begin}`));
      return found === undefined ? never() : (found[1] as T);
    },
    post: never,
  };
  const clock = new FakeClock(0, NOW);
  const created = new DashboardClient(transport, clock, rest);
  client = created;
  render(<App client={created} />);
  await act(async () => {
    created.start();
    streams[0]?.onConnected();
    await clock.advance(0);
  });
}

function side(vantage: string, part: Partial<VantageSide>): VantageSide {
  const { probe } = healthyApiserver(NOW);
  const says = { verdict: "agree-up", phase: null, reason: null, sentence: "", uncounted: null } as const;
  const haproxy = { status: "UP", checkStatus: "L4OK", checkCode: null } as const;
  return { ...probe, vantage, home: false, haproxy, ...says, heardAt: at(60_000), ...part };
}

function report(vantage: string, site: string, part: Partial<VantageReport> = {}): VantageReport {
  const numbers = { skewMs: 0, seq: 1_204, behind: 0 };
  return {
    site,
    vantage,
    own: false,
    state: "ok",
    version: "1",
    heardAt: at(2_000),
    ...numbers,
    instances: [],
    ...part,
  };
}

const FRA = { instance: "lb-fra", site: "fra" };
const CP_1: ServerStatus = {
  ...healthyApiserver(NOW, FRA),
  sentence: "HAProxy says UP (L4OK); /readyz answers 200; only host-b reports; host-a silent since 10:02",
  probe: { ...healthyApiserver(NOW).probe, vantage: "host-b" },
  probes: [
    side("host-a", {
      home: true,
      uncounted: "silent",
      verdict: "false-up",
      phase: "confirmed",
      outcome: "failed",
      httpStatus: 500,
      failing: ["etcd"],
    }),
    side("host-b", {}),
  ],
};
const TWO_SITES: Shown = {
  servers: [CP_1, falseUpApiserver(NOW, { instance: "lb-nyc", site: "nyc" })],
  instances: ["fra", "nyc"].map((site) => sampleInstance(NOW, { name: `lb-${site}`, site, reportedBy: "host-b" })),
  vantages: [
    report("host-a", "fra", { state: "silent", heardAt: at(60_000), behind: 12, skewMs: -90_000 }),
    report("host-b", "fra", { instances: ["lb-fra"] }),
    report("hub-1", "default", { own: true, behind: null }),
  ],
};

test("a server's drawer has both sides of each vantage, which one decides, and since when one is silent", async () => {
  await openPage("/servers/lb-fra/k8s-api/cp-1", TWO_SITES);
  const section = await screen.findByRole("region", { name: "Vantages" }, WAIT);
  const [a, b] = within(section).getAllByRole("listitem");
  expect(a?.textContent).toMatch(
    /^host-abeside lb-fra.*HAProxy UP L4OK.*haprobe 500 etcd.*False UPsilent since \d\d:02:00$/,
  );
  await waitFor(
    () => expect(b?.textContent).toMatch(/^host-bdecidesHAProxy UP L4OK.*haprobe 200 \/readyzUpheard 1\.8 s ago$/),
    WAIT,
  );
});

test("a server whose vantage has said nothing new is as it was: changed so much longer ago, its sessions not known", async () => {
  const old = { ...CP_1.haproxy, at: at(62_000), changedSecondsAgo: 9, sessionsCurrent: 3, sessionsTotal: 40 };
  await openPage("/servers/lb-fra/k8s-api/cp-1", { ...TWO_SITES, servers: [{ ...CP_1, haproxy: old }] });
  const section = await screen.findByRole("region", { name: "HAProxy says" }, WAIT);
  await waitFor(() => expect(section.textContent).toMatch(/last change1 min ago.*sessions–/), WAIT);
});

test("a server that others measure says where its charts are, in the place of empty ones", async () => {
  await openPage("/servers/lb-fra/k8s-api/cp-1", TWO_SITES);
  const section = await screen.findByRole("region", { name: "Charts" }, WAIT);
  expect(section.textContent).toContain("charted where they are measured: on host-a and host-b");
});

test("the settings list the vantages: heard, numbers, spool, clock", async () => {
  await openPage("/settings", TWO_SITES);
  const section = await screen.findByRole("region", { name: "Vantages" }, WAIT);
  const rows = within(section)
    .getAllByRole("listitem")
    .map(({ textContent }) => textContent);
  expect(rows[0]).toMatch(
    /^host-a fra silent.*heard \d\d:02:00, haprobe 1event 1,20412 events wait, clock 90\.0 s behind$/,
  );
  expect(rows[1]).toMatch(/^host-b fra oklb-fraheard 1\.8 s ago, haprobe 1event 1,204nothing waits$/);
  expect(rows[2]).toMatch(/^hub-1 okthis hubno HAProxy.*writes to the database$/);
});

test("what a vantage reports of itself is a finding with its name, and is filtered by its site", async () => {
  const finding = (instance: string, vantage: string, site: string): Finding => {
    const subject = { instance, backend: "web", server: null };
    const words = { sentence: `of ${instance}`, advice: `cure ${instance}`, since: at(0) };
    return { id: instance, code: "check-missing", subject, ...words, vantages: [{ site, vantage }] };
  };
  const findings = [finding("lb-fra", "host-a", "fra"), finding("lb-nyc", "nyc-1", "nyc")];
  await openPage("/findings?site=nyc", { ...TWO_SITES, findings });
  expect(await screen.findByText(/of lb-nyc/, {}, WAIT)).toBeTruthy();
  expect(screen.getByText(/by nyc-1 in nyc/)).toBeTruthy();
  expect(screen.queryByText(/of lb-fra/)).toBeNull();
});

test.each(["default", "fra"])("a single haprobe of the site %s shows no site and no vantage anywhere", async (site) => {
  const alone = { servers: [falseUpApiserver(NOW, { site })], instances: [sampleInstance(NOW, { site })] };
  for (const path of [
    "/",
    "/servers/lb-1/k8s-api/cp-2",
    "/servers?group=site",
    "/findings",
    "/incidents?group=site",
    "/settings",
  ]) {
    await openPage(path, alone);
    await screen.findAllByText(/lb-1|No incident|Nothing to improve|None is/, {}, WAIT);
    expect(screen.queryByRole("link", { name: "Sites" }), path).toBeNull();
    expect(screen.queryByRole("button", { name: /site/i }), path).toBeNull();
    expect(screen.queryByRole("region", { name: "Vantages" }), path).toBeNull();
    expect(document.querySelector(".site-group, .vantage-lanes"), path).toBeNull();
    expect(screen.queryByText(/ in (default|fra)\b/), path).toBeNull();
    cleanup();
    client?.stop();
  }
});
