import { describe, expect, test } from "vitest";
import type { AccessRequest } from "../../server/access/access-request.ts";
import { createAccessGuard, type Grant } from "../../server/access/access-guard.ts";
import { MemorySessions } from "../../server/access/memory-sessions.ts";
import { Passwords } from "../../server/access/passwords.ts";
import { readSessionCookie, sessionCookie } from "../../server/access/session-cookie.ts";
import { Sessions } from "../../server/access/sessions.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { HaprobeError } from "../../server/errors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { accessRequest } from "./access-request.ts";
import { authSettings, userSettings } from "./auth-settings.ts";

const IDLE_MS = 3_600_000;
const ABSOLUTE_MS = 24 * IDLE_MS;
const mara = userSettings({
  name: "mara",
  passwordHash: "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
});

function createSessions({ clock = new FakeClock(), store = new MemorySessions(), isShared = false } = {}) {
  const users = new Passwords([mara]);
  const settings = { idleMs: IDLE_MS, absoluteMs: ABSOLUTE_MS };
  const sessions = new Sessions({ clock, store, isShared, users, settings });
  const tokens = new Tokens(clock, authSettings([], "signed-in"));
  const { admit } = createAccessGuard({
    listenHost: "127.0.0.1",
    publicUrl: null,
    allowedHosts: [],
    tokens,
    authenticators: [sessions],
  });
  return { clock, store, users, sessions, admit };
}

function withCookie(value: string, fields: Partial<AccessRequest> = {}): AccessRequest {
  return accessRequest({ cookie: `haprobe-session=${value}`, ...fields });
}

async function admitted(admission: ReturnType<ReturnType<typeof createSessions>["admit"]>): Promise<Grant> {
  const result = await admission;
  if (!result.ok) throw new Error(result.detail);
  return result;
}

describe("a session", () => {
  test("admits as its user, and the store has no value that would", async () => {
    const { sessions, admit, store } = createSessions();
    const put: string[] = [];
    const putSession = store.putSession.bind(store);
    store.putSession = (session, atMost) => {
      put.push(JSON.stringify(session));
      return putSession(session, atMost);
    };
    const value = await sessions.openForUser(mara, accessRequest({}));
    expect(await admit(withCookie(value), "read")).toMatchObject({
      ok: true,
      principal: { name: "mara", role: "operator", via: "session" },
    });
    expect(put.join()).not.toContain(value);
    const { id } = JSON.parse(put[0] ?? "") as { id: string };
    expect(await admit(withCookie(id), "read")).toMatchObject({ ok: false, status: 401 });
    expect(await admit(withCookie(`${value.slice(1)}A`), "read")).toMatchObject({ ok: false, status: 401 });
  });

  test("ends after the idle time without use; a request and an open stream are use", async () => {
    const { sessions, admit, clock } = createSessions();
    const value = await sessions.openForUser(mara, accessRequest({}));
    await clock.advance(IDLE_MS - 1);
    const grant = await admitted(admit(withCookie(value), "stream"));
    await clock.advance(IDLE_MS - 1);
    expect(grant.isHeld()).toBe(true);
    await clock.advance(IDLE_MS - 1);
    expect(await admit(withCookie(value), "read")).toMatchObject({ ok: true });
    await clock.advance(IDLE_MS);
    expect(grant.isHeld()).toBe(false);
    expect(await admit(withCookie(value), "read")).toMatchObject({ ok: false, status: 401 });
  });

  test("ends after the absolute time, whatever its use", async () => {
    const { sessions, admit, clock } = createSessions();
    const value = await sessions.openForUser(mara, accessRequest({}));
    const grant = await admitted(admit(withCookie(value), "stream"));
    for (let at = 0; at + IDLE_MS / 2 < ABSOLUTE_MS; at += IDLE_MS / 2) {
      expect(grant.isHeld()).toBe(true);
      await clock.advance(IDLE_MS / 2);
    }
    // Used until now, so that the idle end is later than the absolute one.
    expect(grant.isHeld()).toBe(true);
    await clock.advance(IDLE_MS / 2);
    expect(grant.isHeld()).toBe(false);
    expect(await admit(withCookie(value), "read")).toMatchObject({ ok: false, status: 401 });
  });

  test("is another one after the next sign-in, and the one before is over", async () => {
    const { sessions, admit } = createSessions();
    const first = await sessions.openForUser(mara, accessRequest({}));
    const grant = await admitted(admit(withCookie(first), "stream"));
    const second = await sessions.openForUser(mara, withCookie(first));
    expect(second).not.toBe(first);
    expect(grant.isHeld()).toBe(false);
    expect(await admit(withCookie(first), "read")).toMatchObject({ ok: false, status: 401 });
    expect(await admit(withCookie(second), "read")).toMatchObject({ ok: true });
  });

  test.each([
    ["the password", { ...mara, passwordHash: `${mara.passwordHash.slice(0, -1)}Q` }],
    ["the role", { ...mara, role: "viewer" as const }],
    ["the instances", { ...mara, instances: ["lb-1"] }],
  ])("that opened a stream ends it with a change of %s", async (what, changed) => {
    const { sessions, admit, users } = createSessions();
    const value = await sessions.openForUser(mara, accessRequest({}));
    const grant = await admitted(admit(withCookie(value), "stream"));
    users.configure([changed]);
    expect(grant.isHeld()).toBe(false);
    expect((await admit(withCookie(value), "read")).ok).toBe(what !== "the password");
  });

  test("of a user that is gone permits nothing", async () => {
    const { sessions, admit, users } = createSessions();
    const value = await sessions.openForUser(mara, accessRequest({}));
    users.configure([{ ...mara, name: "otto" }]);
    expect(await admit(withCookie(value), "read")).toMatchObject({ ok: false, status: 401 });
  });

  test("ends with the sign-out, with its streams, also while the store is away", async () => {
    const { sessions, admit, store } = createSessions();
    const value = await sessions.openForUser(mara, accessRequest({}));
    const grant = await admitted(admit(withCookie(value), "stream"));
    store.endSession = () => Promise.reject(new HaprobeError("HAPROBE_STORE_FAILED", "away"));
    await expect(sessions.end(withCookie(value))).rejects.toThrow("away");
    expect(grant.isHeld()).toBe(false);
    expect(await admit(withCookie(value), "read")).toMatchObject({ ok: false, status: 401 });
  });

  test("that another process ended is over here within a second", async () => {
    const clock = new FakeClock();
    const store = new MemorySessions();
    const [here, there] = [1, 2].map(() => createSessions({ clock, store, isShared: true }));
    const value = await here!.sessions.openForUser(mara, accessRequest({}));
    const grant = await admitted(there!.admit(withCookie(value), "stream"));
    await clock.advance(10_000);
    expect(grant.isHeld()).toBe(true);
    await here!.sessions.end(withCookie(value));
    await clock.advance(1_000);
    expect(grant.isHeld()).toBe(false);
    expect(await there!.admit(withCookie(value), "read")).toMatchObject({ ok: false, status: 401 });
    for (const { sessions } of [here!, there!]) sessions.stop();
  });

  test.each(["", "{", "null", "[]", '{"kind":"admin"}', '{"kind":"provider","role":"root"}', '{"kind":"user"}'])(
    "that the store has in another form permits nothing: %s",
    async (body) => {
      const { sessions, admit, store } = createSessions();
      const value = await sessions.openForUser(mara, accessRequest({}));
      const read = store.session.bind(store);
      store.session = async (id) => ({ ...(await read(id))!, body });
      const { admit: admitLater } = createSessions({ store });
      expect(await admit(withCookie(value), "read")).toMatchObject({ ok: true });
      expect(await admitLater(withCookie(value), "read")).toMatchObject({ ok: false, status: 401 });
    },
  );

  test("that cannot be read now is 503: the browser keeps it", async () => {
    const { admit, store } = createSessions();
    store.session = () => Promise.reject(new HaprobeError("HAPROBE_STORE_FAILED", "away"));
    expect(await admit(withCookie("A".repeat(43)), "read")).toMatchObject({ ok: false, status: 503 });
  });

  test("is one of a bounded number of a user, of which the oldest ends", async () => {
    const { sessions, admit, clock } = createSessions();
    const values: string[] = [];
    for (let opened = 0; opened <= BOUNDS.sessionsPerUserMax; opened += 1) {
      await clock.advance(1);
      values.push(await sessions.openForUser(mara, accessRequest({})));
    }
    expect(await admit(withCookie(values[0] ?? ""), "read")).toMatchObject({ ok: false });
    for (const value of values.slice(1)) expect(await admit(withCookie(value), "read")).toMatchObject({ ok: true });
  });
});

describe("a write by a session", () => {
  const write = { method: "POST", contentType: "application/json" };

  test("needs the CSRF token of this session", async () => {
    const { sessions, admit } = createSessions();
    const [value, other] = [
      await sessions.openForUser(mara, accessRequest({})),
      await sessions.openForUser(mara, accessRequest({})),
    ];
    const tokenOf = async (cookie: string): Promise<string> => {
      const identity = await sessions.identify(withCookie(cookie));
      return identity.kind === "known" ? (identity.csrfToken ?? "") : "";
    };
    for (const csrfToken of [undefined, "", await tokenOf(other), `${await tokenOf(value)}x`]) {
      expect(await admit(withCookie(value, { ...write, csrfToken }), "write")).toMatchObject({
        ok: false,
        status: 403,
      });
    }
    const csrfToken = await tokenOf(value);
    expect(await admit(withCookie(value, { ...write, csrfToken }), "write")).toMatchObject({ ok: true });
    expect(csrfToken).not.toContain(value);
  });
});

describe("the cookie", () => {
  test("over TLS has the prefix __Host-, over plain http it cannot", () => {
    expect(sessionCookie("v", true, 60_000)).toBe(
      "__Host-haprobe=v; Secure; Path=/; HttpOnly; SameSite=Lax; Max-Age=60",
    );
    expect(sessionCookie("v", false, 60_000)).toBe("haprobe-session=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
  });

  test("without the prefix is not read over TLS, where another page could have set it", () => {
    const value = "v".repeat(43);
    const cookie = `a=b; haprobe-session=${value}`;
    expect(readSessionCookie({ cookie, isSecure: false })).toBe(value);
    expect(readSessionCookie({ cookie, isSecure: true })).toBeNull();
    expect(readSessionCookie({ cookie: `__Host-haprobe=${value}`, isSecure: true })).toBe(value);
  });
});

test("of sessions in memory so many are kept: the oldest goes", async () => {
  const store = new MemorySessions();
  const session = { createdAt: 0, idleEndsAt: 1, endsAt: 1, body: "{}" };
  const put = (n: number): Promise<void> => store.putSession({ ...session, id: `s${n}`, user: `u${n}` }, 20);
  for (let n = 0; n <= BOUNDS.sessionsMax; n += 1) await put(n);
  expect(await store.heldSessions(["s0", "s1", `s${BOUNDS.sessionsMax}`])).toEqual(["s1", `s${BOUNDS.sessionsMax}`]);
});
