import request from "supertest";
import { describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { AuditLog } from "../../server/access/audit-log.ts";
import { MemoryAudit } from "../../server/access/memory-audit.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { Role } from "../../server/contract/principal.ts";
import { authSettings, userSettings } from "../access/auth-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createSessionParts, createTestApp } from "./test-app.ts";

const PASSWORD = "correct horse battery";
const passwordHash = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
const users = (["viewer", "operator", "admin"] as const).map((role) =>
  userSettings({ name: role, role, passwordHash }),
);

/** An app with a user of each role, whose name is that of the role. */
function createSignInApp() {
  const clock = new FakeClock();
  const session = createSessionParts(clock, users, async (password) => password === PASSWORD);
  const audit = new AuditLog({ store: new MemoryAudit(), clock, keep: BOUNDS.auditKeptInMemory, onLost: () => {} });
  const reloads: string[] = [];
  const { app } = createTestApp([], {
    session,
    audit,
    onAudit: (entry) => audit.record(entry),
    config: {
      status: () => ({ text: "", loadedAt: "2026-11-22T09:00:00.000Z", needsRestart: [], refused: null }),
      reload: async () => void reloads.push("reloaded"),
    },
    access: createAccessGuard({
      listenHost: "127.0.0.1",
      publicUrl: "https://haprobe.example.org",
      allowedHosts: [],
      tokens: new Tokens(clock, authSettings([], "signed-in")),
      authenticators: [session.sessions],
    }),
  });
  const signIn = (name: string, password = PASSWORD, headers: Record<string, string> = {}) =>
    request(app).post("/api/v1/session/sign-in").set(headers).send({ name, password });
  /** The cookie and the CSRF token of a new session. */
  async function open(role: Role): Promise<{ cookie: string; csrf: string }> {
    const response = await signIn(role).expect(200);
    const [cookie = ""] = response.headers["set-cookie"] as unknown as string[];
    return { cookie: cookie.split(";")[0] ?? "", csrf: (response.body as { csrfToken: string }).csrfToken };
  }
  return { app, clock, audit, reloads, signIn, open };
}

describe("a sign-in", () => {
  test("opens a session, which reads and, with its CSRF token, writes", async () => {
    const { app, open } = createSignInApp();
    await request(app).get("/api/v1/instances").expect(401);
    const { cookie, csrf } = await open("operator");
    await request(app).get("/api/v1/instances").set("cookie", cookie).expect(200);
    const write = () => request(app).post("/api/v1/channels/none/test").set("cookie", cookie).send({});
    expect((await write()).status).toBe(403);
    expect((await write().set("x-csrf-token", csrf)).body).toMatchObject({ detail: "There is no such channel." });
  });

  test("over plain http gets a cookie without Secure, over https one with the prefix __Host-", async () => {
    const { signIn } = createSignInApp();
    const plain = await signIn("viewer").expect(200);
    expect(plain.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^haprobe-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/),
    ]);
    const secure = await signIn("viewer", PASSWORD, { origin: "https://haprobe.example.org" }).expect(200);
    expect(secure.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^__Host-haprobe=[\w-]{43}; Secure; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/),
    ]);
  });

  test("answers the same for a wrong password and for an unknown user, and sets no cookie", async () => {
    const { signIn } = createSignInApp();
    const [wrong, unknown] = [await signIn("operator", "wrong password"), await signIn("mallory", "wrong password")];
    for (const { status, text, headers } of [wrong, unknown]) {
      expect([status, text]).toEqual([401, wrong.text]);
      expect(headers["set-cookie"]).toBeUndefined();
    }
  });

  test.each(["operator", "mallory"])(
    "is 429 after too many wrong ones, alike for users who exist and who do not: %s",
    async (name) => {
      const { signIn, clock } = createSignInApp();
      for (let failed = 0; failed < BOUNDS.signInAttemptsMax; failed += 1) await signIn(name, "wrong").expect(401);
      const refused = await signIn(name).expect(429);
      expect(refused.headers["retry-after"]).toBe("60");
      expect((refused.body as { detail: string }).detail).toBe("Too many sign-ins failed; try again later.");
      await clock.advance(BOUNDS.signInAttemptEveryMs);
      await signIn(name).expect(name === "operator" ? 200 : 401);
    },
  );

  test("cannot come from another site's page: neither its origin nor a form is taken", async () => {
    const { app, signIn } = createSignInApp();
    const foreign = await signIn("operator", PASSWORD, { origin: "https://evil.example" });
    const form = await request(app)
      .post("/api/v1/session/sign-in")
      .type("form")
      .send({ name: "operator", password: PASSWORD });
    expect([foreign.status, form.status]).toEqual([403, 415]);
  });
});

describe("a sign-in with a hostile body", () => {
  const raw = (text: string) => {
    const { app } = createSignInApp();
    return request(app).post("/api/v1/session/sign-in").set("content-type", "application/json").send(text);
  };
  test.each([
    [
      "another key, by which a prototype would be changed",
      `{"name":"viewer","password":"${PASSWORD}","__proto__":{"role":"admin"}}`,
      400,
    ],
    ["a key more", `{"name":"viewer","password":"${PASSWORD}","constructor":{"prototype":{}}}`, 400],
    ["a name that is no text", `{"name":{"$gt":""},"password":"${PASSWORD}"}`, 400],
    ["a list for a password", `{"name":"viewer","password":["${PASSWORD}"]}`, 400],
    ["a name twice, of which the last counts", `{"name":"viewer","name":"other","password":"${PASSWORD}"}`, 401],
    ["a null byte behind the name", `{"name":"viewer\\u0000","password":"${PASSWORD}"}`, 401],
    ["a password longer than any", JSON.stringify({ name: "viewer", password: "x".repeat(2_000) }), 400],
    ["a body larger than any", JSON.stringify({ name: "viewer", password: "x".repeat(100_000) }), 413],
    ["a list", "[]", 400],
    ["depth without end", "[".repeat(30_000), 400],
    ["no JSON", "{", 400],
  ])("is refused: %s", async (_what, text, status) => {
    const response = await raw(text);
    expect(response.status).toBe(status);
    expect(response.headers["set-cookie"]).toBeUndefined();
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(Object.hasOwn(Object.prototype, "role")).toBe(false);
    expect(response.text).not.toContain(PASSWORD);
  });
});

describe("a sign-out", () => {
  test("ends the session and removes its cookies, with the CSRF token alone", async () => {
    const { app, open } = createSignInApp();
    const { cookie, csrf } = await open("operator");
    const signOut = () => request(app).post("/api/v1/session/sign-out").set("cookie", cookie).send({});
    await signOut().expect(403);
    await request(app).get("/api/v1/instances").set("cookie", cookie).expect(200);
    const response = await signOut().set("x-csrf-token", csrf).expect(200);
    expect(response.body).toMatchObject({ name: null, canRead: false, signIn: ["password"] });
    expect(String(response.headers["set-cookie"])).toMatch(/__Host-haprobe=;.*Max-Age=0.*haprobe-session=;.*Max-Age=0/);
    await request(app).get("/api/v1/instances").set("cookie", cookie).expect(401);
  });
});

describe("a role", () => {
  test.each([
    ["viewer", { read: 200, write: 403, reload: 403, audit: 403 }],
    ["operator", { read: 200, write: 404, reload: 403, audit: 403 }],
    ["admin", { read: 200, write: 404, reload: 200, audit: 200 }],
  ] as const)("%s may do what the table says", async (role, expected) => {
    const { app, open, reloads } = createSignInApp();
    const { cookie, csrf } = await open(role);
    const get = (path: string) => request(app).get(path).set("cookie", cookie);
    const post = (path: string) => request(app).post(path).set({ cookie, "x-csrf-token": csrf }).send({});
    expect({
      read: (await get("/api/v1/servers")).status,
      write: (await post("/api/v1/incidents/i-1/acknowledge").send({ note: "" })).status,
      reload: (await post("/api/v1/config/reload")).status,
      audit: (await get("/api/v1/audit")).status,
    }).toEqual(expected);
    expect(reloads.length).toBe(role === "admin" ? 1 : 0);
  });
});

describe("the audit log", () => {
  test("is refused without an identity by a sentence about reading", async () => {
    const response = await request(createSignInApp().app).get("/api/v1/audit").expect(401);
    expect(response.body).toMatchObject({ detail: "This needs the scope admin: sign in, or send a token." });
  });

  test("has who, from where, what and the result of writes and sign-ins, and no password", async () => {
    const { app, signIn, open } = createSignInApp();
    await signIn("operator", "wrong password").expect(401);
    await signIn(PASSWORD, PASSWORD).expect(401);
    const { cookie, csrf } = await open("viewer");
    await request(app).post("/api/v1/config/reload").set({ cookie, "x-csrf-token": csrf }).send({}).expect(403);
    const admin = await open("admin");
    const response = await request(app).get("/api/v1/audit").set("cookie", admin.cookie).expect(200);
    const { entries } = response.body as { entries: Record<string, unknown>[] };
    const signInPath = "POST /api/v1/session/sign-in";
    expect(entries.map(({ name, action, status }) => [name, action, status])).toEqual([
      ["admin", signInPath, 200],
      [null, "POST /api/v1/config/reload", 403],
      ["viewer", signInPath, 200],
      [null, signInPath, 401],
      ["operator", signInPath, 401],
    ]);
    expect(entries[0]).toMatchObject({ client: expect.stringMatching(/127\.0\.0\.1$/) as string, detail: "" });
    expect(entries[4]).toMatchObject({ detail: "The name or the password is wrong." });
    expect(response.text).not.toContain(PASSWORD);
  });
});
