import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { act } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { App } from "../../web/app.tsx";
import { DashboardClient } from "../../web/lib/dashboard-client.ts";
import type { FeedTransport, StreamHandlers } from "../../web/lib/feed-transport.ts";
import type { RestClient } from "../../web/lib/rest-client.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { sampleIncident } from "../support/sample-incident.ts";
import { falseUpApiserver, sampleInstance, sampleSnapshot } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);
/** What haprobe answers, by the beginning of the path; a text is an error. */
type Answers = Readonly<Record<string, object | string>>;

let client: DashboardClient | null = null;
let written: [string, object, string | null][] = [];
let asked: string[] = [];
/** The server names it in every page, since pages have paths of several segments. */
const base = document.createElement("base");
base.setAttribute("href", "/");
beforeEach(() => {
  written = [];
  asked = [];
  document.head.append(base);
});
afterEach(() => {
  cleanup();
  base.remove();
  client?.stop();
  window.history.replaceState(null, "", "/");
});

/** Opens a page; what is not in `answers` stays unanswered. A write without a token is refused. */
async function openPage(path: string, answers: Answers) {
  window.history.replaceState(null, "", path);
  const clock = new FakeClock(0, NOW);
  const streams: StreamHandlers[] = [];
  const never = () => new Promise<never>(() => {});
  const transport: FeedTransport = {
    openStream(handlers) {
      streams.push(handlers);
      return () => {};
    },
    fetchSnapshot: async () => sampleSnapshot([falseUpApiserver(NOW)], [sampleInstance(NOW)]),
    fetchIncidents: async () => [],
    fetchHistory: never,
    remark: never,
    ping: async () => {},
  };
  const rest: RestClient = {
    async getJson<T>(resource: string): Promise<T> {
      asked.push(resource);
      const found = Object.entries(answers).find(([begin]) => resource.startsWith(`api/v1/${begin}`));
      if (found === undefined) return never();
      if (typeof found[1] === "string") throw new Error(found[1]);
      return found[1] as T;
    },
    async post(resource, body, token) {
      written.push([resource, body, token]);
      return token === null
        ? { kind: "needs-token", detail: "A write needs the token of an operator." }
        : { kind: "done" };
    },
  };
  const created = new DashboardClient(transport, clock, rest);
  client = created;
  render(<App client={created} />);
  await act(async () => {
    created.start();
    streams[0]?.onConnected();
    await clock.advance(0);
  });
  return { disconnect: () => act(() => streams[0]?.onClosed("transport close")) };
}

describe.each([
  ["/incidents", "incidents", "Incidents", { incidents: [], next: null, complete: true }, "No incident is open."],
  [
    "/numbers",
    "numbers",
    "Numbers",
    { from: at(0), to: at(1), by: "backend", numbers: [], next: null },
    "Nothing was recorded in this time.",
  ],
  ["/findings", "findings", "Findings", { findings: [], next: null }, "Nothing to improve."],
  ["/notifications", "notifications", "Messages", { notifications: [], next: null }, "No message was made yet."],
  [
    "/settings",
    "config",
    "The configuration",
    { text: "haproxy: []\n", loadedAt: at(0), needsRestart: [], refused: null },
    "Configuration in force",
  ],
] as const)("%s", (path, resource, name, empty, words) => {
  test("says that it is loading, and shows nothing in place of a number", async () => {
    await openPage(path, {});
    await screen.findByLabelText(`Waiting for ${name.toLowerCase()}`);
    expect(screen.queryByText(words, { exact: false })).toBeNull();
  });

  test("says why it could not be loaded, with a way to try again; the rest lives", async () => {
    await openPage(path, { [resource]: "The store cannot be read or written now." });
    const failure = await screen.findByText(`${name} could not be loaded.`);
    expect(failure.closest("[role=alert]")?.textContent).toContain("The store cannot be read or written now.");
    expect(
      within(failure.closest("[role=alert]") as HTMLElement).getByRole("button", { name: "Try again" }),
    ).toBeTruthy();
    expect(screen.getAllByRole("navigation", { name: "Pages" }).length).toBeGreaterThan(0);
  });

  test("without content says so", async () => {
    await openPage(path, { [resource]: empty });
    expect(await screen.findByText(words, { exact: false })).toBeTruthy();
  });

  test("says that it is disconnected", async () => {
    const { disconnect } = await openPage(path, { [resource]: empty });
    disconnect();
    expect(screen.getByRole("alert").textContent).toContain("Disconnected from haprobe since");
  });
});

function at(seconds: number): string {
  return new Date(NOW + seconds * 1_000).toISOString();
}

test("a listener that is open to other machines is a line on every page, which stays", async () => {
  const line = /Open to other machines/;
  for (const path of ["/", "/incidents", "/?kiosk=1"]) {
    await openPage(path, { status: { settings: { readOnly: true } } });
    expect((await screen.findByRole("note")).textContent).toMatch(line);
    cleanup();
  }
  await openPage("/", { status: { settings: { readOnly: false } } });
  expect(screen.queryByText(line)).toBeNull();
});

describe("an incident's page", () => {
  const hostile = "<img src=x onerror=alert(1)>";
  const incident = sampleIncident(NOW - 60_000, {
    sentence: hostile,
    notes: [{ at: at(-30), name: hostile, text: "<script>1</script>" }],
  });

  test("shows text from servers and people as text", async () => {
    await openPage(`/incidents/${incident.id}`, { [`incidents/${incident.id}`]: incident });
    const heading = await screen.findByRole("heading", { level: 1 });
    expect(heading.textContent).toContain(hostile);
    expect(screen.getByRole("region", { name: "What happened" }).textContent).toContain("noted: <script>1</script>");
    expect(document.querySelector("main img, main script")).toBeNull();
  });

  test("of an incident that is unknown says what haprobe says", async () => {
    await openPage("/incidents/none", { "incidents/none": "There is no such incident, or it is no longer kept." });
    expect(await screen.findByText(/There is no such incident/)).toBeTruthy();
  });
});

test("a silence is asked for with a token once, and the next write carries it", async () => {
  const nothing = { silences: [], next: null };
  await openPage("/notifications?silence=lb-1/k8s-api/cp-2", { silences: nothing });
  fireEvent.change(await screen.findByLabelText("Reason *", { exact: false }), { target: { value: "upgrade" } });
  fireEvent.change(screen.getByLabelText("Your name *", { exact: false }), { target: { value: "Ada" } });
  const send = () => act(async () => void fireEvent.submit(screen.getByRole("form", { name: "New silence" })));
  await send();
  expect(screen.getByRole("alert").textContent).toContain("A write needs the token");
  fireEvent.change(screen.getByLabelText("Token *", { exact: false }), { target: { value: "secret-token" } });
  await send();
  const match = { instance: ["lb-1"], backend: ["k8s-api"], server: ["cp-2"] };
  const body = { match, seconds: 7_200, reason: "upgrade", name: "Ada" };
  expect(written).toEqual([
    ["api/v1/silences/add", body, null],
    ["api/v1/silences/add", body, "secret-token"],
  ]);
  expect(window.location.search).toBe("");
});

describe("a server's drawer", () => {
  const address = "/servers/lb-1/k8s-api/cp-2";

  test("asks once for what was recorded in the time that it shows", async () => {
    await openPage(address, {});
    await screen.findByRole("complementary", { name: "Server lb-1/k8s-api/cp-2" });
    const recorded = asked.filter((each) => /^api\/v1\/servers\/lb-1\/k8s-api\/cp-2\/(history|series)/.test(each));
    const time = `from=${at(-3_600)}&to=${at(0)}`;
    expect(recorded).toEqual([
      `api/v1/servers/lb-1/k8s-api/cp-2/history?${time}&points=1000`,
      `api/v1/servers/lb-1/k8s-api/cp-2/series?${time}&points=240`,
    ]);
  });

  test("says why what was recorded could not be loaded, with a way to try again", async () => {
    await openPage(address, { "servers/lb-1/k8s-api/cp-2/": "The store cannot be read or written now." });
    await screen.findByText("Charts could not be loaded (The store cannot be read or written now.).");
    asked = [];
    await act(async () => screen.getAllByRole("button", { name: "Try again" }).forEach((button) => button.click()));
    expect(asked.filter((each) => each.includes("/history?") || each.includes("/series?"))).toHaveLength(2);
  });

  test("asks for the server as it is now", async () => {
    await openPage(address, {});
    await screen.findByRole("complementary", { name: "Server lb-1/k8s-api/cp-2" });
    expect(asked).toContain("api/v1/server?key=lb-1%2Fk8s-api%2Fcp-2");
  });
});

test("an address that is no page says so, and leads back", async () => {
  await openPage("/nothing/here", {});
  expect(await screen.findByText("No such page.")).toBeTruthy();
});
