import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, fetch as fetchWith } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashPassword } from "../../server/access/password-hash.ts";
import { systemClock } from "../../server/clock.ts";
import { fileSystem } from "../../server/config/file-system.ts";
import { type LoadResult, loadSettings } from "../../server/config/load.ts";
import { type Service, startService } from "../../server/service.ts";
import { createLogger } from "../../server/telemetry/logger.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type OidcProviderProcess, ProviderBrowser, startOidcProvider } from "../support/oidc-provider.ts";

const PUBLIC_URL = "https://haprobe.test";
const PASSWORD = "correct horse battery";
const dir = mkdtempSync(join(tmpdir(), "haprobe-oidc-service-"));
let provider: OidcProviderProcess;
let trusting: Agent;
let passwordHash = "";
let service: Service;
let url = "";
const log: string[] = [];

beforeAll(async () => {
  const authority = await makeAuthority("id");
  provider = await startOidcProvider(`${PUBLIC_URL}/oidc/callback`, await authority.issue({ names: ["127.0.0.1"] }));
  trusting = new Agent({ connect: { ca: authority.ca } });
  passwordHash = await hashPassword(PASSWORD);
  writeFileSync(join(dir, "ca.pem"), authority.ca);
  writeFileSync(join(dir, "secret"), "a-secret-of-the-client\n", { mode: 0o600 });
  writeFileSync(join(dir, "users.yaml"), `- {name: mara, role: operator, password-hash: "${passwordHash}"}\n`, {
    mode: 0o600,
  });
  service = await startService({
    settings: configure("ca-file: ca.pem,").settings,
    log: createLogger({
      level: "info",
      format: "json",
      stream: { write: (line) => log.push(line) },
    }),
    clock: systemClock,
    random: Math.random,
    vantage: "host-a",
  });
  const { address } = service as unknown as { address: { port: number } };
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  await service?.stop();
  provider?.[Symbol.dispose]();
  await trusting?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The configuration with these further keys of `auth.oidc`; none of it where they are null. */
function configure(keys: string | null): Extract<LoadResult, { kind: "loaded" }> {
  const oidc =
    keys === null
      ? ""
      : `, oidc: {issuer: "${provider.issuer}", client-id: haprobe, client-secret-file: secret, ${keys} default-role: viewer}`;
  writeFileSync(
    join(dir, "haprobe.yaml"),
    `public-url: ${PUBLIC_URL}\nauth: {users-file: users.yaml${oidc}}\nhaproxy: [{name: lb-1, stats: "unix:${dir}/none.sock"}]\n`,
  );
  const file = join(dir, "haprobe.yaml");
  const given = { file, haproxy: [], listen: "127.0.0.1:0", dataDir: "none", env: {}, cwd: dir };
  const loaded = loadSettings({ ...given, ...fileSystem });
  if (loaded.kind === "broken") throw new Error(JSON.stringify(loaded.errors));
  return loaded;
}

const newBrowser = (): ProviderBrowser =>
  new ProviderBrowser((address, init) => fetchWith(address, { ...init, dispatcher: trusting }));

/** Signs in at the provider; resolves with the cookie of the session. */
async function signIn(browser = newBrowser()): Promise<string> {
  const begun = await fetch(`${url}/oidc/sign-in`, { redirect: "manual" });
  expect(begun.status).toBe(303);
  const flow = begun.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const { left, page } = await browser.open(begun.headers.get("location") ?? "");
  if (left === null) throw new Error(page);
  const finished = await fetch(`${url}/oidc/callback${left.search}`, { redirect: "manual", headers: { cookie: flow } });
  expect([finished.status, finished.headers.get("location")]).toEqual([303, "/"]);
  const session = finished.headers.getSetCookie().find((line) => line.startsWith("__Host-haprobe="));
  expect(session).toMatch(/; Secure; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/);
  return session?.split(";")[0] ?? "";
}

async function readSession(cookie: string): Promise<{ name: string | null; csrfToken: string; signIn: string[] }> {
  return (await (await fetch(`${url}/api/v1/session`, { headers: { cookie } })).json()) as never;
}

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const all = { "content-type": "application/json", ...headers };
  return fetch(url + path, { method: "POST", headers: all, body: JSON.stringify(body) });
}

describe("a provider over https, by its own authority", () => {
  test("signs users in, and a sign-out leads to its own, after which it asks for the password again", async () => {
    const browser = newBrowser();
    const cookie = await signIn(browser);
    const { name, csrfToken } = await readSession(cookie);
    expect(name).toBe("ada");
    expect(log.find((line) => line.includes('"event":"session"'))).toContain('"name":"ada"');
    // Without a prompt the provider answers from its session.
    const silent = async (): Promise<URLSearchParams | undefined> => {
      const begun = await fetch(`${url}/oidc/sign-in`, { redirect: "manual" });
      return (await browser.open(`${begun.headers.get("location")}&prompt=none`)).left?.searchParams;
    };
    expect((await silent())?.has("code")).toBe(true);

    const { signOutUrl } = (await (
      await post("/api/v1/session/sign-out", {}, { cookie, "x-csrf-token": csrfToken })
    ).json()) as { signOutUrl: string };
    expect((await readSession(cookie)).name).toBeNull();
    expect(signOutUrl).toContain(`${provider.issuer}/session/end?id_token_hint=`);
    const asked = await browser.open(signOutUrl);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asked.page)?.[1] ?? "";
    const body = new URLSearchParams({ xsrf, logout: "yes" }).toString();
    const { left } = await browser.open(`${provider.issuer}/session/end/confirm`, { method: "POST", body });
    expect(left?.href).toBe(`${PUBLIC_URL}/`);
    expect((await silent())?.get("error")).toBe("login_required");
  });

  test("that hangs costs its own sign-in only", async () => {
    await service.reload(configure("ca-file: ca.pem, scopes: [openid],"));
    await provider.change({ tamper: { hangsAt: "/.well-known/openid-configuration" } });
    const given = new AbortController();
    const hanging = fetch(`${url}/oidc/sign-in`, { redirect: "manual", signal: given.signal });
    const isAnswered = hanging.then(
      () => true,
      () => false,
    );
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await post("/api/v1/session/sign-in", { name: "mara", password: PASSWORD })).status).toBe(200);
    expect(await provider.change({ tamper: {} })).toBe(1);
    given.abort();
    expect(await isAnswered).toBe(false);
    await service.reload(configure("ca-file: ca.pem,"));
    await signIn();
  });

  test("is not asked where its authority is not trusted", async () => {
    await service.reload(configure(""));
    expect((await fetch(`${url}/oidc/sign-in`, { redirect: "manual" })).status).toBe(503);
    await service.reload(configure("ca-file: ca.pem,"));
  });
});

test("a change of auth.oidc is in force at once, and ends the sessions of its users", async () => {
  const cookie = await signIn();
  const { headers } = await post("/api/v1/session/sign-in", { name: "mara", password: PASSWORD });
  const own = headers.getSetCookie()[0]?.split(";")[0] ?? "";
  expect((await readSession(cookie)).name).toBe("ada");
  await service.reload(configure("ca-file: ca.pem, roles: [{group: sre, role: operator}],"));
  expect([(await readSession(cookie)).name, (await readSession(own)).name]).toEqual([null, "mara"]);
  expect(await readSession(await signIn())).toMatchObject({ name: "ada", role: "operator" });
  await service.reload(configure(null));
  expect((await readSession("")).signIn).toEqual(["password"]);
  expect((await fetch(`${url}/oidc/sign-in`, { redirect: "manual" })).status).toBe(404);
});
