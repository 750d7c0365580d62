import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { MemorySessions } from "../../server/access/memory-sessions.ts";
import { type FinishedSignIn, OidcSignIn, safeReturnPath } from "../../server/access/oidc.ts";
import { Passwords } from "../../server/access/passwords.ts";
import { Sessions } from "../../server/access/sessions.ts";
import { SignInLimit } from "../../server/access/sign-in-limit.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { OidcSettings } from "../../server/contract/settings.ts";
import { createTestApp } from "../http/test-app.ts";
import {
  type OidcProviderProcess,
  ProviderBrowser,
  type ProviderChange,
  startOidcProvider,
} from "../support/oidc-provider.ts";
import { FakeClock } from "../support/fake-clock.ts";

const PUBLIC_URL = "http://127.0.0.1:8405";
const REDIRECT = `${PUBLIC_URL}/oidc/callback`;
const folder = mkdtempSync(join(tmpdir(), "haprobe-oidc-"));
const clientSecretFile = join(folder, "secret");
const clock = new FakeClock(0, Date.now());
let provider: OidcProviderProcess;
let issuer = "";

beforeAll(async () => {
  writeFileSync(clientSecretFile, "a-secret-of-the-client\n");
  provider = await startOidcProvider(REDIRECT);
  ({ issuer } = provider);
});
afterAll(() => {
  provider[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});
afterEach(() => tell({ tamper: {}, user: { sub: "ada", preferred_username: "ada", groups: ["sre"] } }));

const tell = (change: ProviderChange): Promise<number> => provider.change(change);

const settingsOf = (changed: Partial<OidcSettings> = {}): OidcSettings => ({
  issuer,
  clientId: "haprobe",
  clientSecretFile,
  caFile: null,
  scopes: ["openid", "profile"],
  nameClaim: "preferred_username",
  groupsClaim: "groups",
  roles: [{ group: "sre", role: "operator", instances: null, teams: null }],
  defaultRole: null,
  ...changed,
});
const signInOf = (changed: Partial<OidcSettings> = {}) => new OidcSignIn(clock, settingsOf(changed), PUBLIC_URL);

/** Follows the provider's redirects as a browser does; the query with which it comes back. */
async function visit(url: string, browser = new ProviderBrowser()): Promise<string> {
  const { left, page } = await browser.open(url);
  if (left === null) throw new Error(page);
  expect(left.href).toContain(REDIRECT);
  return left.search;
}

/** A whole sign-in; what the provider's tokens have wrong is set before. */
async function signIn(
  oidc = signInOf(),
  change: (query: string) => string = (query) => query,
): Promise<FinishedSignIn> {
  const { url, sealed } = await oidc.begin("/incidents?open=1");
  return oidc.finish(change(await visit(url)), sealed);
}

const SECOND = Math.floor(Date.now() / 1_000);

describe("a sign-in at an OpenID provider", () => {
  test("gives name and role, and leads back to where it began", async () => {
    expect(await signIn()).toEqual({
      kind: "user",
      name: "ada",
      grant: { role: "operator", instances: null, teams: null },
      returnPath: "/incidents?open=1",
      signOutUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/session\/end\?id_token_hint=/),
    });
  });

  test("asks for a code with PKCE, state and nonce, and for the exact redirect URI", async () => {
    const { searchParams } = new URL((await signInOf().begin("/")).url);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: "code",
      client_id: "haprobe",
      redirect_uri: REDIRECT,
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test.each([
    ["another state", (query: string) => query.replace(/state=[^&]+/, "state=of-an-attacker")],
    ["no state", (query: string) => query.replace(/state=[^&]+/, "")],
    ["another code", (query: string) => query.replace(/code=[^&]+/, "code=stolen")],
    ["another issuer in the redirect", (query: string) => query.replace(/iss=[^&]+/, "iss=https%3A%2F%2Fevil.example")],
    ["an error of the provider", () => "?error=access_denied"],
  ])("is refused with %s", async (_what, change) => {
    expect(await signIn(signInOf(), change)).toMatchObject({ kind: "failed", status: 502 });
  });

  test.each([
    ["the nonce of another sign-in", { claims: { nonce: "another" } }],
    ["a token for another client", { claims: { aud: "another-client" } }],
    ["a token of another issuer", { claims: { iss: "https://evil.example" } }],
    ["an expired token", { claims: { exp: SECOND - 60 } }],
    ["a token without a signature", { alg: "none" }],
    ["a token with a signature of another key", { isForeignKey: true }],
    ["an answer without end", { isEndless: true }],
  ])("is refused with %s", async (_what, tamper) => {
    const oidc = signInOf();
    const { url, sealed } = await oidc.begin("/");
    const query = await visit(url);
    await tell({ tamper });
    expect(await oidc.finish(query, sealed)).toMatchObject({ kind: "failed", status: 502 });
  });

  test("is taken where a token is signed anew without any of that, so that the cases above are refused for what they say", async () => {
    const oidc = signInOf();
    const { url, sealed } = await oidc.begin("/");
    const query = await visit(url);
    await tell({ tamper: { claims: { extra: true } } });
    expect(await oidc.finish(query, sealed)).toMatchObject({ kind: "user" });
  });

  test("takes a code once", async () => {
    const oidc = signInOf();
    const { url, sealed } = await oidc.begin("/");
    const query = await visit(url);
    expect(await oidc.finish(query, sealed)).toMatchObject({ kind: "user" });
    expect(await oidc.finish(query, sealed)).toMatchObject({ kind: "failed", status: 502 });
  });

  test("belongs to the browser that began it, for a while", async () => {
    const oidc = signInOf();
    const mine = await oidc.begin("/");
    const other = await oidc.begin("/");
    const query = await visit(mine.url);
    for (const sealed of [null, "", "nonsense", `${mine.sealed.slice(0, -2)}AA`]) {
      expect(await oidc.finish(query, sealed)).toMatchObject({ kind: "failed", status: 400 });
    }
    expect(await oidc.finish(query, other.sealed)).toMatchObject({ kind: "failed", status: 502 });
    await clock.advance(BOUNDS.oidcFlowMs);
    expect(await oidc.finish(query, mine.sealed)).toMatchObject({ kind: "failed", status: 400 });
  });

  test("knows keys that were rotated since the last sign-in", async () => {
    const oidc = signInOf();
    expect(await signIn(oidc)).toMatchObject({ kind: "user" });
    await tell({ rotate: true });
    expect(await signIn(oidc)).toMatchObject({ kind: "user" });
  });

  test("asks a provider that hangs once for all who sign in meanwhile, and gives it up at the deadline", async () => {
    const oidc = new OidcSignIn(clock, settingsOf(), PUBLIC_URL, 200);
    await tell({ tamper: { hangsAt: "/.well-known/openid-configuration" } });
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => oidc.begin("/")));
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    expect(await tell({ tamper: {} })).toBe(1);
    expect(await signIn(oidc)).toMatchObject({ kind: "user" });
  });

  test("asks for the provider's metadata again once they are an hour old", async () => {
    const oidc = new OidcSignIn(clock, settingsOf(), PUBLIC_URL, 200);
    await oidc.begin("/");
    await tell({ tamper: { hangsAt: "/.well-known/openid-configuration" } });
    await clock.advance(BOUNDS.oidcMetadataKeptMs - 1);
    await oidc.begin("/");
    await clock.advance(1);
    await expect(oidc.begin("/")).rejects.toThrow(/./);
  });

  test("is given up where the provider hangs with the code, and the next one is taken", async () => {
    const oidc = new OidcSignIn(clock, settingsOf(), PUBLIC_URL, 200);
    const { url, sealed } = await oidc.begin("/");
    const query = await visit(url);
    await tell({ tamper: { hangsAt: "/token" } });
    expect(await oidc.finish(query, sealed)).toMatchObject({ kind: "failed", status: 502 });
    await tell({ tamper: {} });
    expect(await signIn(oidc)).toMatchObject({ kind: "user" });
  });

  /** What a sign-in gives where the provider's token says this. */
  async function signInWith(
    claims: Readonly<Record<string, unknown>>,
    changed: Partial<OidcSettings> = {},
  ): Promise<FinishedSignIn> {
    const oidc = signInOf(changed);
    const { url, sealed } = await oidc.begin("/");
    const query = await visit(url);
    await tell({ tamper: { claims } });
    return oidc.finish(query, sealed);
  }
  const byRealm = { groupsClaim: "realm_access.roles" };
  const manyGroups = Array.from({ length: BOUNDS.groupsMax }, (_, n) => `team-${n}`);

  test.each([
    ["the dotted path to its groups", { realm_access: { roles: ["sre"] } }, byRealm, "operator"],
    ["that path as a name", { "realm_access.roles": ["sre"] }, byRealm, "operator"],
    ["one group that is no list", { groups: "sre" }, {}, "operator"],
    ["groups that are no texts", { groups: [{ sre: "sre" }, ["sre"], 1, null] }, {}, 403],
    ["as many groups as are looked at", { groups: [...manyGroups.slice(1), "sre"] }, {}, "operator"],
    ["a group after more than are looked at", { groups: [...manyGroups, "sre"] }, {}, 403],
    ["no name but its subject", { preferred_username: undefined, sub: "ada" }, {}, "operator"],
    ["a name with a control character", { preferred_username: "ada\n" }, {}, 403],
    ["a name that is longer than any", { preferred_username: "a".repeat(129) }, {}, 403],
    ["a name that is no text", { preferred_username: ["ada"] }, {}, 403],
  ])("knows a user by %s", async (_what, claims, changed, expected) => {
    const finished = await signInWith(claims, changed);
    expect(finished.kind === "user" ? finished.grant.role : finished.status).toBe(expected);
  });

  test("leaves the provider's sign-out away where its address is longer than browsers and proxies take", async () => {
    const finished = await signInWith({ extra: "x".repeat(BOUNDS.oidcSignOutUrlChars) });
    expect(finished).toMatchObject({ kind: "user", name: "ada", signOutUrl: null });
  });

  test("is refused while as many others wait for the provider, and taken once one of them has ended", async () => {
    const oidc = new OidcSignIn(clock, settingsOf(), PUBLIC_URL, 500);
    const flows = await Promise.all(Array.from({ length: BOUNDS.oidcExchangesMax + 1 }, () => oidc.begin("/")));
    const [last, ...others] = flows.map(({ url, sealed }) => {
      const state = new URL(url).searchParams.get("state") ?? "";
      return { query: `?code=any&state=${state}&iss=${encodeURIComponent(issuer)}`, sealed };
    });
    if (last === undefined) throw new Error("no flow");
    await tell({ tamper: { hangsAt: "/token" } });
    const waiting = others.map(({ query, sealed }) => oidc.finish(query, sealed));
    expect(await oidc.finish(last.query, last.sealed)).toMatchObject({ kind: "failed", status: 503 });
    for (const finished of await Promise.all(waiting)) expect(finished).toMatchObject({ status: 502 });
    await tell({ tamper: {} });
    expect(await signIn(oidc)).toMatchObject({ kind: "user" });
  });

  test("gives no role to users without a group that has one", async () => {
    await tell({ user: { sub: "eve", preferred_username: "eve", groups: ["sre-interns"] } });
    expect(await signIn()).toMatchObject({ kind: "failed", status: 403 });
    expect(await signIn(signInOf({ defaultRole: "viewer" }))).toMatchObject({ name: "eve", grant: { role: "viewer" } });
  });

  test("fails where the provider is down, and works once it is up", async () => {
    const oidc = signInOf();
    await tell({ tamper: { isDown: true } });
    await expect(oidc.begin("/")).rejects.toThrow(/./);
    await tell({ tamper: {} });
    expect(await signIn(oidc)).toMatchObject({ kind: "user" });
  });

  test.each([
    ["/incidents?open=1#x", "/incidents?open=1#x"],
    ["//evil.example/", "/"],
    ["/\\evil.example/", "/"],
    ["https://evil.example/", "/"],
    ["javascript:alert(1)", "/"],
    ["/x\r\nset-cookie: a=b", "/"],
    ["/./\\/evil.example", "/"],
    ["/.//evil.example", "/evil.example"],
    ["", "/"],
  ])("returns to a path of this page: %j", (path, expected) => expect(safeReturnPath(path)).toBe(expected));
});

test("the routes open a session, and say nothing of what failed", async () => {
  const users = new Passwords([]);
  const store = new MemorySessions();
  const lifetimes = { idleMs: 60_000, absoluteMs: 60_000 };
  const sessions = new Sessions({ clock, store, isShared: false, users, settings: lifetimes, provider: settingsOf() });
  const audited: object[] = [];
  const { app } = createTestApp([], {
    session: { users, sessions, limit: new SignInLimit(clock), settings: () => lifetimes, oidc: signInOf() },
    onAudit: (entry) => audited.push(entry),
  });
  const begun = await request(app).get("/oidc/sign-in?return=//evil.example");
  expect(begun.status).toBe(303);
  const [flow = ""] = begun.headers["set-cookie"] as unknown as string[];
  expect(flow).toMatch(/^haprobe-oidc=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  const query = await visit(String(begun.headers["location"]));
  const finished = await request(app)
    .get(`/oidc/callback${query}`)
    .set("cookie", flow.split(";")[0] ?? "");
  expect(finished.status).toBe(303);
  expect(finished.headers["location"]).toBe("/");
  const [cleared, session] = finished.headers["set-cookie"] as unknown as string[];
  expect(cleared).toMatch(/^haprobe-oidc=; .*Max-Age=0$/);
  expect(session).toMatch(/^haprobe-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax/);
  const replayed = await request(app)
    .get(`/oidc/callback${query}`)
    .set("cookie", flow.split(";")[0] ?? "");
  expect(replayed.body).toMatchObject({ status: 502, detail: expect.stringContaining("begin the sign-in again") });
  expect(audited).toMatchObject([
    { name: "ada", status: 303 },
    { name: null, status: 502 },
  ]);
  const statuses: number[] = [];
  for (let attempt = 1; attempt <= BOUNDS.signInAttemptsMax; attempt += 1)
    statuses.push((await request(app).get("/oidc/callback?code=guessed")).status);
  // One of the attempts was the replayed one; the sign-in that was taken is none.
  expect(statuses).toEqual([...Array<number>(BOUNDS.signInAttemptsMax - 1).fill(400), 429]);
  const { app: readOnly } = createTestApp([], {
    isReadOnly: true,
    session: { users, sessions, limit: new SignInLimit(clock), settings: () => lifetimes, oidc: signInOf() },
  });
  expect((await request(readOnly).get("/oidc/sign-in")).status).toBe(403);
});
