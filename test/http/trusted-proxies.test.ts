import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { json } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { clientOf, TrustedProxies } from "../../server/access/client.ts";
import { ProxyIdentity } from "../../server/access/proxy-identity.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { type HttpListener, startHttpListener } from "../../server/http/http-listener.ts";
import { BOUNDS } from "../../server/bounds.ts";
import { authSettings, userSettings } from "../access/auth-settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createSessionParts, createTestApp } from "./test-app.ts";

const proxy = { header: "x-forwarded-user", groupsHeader: null, roles: [], defaultRole: "operator" } as const;
const clock = new FakeClock();
const started: HttpListener[] = [];
afterEach(async () => {
  for (const listener of started.splice(0)) await listener.close(0);
});

/** A listener that trusts these proxies; its app needs an identity for everything. */
async function start(trusted: readonly string[]) {
  const { app } = createTestApp(["lb-1/a/1"], {
    access: createAccessGuard({
      listenHost: "127.0.0.1",
      publicUrl: null,
      allowedHosts: [],
      tokens: new Tokens(clock, authSettings([], "signed-in")),
      authenticators: [new ProxyIdentity(clock, { proxy })],
    }),
  });
  const addresses: string[] = [];
  const listener = await startHttpListener({
    app(request, response) {
      addresses.push(clientOf(request).address);
      app(request, response);
    },
    host: "127.0.0.1",
    port: 0,
    proxies: new TrustedProxies(trusted),
    clock,
  });
  started.push(listener);
  async function get(headers: Record<string, string | string[]>): Promise<[number, unknown]> {
    const options = { port: listener.address.port, host: "127.0.0.1", path: "/api/v1/session", agent: false };
    const [response] = (await once(httpRequest({ ...options, headers }).end(), "response")) as [IncomingMessage];
    return [response.statusCode ?? 0, await json(response)];
  }
  return { get, addresses };
}

describe("a proxy's word over HTTP", () => {
  const said = { "x-forwarded-for": "203.0.113.9", "x-forwarded-user": "ada" };

  test("counts from a network of trusted-proxies", async () => {
    const { get, addresses } = await start(["127.0.0.0/8"]);
    expect(await get(said)).toEqual([200, expect.objectContaining({ name: "ada", role: "operator", via: "proxy" })]);
    expect(addresses).toEqual(["203.0.113.9"]);
  });

  test("counts for nothing from elsewhere", async () => {
    const { get, addresses } = await start(["10.0.0.0/8"]);
    expect(await get(said)).toEqual([200, expect.objectContaining({ name: null, canRead: false })]);
    expect(addresses).toEqual(["127.0.0.1"]);
  });

  test("is refused where a header of a client came through beside the proxy's", async () => {
    const { get } = await start(["127.0.0.0/8"]);
    expect(await get({ ...said, "x-forwarded-user": ["root", "ada"] })).toEqual([
      200,
      expect.objectContaining({ name: null, canRead: false }),
    ]);
    expect(await get({ ...said, forwarded: "for=198.51.100.1" })).toMatchObject([400, { status: 400 }]);
  });
});

/** Status of a sign-in with a wrong password, by the address of the client. */
async function startSignIn(onAudit: (entry: { readonly client: string }) => void = () => {}) {
  const passwordHash = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
  const session = createSessionParts(clock, [userSettings({ name: "mara", passwordHash })], async () => false);
  const { app } = createTestApp([], { session, onAudit });
  const proxies = new TrustedProxies(["127.0.0.0/8"]);
  const listener = await startHttpListener({ app, host: "127.0.0.1", port: 0, proxies, clock });
  started.push(listener);
  return async (client: string, name: string): Promise<number> => {
    const headers = { "content-type": "application/json", "x-forwarded-for": client };
    const body = JSON.stringify({ name, password: "wrong password" });
    const url = `http://127.0.0.1:${listener.address.port}/api/v1/session/sign-in`;
    return (await fetch(url, { method: "POST", headers, body })).status;
  };
}

test.each(["mara", "no-user"])("attempts from many clients are limited by the name that they try: %s", async (name) => {
  const signIn = await startSignIn();
  for (let failed = 0; failed < BOUNDS.signInAttemptsMax; failed += 1)
    expect(await signIn(`198.51.100.${failed}`, name)).toBe(401);
  expect([await signIn("203.0.113.1", name), await signIn("203.0.113.1", "another")]).toEqual([429, 401]);
});

test("the client that a trusted proxy names is the one of the audit log and of the limit of sign-ins", async () => {
  const clients: string[] = [];
  const signIn = await startSignIn(({ client }) => clients.push(client));
  for (let failed = 0; failed < BOUNDS.signInAttemptsMax; failed += 1)
    expect(await signIn("203.0.113.9", `user-${failed}`)).toBe(401);
  expect([await signIn("203.0.113.9", "another"), await signIn("203.0.113.10", "another")]).toEqual([429, 401]);
  expect(new Set(clients)).toEqual(new Set(["203.0.113.9", "203.0.113.10"]));
});
