import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { MemorySessions } from "../../server/access/memory-sessions.ts";
import { Passwords } from "../../server/access/passwords.ts";
import { Sessions } from "../../server/access/sessions.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { UserSettings } from "../../server/contract/settings.ts";
import { accessRequest } from "../access/access-request.ts";
import { authSettings, tokenSettings, userSettings } from "../access/auth-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeFleet } from "./fake-fleet.ts";
import { openDashboard as connect } from "./open-dashboard.ts";
import { type PushServer, startPushServer } from "./push-server.ts";

const TOKEN = "a-token-of-a-viewer-0123456789";
const LIFETIME_MS = 60_000;
const started: { [Symbol.asyncDispose](): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each[Symbol.asyncDispose]();
});

/** Streams for which a token is needed that ends after a minute. */
async function startAdmitting(file?: string): Promise<PushServer & { readonly tokens: Tokens }> {
  const clock = new FakeClock();
  const tokenHash = `sha256:${createHash("sha256").update(TOKEN).digest("hex")}`;
  const proof = file === undefined ? { tokenHash } : { tokenFile: file };
  const entry = tokenSettings({ name: "wall", role: "viewer", ...proof, expires: clock.wall() + LIFETIME_MS });
  const tokens = new Tokens(clock, authSettings([entry], "signed-in"));
  const access = createAccessGuard({ listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [], tokens });
  const server = await startPushServer(new FakeFleet(["lb-1/a/1"]), { access, clock });
  started.push(server);
  return { ...server, tokens };
}

/** Streams for which a session is needed, and one of an operator, which is idle after a minute. */
async function startWithSession(absoluteMs: number) {
  const clock = new FakeClock();
  const mara = userSettings({ name: "mara", passwordHash: "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA" });
  const settings = { idleMs: LIFETIME_MS, absoluteMs };
  const users = new Passwords([mara]);
  const sessions = new Sessions({ clock, store: new MemorySessions(), isShared: false, users, settings });
  const parts = { listenHost: "127.0.0.1", publicUrl: null, allowedHosts: [], authenticators: [sessions] };
  const access = createAccessGuard({ ...parts, tokens: new Tokens(clock, authSettings([], "signed-in")) });
  const server = await startPushServer(new FakeFleet(["lb-1/a/1"]), { access, clock });
  started.push(server);
  const cookie = `haprobe-session=${await sessions.openForUser(mara, accessRequest({}))}`;
  return { clock, users, mara, sessions, access, server, cookie };
}

/** A dashboard's socket that ends with the test. */
function openDashboard(...parameters: Parameters<typeof connect>): ReturnType<typeof connect> {
  const stream = connect(...parameters);
  started.push({ [Symbol.asyncDispose]: async () => stream.close() });
  return stream;
}

const bearer = { authorization: `Bearer ${TOKEN}` };

describe("a stream where reading is for those who signed in", () => {
  test("is refused without a token, and opens with one, of both kinds", async () => {
    const { stream, port } = await startAdmitting();
    expect(await stream().refused).toMatchObject({ status: 401, type: "application/problem+json" });
    expect(await stream("", { headers: { authorization: "Bearer another-token-0123456789" } }).refused).toMatchObject({
      status: 401,
    });
    expect(await openDashboard(port, {}).ended).toContain("websocket error");
    expect(await stream("", { headers: bearer }).next()).toMatchObject({ type: "snapshot" });
    expect(await openDashboard(port, bearer).hello).toMatchObject({ epoch: "e-1" });
  });

  test.each(["token", "access_token", "authorization"])("a token in the query string is not read: %s", async (name) => {
    const { stream, port } = await startAdmitting();
    expect((await stream(`?${name}=${TOKEN}`).refused).status).toBe(401);
    expect(await openDashboard(port, {}, `/socket.io/?${name}=${TOKEN}`).ended).toContain("websocket error");
  });

  test("ends within a second after another token is in its file, of both kinds", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "admitted-")), "token");
    started.push({ [Symbol.asyncDispose]: async () => rmSync(dirname(file), { recursive: true }) });
    writeFileSync(file, TOKEN);
    const { stream, port, clock } = await startAdmitting(file);
    const plain = stream("", { headers: bearer });
    await plain.next();
    const dashboard = openDashboard(port, bearer);
    await dashboard.hello;
    await clock.advance(10 * BOUNDS.grantCheckEveryMs + 1);
    writeFileSync(file, `${TOKEN}-2`);
    // Timers are late.
    await clock.advance(900);
    expect([await plain.closed, await dashboard.ended]).toEqual([1008, "transport close"]);
  });

  test("ends within a second after its session was signed out, of both kinds, and REST is refused", async () => {
    const { clock, access, sessions, server, cookie } = await startWithSession(LIFETIME_MS);
    const plain = server.stream("", { headers: { cookie } });
    await plain.next();
    const dashboard = openDashboard(server.port, { cookie });
    await dashboard.hello;
    await sessions.end(accessRequest({ cookie }));
    expect(await access.admit(accessRequest({ cookie }), "read")).toMatchObject({ ok: false, status: 401 });
    await clock.advance(1_000);
    expect([await plain.closed, await dashboard.ended]).toEqual([1008, "transport close"]);
    expect((await server.stream("", { headers: { cookie } }).refused).status).toBe(401);
    expect(await openDashboard(server.port, { cookie }).ended).toContain("websocket error");
  });

  test.each<[string, (mara: UserSettings, users: Passwords, clock: FakeClock) => unknown]>([
    ["its user has another role", (mara, users) => users.configure([{ ...mara, role: "viewer" }])],
    ["its user has other instances", (mara, users) => users.configure([{ ...mara, instances: ["lb-2"] }])],
    [
      "its user has another password",
      (mara, users) => users.configure([{ ...mara, passwordHash: `${mara.passwordHash}B` }]),
    ],
    ["its user is gone", (_mara, users) => users.configure([])],
    ["its absolute end", (_mara, _users, clock) => clock.advance(2 * LIFETIME_MS)],
  ])("of a session ends within a second after %s, of both kinds", async (_why, change) => {
    const { clock, users, mara, server, cookie } = await startWithSession(2 * LIFETIME_MS);
    const plain = server.stream("", { headers: { cookie } });
    await plain.next();
    const dashboard = openDashboard(server.port, { cookie });
    await dashboard.hello;
    await clock.advance(10_000);
    expect(server.push.clientCount()).toBe(2);
    await change(mara, users, clock);
    await clock.advance(1_000);
    expect([await plain.closed, await dashboard.ended]).toEqual([1008, "transport close"]);
  });

  test("a session that nothing uses is over after its idle time, on REST and for streams of both kinds", async () => {
    const { clock, access, server, cookie } = await startWithSession(10 * LIFETIME_MS);
    await clock.advance(LIFETIME_MS);
    expect(await access.admit(accessRequest({ cookie }), "read")).toMatchObject({ ok: false, status: 401 });
    expect((await server.stream("", { headers: { cookie } }).refused).status).toBe(401);
    expect(await openDashboard(server.port, { cookie }).ended).toContain("websocket error");
  });

  test.each([
    ["its token expires", async ({ clock }: Awaited<ReturnType<typeof startAdmitting>>) => clock.advance(LIFETIME_MS)],
    [
      "its token is removed",
      async ({ tokens }: Awaited<ReturnType<typeof startAdmitting>>) => tokens.configure(authSettings([], "signed-in")),
    ],
  ])("ends within a second after %s, of both kinds", async (_why, end) => {
    const server = await startAdmitting();
    const plain = server.stream("", { headers: bearer });
    await plain.next();
    const dashboard = openDashboard(server.port, bearer);
    await dashboard.hello;
    await server.clock.advance(10_000);
    expect(server.push.clientCount()).toBe(2);
    await end(server);
    await server.clock.advance(1_000);
    expect(await plain.closed).toBe(1008);
    expect(await dashboard.ended).toBe("transport close");
  });
});
