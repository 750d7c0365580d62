import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Heartbeat, type HeartbeatParts } from "../../server/alert/heartbeat.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { FakeClock } from "../support/fake-clock.ts";

const EVERY_MS = 60_000;

/** A service that counts heartbeats, and a heartbeat to it on a fake clock. */
async function start(over: Partial<HeartbeatParts> = {}) {
  const requests: string[] = [];
  const results: (string | null)[] = [];
  const state = { isWorking: true, respond: (response: ServerResponse): unknown => response.end("OK") };
  const server = createServer(({ method, url, headers }: IncomingMessage, response) => {
    requests.push(`${method} ${url} ${headers["user-agent"]}`);
    state.respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/1`;
  const clock = new FakeClock();
  const heartbeat = new Heartbeat({
    settings: () => ({ url: { kind: "text", text: url }, everyMs: EVERY_MS }),
    isWorking: () => state.isWorking,
    clock,
    userAgent: "haprobe/1",
    onResult: (error) => results.push(error),
    ...over,
  });
  heartbeat.start();
  onTestFinished(async () => {
    await heartbeat.stop();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { clock, heartbeat, requests, results, state, url };
}

test("the URL is requested soon after the start, then at its interval", async () => {
  const { clock, requests, results } = await start();
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => results).toEqual([null]);
  await clock.advance(EVERY_MS - 1);
  expect(requests).toEqual(["POST /ping/1 haprobe/1"]);
  await clock.advance(1);
  await expect.poll(() => results).toEqual([null, null]);
  expect(requests).toHaveLength(2);
});

test("it is not requested while haprobe does not poll and store, and again once it does", async () => {
  const { clock, requests, results, state } = await start();
  state.isWorking = false;
  await clock.advance(BOUNDS.alertPollEveryMs + 9 * EVERY_MS);
  expect(requests).toEqual([]);
  state.isWorking = true;
  await clock.advance(EVERY_MS);
  await expect.poll(() => results).toEqual([null]);
});

test("a failure is reported, and the next heartbeat comes at its time", async () => {
  const { clock, results, state } = await start();
  state.respond = (response) => response.writeHead(503).end();
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => results).toEqual(["HTTP 503"]);
  state.respond = (response) => response.end();
  await clock.advance(EVERY_MS);
  await expect.poll(() => results).toEqual(["HTTP 503", null]);
});

test("a service that hangs is given up at the deadline", async () => {
  const { clock, requests, results, state } = await start();
  state.respond = () => {};
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => requests).toHaveLength(1);
  await clock.advance(BOUNDS.alertTimeoutMs);
  await expect.poll(() => results).toEqual([`no response within ${BOUNDS.alertTimeoutMs} ms`]);
});

test("a stop ends the request in flight and leaves no timer", async () => {
  const { clock, heartbeat, requests, results, state } = await start();
  state.respond = () => {};
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => requests).toHaveLength(1);
  await heartbeat.stop();
  expect(results).toEqual(["haprobe stops"]);
  expect(clock.pending).toBe(0);
});

test("a URL in a file is read for each request", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-heartbeat-"));
  const path = join(folder.path, "heartbeat.url");
  const { clock, requests, results, url } = await start({
    settings: () => ({ url: { kind: "file", path }, everyMs: EVERY_MS }),
  });
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => results).toEqual([`${path} cannot be read (ENOENT)`]);
  await writeFile(path, `${url}?new\n`);
  await clock.advance(EVERY_MS);
  await expect.poll(() => results).toHaveLength(2);
  expect(requests).toEqual(["POST /ping/1?new haprobe/1"]);
});

test("one that is configured later begins without a restart", async () => {
  const settings: { now: ReturnType<HeartbeatParts["settings"]> } = { now: null };
  const { clock, requests, results, url } = await start({ settings: () => settings.now });
  await clock.advance(BOUNDS.alertPollEveryMs + BOUNDS.alertNoticesHeldMs);
  expect(requests).toEqual([]);
  settings.now = { url: { kind: "text", text: url }, everyMs: EVERY_MS };
  await clock.advance(BOUNDS.alertNoticesHeldMs);
  await expect.poll(() => results).toEqual([null]);
});
