import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import "../../web/components/server-drawer.tsx";
import { App } from "../../web/app.tsx";
import type { StreamHandlers, FeedTransport } from "../../web/lib/feed-transport.ts";
import { DashboardClient } from "../../web/lib/dashboard-client.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  healthyApiserver,
  falseUpApiserver,
  sampleInstance,
  sampleServer,
  sampleServers,
  sampleSnapshot,
} from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
let client: DashboardClient | null = null;

// haprobe's page says where its files are, which the page of a server needs.
const base = document.createElement("base");
base.setAttribute("href", "/");
document.head.append(base);

beforeEach(() => window.history.replaceState(null, "", "/"));
afterEach(() => {
  cleanup();
  client?.stop();
  client = null;
});

/** Renders the page with these servers; `publish` sends it a delta. */
async function renderPage(servers: readonly ServerStatus[], instances = [sampleInstance(NOW)]) {
  const clock = new FakeClock(0, NOW);
  let events: StreamHandlers | null = null;
  const transport: FeedTransport = {
    openStream(given) {
      events = given;
      return () => {};
    },
    fetchSnapshot: async () => sampleSnapshot(servers, instances),
    fetchIncidents: async () => [],
    fetchHistory: () => new Promise(() => {}),
    remark: () => new Promise(() => {}),
    ping: async () => {},
  };
  const created = new DashboardClient(transport, clock);
  client = created;
  render(<App client={created} />);
  await act(async () => {
    created.start();
    events?.onConnected();
    await clock.advance(0);
  });
  let seq = 10;
  const publish = (changed: readonly ServerStatus[], changedInstances = [] as typeof instances): void =>
    act(() => {
      seq += 1;
      const { summary } = sampleSnapshot(changed, instances);
      const nothing = { removed: [], removedInstances: [] };
      events?.onDelta({
        type: "delta",
        version: 1,
        epoch: "e1",
        seq,
        servers: changed,
        instances: changedInstances,
        summary,
        ...nothing,
      });
    });
  return { clock, publish, disconnect: () => act(() => events?.onClosed("transport close")) };
}

const findRow = (key: string): HTMLElement => {
  const row = document.querySelector<HTMLElement>(`[data-key="${key}"]`);
  if (row === null) throw new Error(`no row ${key}`);
  return row;
};

test("before the first snapshot it shows the frame and no number", () => {
  const transport: FeedTransport = {
    openStream: () => () => {},
    fetchSnapshot: () => new Promise(() => {}),
    fetchIncidents: async () => [],
    fetchHistory: () => new Promise(() => {}),
    remark: () => new Promise(() => {}),
    ping: async () => {},
  };
  client = new DashboardClient(transport, new FakeClock(0, NOW));
  render(<App client={client} />);
  expect(screen.getByText("connecting")).toBeTruthy();
  expect(document.body.textContent).not.toMatch(/agree on|\d+ servers/);
});

test("headline, counters, card and row show the false-up", async () => {
  await renderPage(sampleServers(NOW));
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe(
    "cp-2 is UP in HAProxy but failing /readyz (etcd)",
  );
  expect(screen.getByRole("button", { name: /^2False UP, receiving traffic/ })).toBeTruthy();
  const card = within(screen.getByRole("article", { name: "False UP: cp-2" }));
  expect(card.getByText(/^set server k8s-api\/cp-2 state drain/)).toBeTruthy();
  const cells = within(findRow("lb-1/k8s-api/cp-2")).getAllByRole("gridcell");
  expect(cells.slice(0, 4).map((cell) => cell.textContent?.trim())).toEqual([
    "False UP",
    "cp-2",
    "UP  L4OK 0 ms",
    "500 etcd  12.3 ms",
  ]);
  expect(document.title).toBe("(2) cp-2 false-up · haprobe");
});

test("the cure is one line of the card, with the number of lines that are copied", async () => {
  const cure = ["# backend k8s-api", "option httpchk", "default-server check-ssl verify none"];
  await renderPage([healthyApiserver(NOW), falseUpApiserver(NOW, { cure })]);
  const line = screen.getByRole("button", { name: "Copy: the lines for haproxy.cfg" }).parentElement;
  expect(line?.querySelector("code")?.textContent).toBe("option httpchk + default-server check-ssl verify none");
  expect(line?.textContent).toContain("2 lines");
});

test("the card of false-downs has the command of each, what holds then, what undoes it, and the request to compare", async () => {
  const falseDown = (n: number) =>
    falseUpApiserver(NOW, {
      server: `cp-${n}`,
      verdict: "false-down",
      reason: "check-asks-something-else",
      advice: "Permanent fix: ask what the probe asks.",
      cure: [],
      subject: `lb-1/k8s-api/cp-${n}`,
      restore: {
        command: `set server k8s-api/cp-${n} health up; disable health k8s-api/cp-${n}`,
        note: "HAProxy then does not check it until enable health or a reload.",
        undo: `enable health k8s-api/cp-${n}`,
      },
      haproxy: { status: "DOWN", checkStatus: "L7STS", checkCode: 404 },
      probe: { outcome: "passed", httpStatus: 200, failing: [], url: `https://10.0.0.1${n}:6443/readyz` },
    });
  await renderPage([healthyApiserver(NOW), ...[2, 3, 4, 5].map(falseDown)]);
  const lines = [...document.querySelectorAll("article .action-line, article .action-note")].map((line) =>
    line.textContent?.replace(/Copy$/, ""),
  );
  const restore = (n: number) => `set server k8s-api/cp-${n} health up; disable health k8s-api/cp-${n} on lb-1`;
  expect(lines).toEqual([
    `Mitigate${restore(2)}`,
    restore(3),
    restore(4),
    "and 1 more",
    "HAProxy then does not check it until enable health or a reload.",
    "Undoenable health k8s-api/cp-2 on lb-1",
    "enable health k8s-api/cp-3 on lb-1",
    "enable health k8s-api/cp-4 on lb-1",
    "and 1 more",
    "Permanent fixask what the probe asks.",
    "Comparecurl -sSig -k 'https://10.0.0.12:6443/readyz' on the machine of lb-1",
  ]);
  expect(screen.getAllByRole("button", { name: "Copy: all 4 commands" })).toHaveLength(2);
});

test("a mismatch appears without a reload and is announced", async () => {
  const { publish } = await renderPage([
    healthyApiserver(NOW),
    healthyApiserver(NOW, { server: "cp-2", address: "10.0.0.12:6443" }),
  ]);
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("HAProxy and haprobe agree on 2 servers");
  publish([falseUpApiserver(NOW)]);
  expect(screen.getByRole("heading", { level: 1 }).textContent).toContain("cp-2 is UP in HAProxy but failing");
  expect(screen.getByRole("status").textContent).toContain("False UP: cp-2");
  publish([falseUpApiserver(NOW, { misrouted: { sessions: 2_000 } })]);
  expect(screen.getByText("2,000 sessions")).toBeTruthy();
});

test("a counter filters the table and sets the address; a second click clears it", async () => {
  await renderPage(sampleServers(NOW));
  const counter = screen.getByRole("button", { name: /Unknown/ });
  const before = document.querySelectorAll("[data-key]").length;
  fireEvent.click(counter);
  expect(counter.getAttribute("aria-pressed")).toBe("true");
  expect(window.location.search).toBe("?verdict=unknown");
  expect(document.querySelectorAll("[data-key]")).toHaveLength(1);
  fireEvent.click(counter);
  expect(window.location.search).toBe("");
  expect(document.querySelectorAll("[data-key]")).toHaveLength(before);
});

test("groups with a mismatch come first and open, the others are folded until they are opened", async () => {
  const { publish } = await renderPage([
    sampleServer(NOW, { backend: "a" }),
    sampleServer(NOW, { backend: "b", server: "web-02" }),
    healthyApiserver(NOW, { server: "cp-2" }),
  ]);
  const groups = () =>
    [...document.querySelectorAll("[data-group]")].map(
      (node) => `${(node as HTMLElement).dataset["group"]} ${node.getAttribute("aria-expanded")}`,
    );
  expect(groups()).toEqual(["lb-1/a false", "lb-1/b false", "lb-1/k8s-api false"]);
  fireEvent.click(document.querySelector('[data-group="lb-1/b"]') as Element);
  publish([falseUpApiserver(NOW)]);
  expect(groups()).toEqual(["lb-1/k8s-api true", "lb-1/a false", "lb-1/b true"]);
});

test("a server below its backend has its traffic in the column of the backend's", async () => {
  const counted = (server: string, seconds: number, sessionsTotal: number) =>
    sampleServer(NOW, { server, haproxy: { sessionsTotal, at: new Date(NOW + seconds * 1_000).toISOString() } });
  const { clock, publish } = await renderPage([counted("a", 0, 0), counted("b", 0, 0)]);
  fireEvent.click(document.querySelector("[data-group]") as Element);
  publish([counted("a", 4, 80), counted("b", 4, 8)]);
  await act(() => clock.advance(1_000));
  const texts = (selector: string) => [...document.querySelectorAll(selector)].map((node) => node.textContent);
  expect(texts(".head-row .backend-traffic")).toEqual(["Traffic"]);
  expect(texts(".group .backend-traffic, .row .cell-traffic")).toEqual(["22 req/s", "20 req/s", "2.0 req/s"]);
});

test("a filter without a match shows how many it hides and can be cleared", async () => {
  await renderPage([sampleServer(NOW)]);
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "nowhere" } });
  expect(screen.getByText("No server matches.").parentElement?.textContent).toBe(
    "No server matches. 1 is hidden by 'nowhere'.",
  );
  fireEvent.click(screen.getByRole("button", { name: "Clear" }));
  expect(document.querySelectorAll("[data-group]")).toHaveLength(1);
});

test("the detail shows the response body as text, never as markup", async () => {
  const body = "[-]etcd failed\n<img src=x onerror=alert(1)>";
  await renderPage([healthyApiserver(NOW), falseUpApiserver(NOW, { probe: { body } })]);
  fireEvent.click(findRow("lb-1/k8s-api/cp-2"));
  expect(window.location.pathname).toBe("/servers/lb-1/k8s-api/cp-2");
  const shown = await screen.findByRole("region", { name: "Response body" });
  expect(shown.textContent).toContain(body);
  expect(shown.querySelector("img")).toBeNull();
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(window.location.pathname).toBe("/servers");
  expect(screen.queryByRole("complementary")).toBeNull();
});

test("the detail shows the agent's own words, and what clients got since the probe fails", async () => {
  const haproxy = {
    agentStatus: "L7STS",
    lastAgent: "via agent : down (disk full)",
    clientResponses: { good: 1_200, failed: 3 },
  } as const;
  await renderPage([healthyApiserver(NOW), falseUpApiserver(NOW, { haproxy })]);
  fireEvent.click(findRow("lb-1/k8s-api/cp-2"));
  await screen.findByRole("complementary");
  expect(document.body.textContent).toContain("L7STS: via agent : down (disk full)");
  expect(document.body.textContent).toMatch(/1.200 × 2xx, 3 failed since the probe fails/);
});

test("keys move between rows, open one and jump to the next mismatch", async () => {
  window.history.replaceState(null, "", "/servers");
  await renderPage(sampleServers(NOW));
  const press = (key: string): void => void fireEvent.keyDown(document.activeElement ?? document.body, { key });
  press("j");
  expect((document.activeElement as HTMLElement).dataset["group"]).toBe("lb-1/k8s-api");
  press("ArrowDown");
  expect((document.activeElement as HTMLElement).dataset["key"]).toBe("lb-1/k8s-api/cp-2");
  press(".");
  expect((document.activeElement as HTMLElement).dataset["key"]).toBe("lb-2/k8s-api/cp-2");
  press("p");
  expect(window.location.search).toContain("problems=1");
  press("Enter");
  expect(window.location.pathname).toBe("/servers/lb-2/k8s-api/cp-2");
  expect(findRow("lb-2/k8s-api/cp-2").getAttribute("aria-current")).toBe("true");
  expect(document.activeElement).toBe(await screen.findByRole("complementary"));
});

test("a disconnect is shown at once; durations get ≥ and the title shows nothing else", async () => {
  const { disconnect, clock } = await renderPage([healthyApiserver(NOW), falseUpApiserver(NOW)]);
  disconnect();
  expect(screen.getByRole("alert").textContent).toContain("Disconnected from haprobe");
  expect(document.querySelector(".page-disconnected")).not.toBeNull();
  expect(document.querySelector(".band-duration")?.textContent).toBe("≥ 4 min 20 s");
  expect(document.title).toBe("disconnected · haprobe");
  await act(() => clock.advance(400));
  act(() => client?.ticker.tick());
  expect(document.querySelector(".band-duration")?.textContent).toBe("≥ 4 min 20 s");
});

test("open sessions of a row that was not refreshed for 15 s are grey and have their time", async () => {
  const { clock, publish } = await renderPage([falseUpApiserver(NOW), healthyApiserver(NOW)]);
  const cell = (): Element | null => document.querySelector('[data-key="lb-1/k8s-api/cp-2"] .cell-sessions');
  const shown = [cell()?.className, cell()?.getAttribute("title")];
  expect(shown).toEqual(["cell-sessions num", null]);
  await act(() => clock.advance(16_000));
  act(() => client?.ticker.tick());
  expect(cell()?.className).toBe("cell-sessions num muted");
  expect(cell()?.getAttribute("title")).toMatch(/^as of \d\d:\d\d:\d\d$/);
  const row = falseUpApiserver(NOW);
  publish([{ ...row, haproxy: { ...row.haproxy, at: new Date(NOW + 16_000).toISOString() } }]);
  expect([cell()?.className, cell()?.getAttribute("title")]).toEqual(shown);
});

test("an unreachable instance is named, and its group counts nothing as healthy", async () => {
  const { publish } = await renderPage([sampleServer(NOW)]);
  const stale = sampleInstance(NOW, {
    state: "stale",
    error: {
      code: "HAPROBE_STATS_REFUSED",
      message: "connect ECONNREFUSED",
      remedy: "",
      at: new Date(NOW).toISOString(),
    },
  });
  publish([sampleServer(NOW, { verdict: "unknown", reason: "haproxy-stale" })], [stale]);
  expect(screen.getByText(/lb-1 does not respond/)).toBeTruthy();
  expect(screen.getByText("connect ECONNREFUSED")).toBeTruthy();
  expect(document.querySelector(".group-healthy")?.textContent).toBe("? of 1 healthy");
});

test("without a server it shows how each instance responded and what to do", async () => {
  const error = {
    code: "HAPROBE_STATS_FORBIDDEN",
    message: "permission denied",
    remedy: "Add haprobe's user to the group.",
    at: new Date(NOW).toISOString(),
  };
  await renderPage([], [sampleInstance(NOW, { state: "failing", error, lastPollAt: null })]);
  const result = await screen.findByText("permission denied");
  expect(result.closest("dd")?.textContent).toBe("permission denied. Add haprobe's user to the group.");
});
