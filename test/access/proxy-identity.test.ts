import { describe, expect, test } from "vitest";
import { createAccessGuard } from "../../server/access/access-guard.ts";
import { CertificateIdentity } from "../../server/access/certificate-identity.ts";
import { ProxyIdentity } from "../../server/access/proxy-identity.ts";
import { Tokens } from "../../server/access/tokens.ts";
import { BOUNDS } from "../../server/bounds.ts";
import type { ProxyAuthSettings } from "../../server/contract/settings.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { accessRequest } from "./access-request.ts";
import { authSettings } from "./auth-settings.ts";

const everything = { instances: null, teams: null };
const proxy: ProxyAuthSettings = {
  header: "x-forwarded-user",
  groupsHeader: "x-forwarded-groups",
  roles: [
    { group: "sre", role: "operator", ...everything },
    { group: "shop", role: "viewer", instances: ["shop-*"], teams: null },
  ],
  defaultRole: null,
};
const headersOf = (user: string[], groups: string[] = ["sre"]) => ({
  "x-forwarded-user": user,
  "x-forwarded-groups": groups,
});

function identityOf(proxyHeaders: Record<string, string[]> | null, settings: ProxyAuthSettings = proxy) {
  return new ProxyIdentity(new FakeClock(), { proxy: settings }).identify({ proxyHeaders });
}

describe("the identity header of a trusted proxy", () => {
  test("names the user, and its groups the role and what is seen: the first entry counts", () => {
    expect(identityOf(headersOf(["ada"], ["staff, sre ,shop"]))).toMatchObject({
      kind: "known",
      principal: { name: "ada", role: "operator", via: "proxy", instances: null },
    });
    expect(identityOf(headersOf(["bob"], ["shop"]))).toMatchObject({
      principal: { name: "bob", role: "viewer", instances: ["shop-*"], seesDetails: false },
    });
  });

  test("is worth nothing from any other peer", () => {
    expect(identityOf(null)).toEqual({ kind: "none" });
  });

  test.each([
    ["the name twice", headersOf(["ada", "root"])],
    ["the groups twice", headersOf(["ada"], ["shop", "sre"])],
    ["no name", headersOf([""])],
    ["a control character", headersOf(["a\tda"])],
    ["a name without end", headersOf(["a".repeat(129)])],
    ["no group with a role", headersOf(["ada"], ["staff"])],
    ["a group only in part", headersOf(["ada"], ["sre-interns"])],
  ])("is refused with %s", (_what, headers) => {
    expect(identityOf(headers)).toMatchObject({ kind: "refused" });
  });

  test("gives the default role where there is one", () => {
    expect(identityOf(headersOf(["ada"], []), { ...proxy, defaultRole: "viewer" })).toMatchObject({
      principal: { role: "viewer" },
    });
  });

  test("is checked again after a while, and after a change of the configuration", async () => {
    const clock = new FakeClock();
    const users = new ProxyIdentity(clock, { proxy });
    const first = users.identify({ proxyHeaders: headersOf(["ada"]) });
    const second = users.identify({ proxyHeaders: headersOf(["ada"]) });
    if (first.kind !== "known" || second.kind !== "known") throw new Error("not known");
    expect(first.isHeld()).toBe(true);
    await clock.advance(BOUNDS.proxyIdentityMs);
    expect(first.isHeld()).toBe(false);
    const third = users.identify({ proxyHeaders: headersOf(["ada"]) });
    users.configure({ proxy: { ...proxy, roles: [] } });
    expect(third).toMatchObject({ kind: "known" });
    expect(third.kind === "known" && third.isHeld()).toBe(false);
  });

  test("admits a write only with the CSRF token, since the browser sends its proof to the proxy by itself", async () => {
    const clock = new FakeClock();
    const guard = createAccessGuard({
      listenHost: "127.0.0.1",
      publicUrl: null,
      allowedHosts: [],
      tokens: new Tokens(clock, authSettings([], "signed-in")),
      authenticators: [new ProxyIdentity(clock, { proxy })],
    });
    const write = accessRequest({
      method: "POST",
      contentType: "application/json",
      isForwarded: true,
      proxyHeaders: headersOf(["ada"]),
    });
    expect(await guard.admit(write, "write")).toMatchObject({ ok: false, status: 403 });
    const { csrfToken } = await guard.describeSender({ ...write, method: "GET" });
    expect(await guard.admit({ ...write, csrfToken: csrfToken ?? undefined }, "write")).toMatchObject({
      ok: true,
      principal: { name: "ada" },
    });
    expect(await guard.admit({ ...write, proxyHeaders: null }, "read")).toMatchObject({ ok: false, status: 401 });
  });
});

describe("a client certificate", () => {
  const certificates = [{ commonName: "prometheus", role: "viewer", ...everything }] as const;
  const clock = new FakeClock(0, 1_000);
  const identity = new CertificateIdentity(clock, { certificates });
  const requestOf = (commonName: string, expiresAt = 2_000, headers = {}) =>
    identity.identify({ certificate: () => ({ commonName, expiresAt }), origin: undefined, headers });

  test("has the role of its common name, until it expires", () => {
    expect(requestOf("prometheus")).toMatchObject({
      kind: "known",
      principal: { name: "prometheus", role: "viewer", via: "certificate", expiresAt: 2_000 },
      csrfToken: null,
    });
    expect(requestOf("prometheus", 1_000)).toMatchObject({ kind: "refused" });
    expect(requestOf("prometheus.evil.example")).toEqual({ kind: "none" });
    expect(identity.identify({ certificate: () => null, origin: undefined, headers: {} })).toEqual({ kind: "none" });
  });

  test("in a browser needs the CSRF token for a write", () => {
    const identified = requestOf("prometheus", 2_000, { "sec-fetch-site": "same-origin" });
    expect(identified.kind === "known" && identified.csrfToken).toMatch(/^[\w-]{43}$/);
  });
});
