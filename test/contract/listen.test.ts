import { describe, expect, test } from "vitest";
import { exposureOf, isLoopbackHost, isWritable } from "../../server/contract/listen.ts";

const [tls, noTls] = [{}, null];
const noAuth = { tokens: [], usersFile: null, certificates: [], proxy: null, oidc: null };
const auth = { ...noAuth, tokens: [1] };
const anywhere = { host: "0.0.0.0", port: 1 };

const users = { ...noAuth, usersFile: "/u" };

describe("a listener", () => {
  test.each([
    ["on loopback is local", { host: "127.0.0.1", port: 1 }, noTls, noAuth, false, "local"],
    ["on a UNIX socket is local", { path: "/run/h.sock" }, noTls, noAuth, false, "local"],
    ["on loopback stays writable beside listen-insecurely", { host: "::1", port: 1 }, noTls, noAuth, true, "local"],
    ["anywhere else with tls and auth is protected", anywhere, tls, auth, false, "protected"],
    ["anywhere else with tls and users is protected", anywhere, tls, users, false, "protected"],
    ["anywhere else without both is refused", anywhere, noTls, noAuth, false, "refused"],
    ["anywhere else without tls is refused", anywhere, noTls, auth, false, "refused"],
    ["anywhere else without auth is refused", anywhere, tls, noAuth, false, "refused"],
    [
      "on an address of this machine is no other than that",
      { host: "192.0.2.1", port: 1 },
      tls,
      noAuth,
      false,
      "refused",
    ],
    ["serves reading only where the configuration says so", anywhere, noTls, noAuth, true, "read-only"],
    ["serves reading only with tokens in plain text", anywhere, noTls, auth, true, "read-only"],
    ["serves reading only with tls and no auth", anywhere, tls, noAuth, true, "read-only"],
  ] as const)("%s", (_what, listen, tlsKeys, authKeys, listenInsecurely, expected) => {
    const exposure = exposureOf({ listen, tls: tlsKeys, auth: authKeys, listenInsecurely });
    expect(exposure).toBe(expected);
    expect(isWritable(exposure)).toBe(expected === "local" || expected === "protected");
  });

  test.each(["127.0.0.1.example.org", "localhost.example.org", "::", "0.0.0.0", "128.0.0.1", "127.example.org"])(
    "on %s is not on loopback",
    (host) => expect(isLoopbackHost(host)).toBe(false),
  );
});
