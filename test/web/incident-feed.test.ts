import { expect, test } from "vitest";
import type { Incident } from "../../server/contract/incident.ts";
import { IncidentFeed } from "../../web/lib/incident-feed.ts";
import { FakeClock } from "../support/fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  const requests: { resolve: (incidents: readonly Incident[]) => void; reject: (error: Error) => void }[] = [];
  const feed = new IncidentFeed(() => new Promise((resolve, reject) => requests.push({ resolve, reject })), clock);
  return { clock, requests, feed };
}
const healing = [{ state: "healing" } as Incident];

test("many requests for a refresh are one request to haprobe at once, and those during it one more", async () => {
  const { clock, requests, feed } = setUp();
  for (let n = 0; n < 100; n += 1) feed.refresh();
  await clock.advance(0);
  expect(requests).toHaveLength(1);
  for (let n = 0; n < 100; n += 1) feed.refresh();
  requests[0]?.resolve([]);
  await clock.advance(500);
  expect(requests).toHaveLength(2);
});

test("while an incident is healing the list is loaded again every five seconds", async () => {
  const { clock, requests, feed } = setUp();
  feed.refresh();
  await clock.advance(500);
  requests[0]?.resolve(healing);
  await clock.advance(5_000);
  expect(requests).toHaveLength(2);
  expect(feed.incidents).toBe(healing);
  requests[1]?.resolve([]);
  await clock.advance(60_000);
  expect(requests).toHaveLength(2);
});

test("the list is loaded again while an incident may change without a server", async () => {
  const { clock, requests } = setUp();
  const open = [{ state: "open" } as Incident];
  const load = (): Promise<readonly Incident[]> => new Promise((resolve, reject) => requests.push({ resolve, reject }));
  const feed = new IncidentFeed(load, clock, ({ state }) => state === "open");
  feed.refresh();
  await clock.advance(0);
  requests[0]?.resolve(open);
  await clock.advance(5_000);
  expect(requests).toHaveLength(2);
  requests[1]?.resolve(healing);
  await clock.advance(60_000);
  expect(requests).toHaveLength(2);
});

test("a failed request is repeated after five seconds: what ended meanwhile changes no server", async () => {
  const { clock, requests, feed } = setUp();
  feed.refresh();
  await clock.advance(0);
  requests[0]?.reject(new Error("network changed"));
  await clock.advance(5_000);
  expect(requests).toHaveLength(2);
  requests[1]?.resolve([]);
  await clock.advance(60_000);
  expect(requests).toHaveLength(2);
});

test("a failed request keeps the list; stop leaves no timer behind", async () => {
  const { clock, requests, feed } = setUp();
  feed.refresh();
  await clock.advance(500);
  requests[0]?.resolve(healing);
  await clock.advance(5_000);
  requests[1]?.reject(new Error("haprobe responded 503"));
  await clock.advance(0);
  expect(feed.incidents).toBe(healing);
  feed.stop();
  expect(clock.pending).toBe(0);
});
