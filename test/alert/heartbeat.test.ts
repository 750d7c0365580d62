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
const NONE = { sent: 0, failed: 0, lastSentAt: null, error: null };

/** A service that counts heartbeats, and a heartbeat to it on a fake clock. */
async function start(over: Partial<HeartbeatParts> = {}) {
  const requests: string[] = [];
  const reported: (string | null)[] = [];
  const state = { isWorking: true, respond: (response: ServerResponse): unknown => response.end("OK") };
  const server = createServer(({ method, url, headers }: IncomingMessage, response) => {
    requests.push(`${method} ${url} ${headers["user-agent"]}`);
    state.respond(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/s3cret-1`;
  const clock = new FakeClock();
  const heartbeat = new Heartbeat({
    settings: () => ({ url: { kind: "text", text: url }, everyMs: EVERY_MS }),
    isWorking: () => state.isWorking,
    clock,
    userAgent: "haprobe/1",
    onChange: (error) => reported.push(error),
    ...over,
  });
  heartbeat.start();
  onTestFinished(async () => {
    await heartbeat.stop();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { clock, heartbeat, requests, reported, state, url };
}

test("the URL is requested soon after the start, then at its interval", async () => {
  const { clock, heartbeat, requests } = await start();
  const startedAt = clock.wall();
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect
    .poll(() => heartbeat.status())
    .toEqual({ ...NONE, sent: 1, lastSentAt: startedAt + BOUNDS.alertPollEveryMs });
  await clock.advance(EVERY_MS - 1);
  expect(requests).toEqual(["POST /ping/s3cret-1 haprobe/1"]);
  await clock.advance(1);
  await expect.poll(() => heartbeat.status()).toMatchObject({ sent: 2 });
  expect(requests).toHaveLength(2);
});

test("it is not requested while haprobe does not work, and again within a second once it does", async () => {
  const { clock, heartbeat, requests, state } = await start();
  state.isWorking = false;
  await clock.advance(BOUNDS.alertPollEveryMs + 9 * EVERY_MS);
  expect(requests).toEqual([]);
  state.isWorking = true;
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => heartbeat.status()).toMatchObject({ sent: 1, failed: 0 });
  await clock.advance(EVERY_MS - 1);
  expect(requests).toHaveLength(1);
});

test("a failure is reported once until it ends, and the next heartbeat comes at its time", async () => {
  const { clock, heartbeat, reported, state } = await start();
  let status = 500;
  state.respond = (response) => response.writeHead((status += 1)).end();
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => heartbeat.status()).toEqual({ ...NONE, failed: 1, error: "HTTP 501" });
  await clock.advance(EVERY_MS);
  await expect.poll(() => heartbeat.status()).toEqual({ ...NONE, failed: 2, error: "HTTP 502" });
  expect(reported).toEqual(["HTTP 501"]);
  state.respond = (response) => response.end();
  await clock.advance(EVERY_MS);
  await expect.poll(() => reported).toEqual(["HTTP 501", null]);
  expect(heartbeat.status()).toMatchObject({ sent: 1, failed: 2, error: null });
});

test("a redirect is not followed", async () => {
  const { clock, heartbeat, requests, state } = await start();
  state.respond = (response) => response.writeHead(302, { location: "/elsewhere" }).end();
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect
    .poll(() => heartbeat.status())
    .toMatchObject({ failed: 1, error: "HTTP 302 (redirects are not followed)" });
  expect(requests).toHaveLength(1);
});

test("what the service answers is reported without the secret in the URL", async () => {
  const { clock, reported, state, url } = await start();
  state.respond = (response) => response.writeHead(404).end(`no check at /ping/s3cret-1, see ${url}`);
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => reported).toEqual(["HTTP 404: no check at <redacted>, see <redacted>"]);
});

test("a service that hangs is given up at the deadline, and is not asked meanwhile", async () => {
  const everyMs = BOUNDS.alertTimeoutMs / 4;
  const settings = { url: "" };
  const { clock, heartbeat, requests, reported, state, url } = await start({
    settings: () => ({ url: { kind: "text", text: settings.url }, everyMs }),
  });
  settings.url = url;
  state.respond = () => {};
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => requests).toHaveLength(1);
  await clock.advance(BOUNDS.alertTimeoutMs - 1);
  expect(requests).toHaveLength(1);
  await clock.advance(1);
  await expect.poll(() => reported).toEqual([`no response within ${BOUNDS.alertTimeoutMs} ms`]);
  expect(heartbeat.status()).toMatchObject({ failed: 1 });
});

test("a stop ends the request in flight and leaves no timer", async () => {
  const { clock, heartbeat, requests, reported, state } = await start();
  state.respond = () => {};
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => requests).toHaveLength(1);
  await heartbeat.stop();
  expect(reported).toEqual([]);
  expect(clock.pending).toBe(0);
});

test("a URL in a file is read for each request", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "haprobe-heartbeat-"));
  const path = join(folder.path, "heartbeat.url");
  const { clock, requests, reported, url } = await start({
    settings: () => ({ url: { kind: "file", path }, everyMs: EVERY_MS }),
  });
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => reported).toEqual([`${path} cannot be read (ENOENT)`]);
  await writeFile(path, `${url}?new\n`);
  await clock.advance(EVERY_MS);
  await expect.poll(() => reported).toHaveLength(2);
  expect(requests).toEqual(["POST /ping/s3cret-1?new haprobe/1"]);
});

test("one that is configured later begins without a restart, within a second", async () => {
  const settings: { now: ReturnType<HeartbeatParts["settings"]> } = { now: null };
  const { clock, heartbeat, requests, url } = await start({ settings: () => settings.now });
  await clock.advance(BOUNDS.alertPollEveryMs + EVERY_MS);
  expect(requests).toEqual([]);
  expect(heartbeat.status()).toBeNull();
  settings.now = { url: { kind: "text", text: url }, everyMs: EVERY_MS };
  await clock.advance(BOUNDS.alertPollEveryMs);
  await expect.poll(() => heartbeat.status()).toMatchObject({ sent: 1 });
});
