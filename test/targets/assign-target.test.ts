import { describe, expect, test } from "vitest";
import { DEFAULT_HTTP, DEFAULT_RULE } from "../../server/config/defaults.ts";
import type { RuleMatch, RuleSettings } from "../../server/contract/settings.ts";
import type { ServerView } from "../../server/contract/view.ts";
import { assignTarget } from "../../server/targets/assign-target.ts";
import { ipAddress, instanceSettings, ruleSettings, serverView } from "./fixtures.ts";

const OK = DEFAULT_HTTP.expect.status;

function assigned(of: ServerView, rules: readonly RuleSettings[] = [], lb = instanceSettings()) {
  return assignTarget(of, lb, rules, DEFAULT_RULE);
}

function target(of: ServerView, rules: readonly RuleSettings[] = [], lb = instanceSettings()) {
  const assignment = assigned(of, rules, lb);
  if (assignment.kind === "none") throw new Error(`no target: ${assignment.reason}`);
  return assignment.target;
}

function reason(of: ServerView, rules: readonly RuleSettings[] = [], lb = instanceSettings()) {
  const assignment = assigned(of, rules, lb);
  return assignment.kind === "none" ? assignment.reason : null;
}

/** The same, where it is asked over HTTP. */
function httpTarget(of: ServerView, rules: readonly RuleSettings[] = [], lb = instanceSettings()) {
  const { probe, ...rest } = target(of, rules, lb);
  if (probe.type !== "http") throw new Error(`no HTTP: ${probe.type}`);
  return { ...rest, probe };
}

/** `https /readyz`, the short form of a guess. */
function guess(of: ServerView) {
  const { probe } = httpTarget(of);
  return `${probe.scheme} ${probe.path}`;
}

test("a rule that names a CA, a server name or a client certificate means https", () => {
  const scheme = (http: Parameters<typeof ruleSettings>[0]): string =>
    httpTarget(serverView(), [ruleSettings(http)]).probe.scheme;
  expect(scheme({ http: {} })).toBe("http");
  expect(scheme({ http: { caFile: "/ca.pem" } })).toBe("https");
  expect(scheme({ http: { serverName: "kubernetes" } })).toBe("https");
  expect(scheme({ http: { insecureSkipVerify: true } })).toBe("https");
  expect(scheme({ http: { scheme: "http", serverName: "kubernetes" } })).toBe("http");
});

describe("without a rule", () => {
  test("a database in mode tcp is never connected to", () => {
    expect(reason(serverView({ address: ipAddress("10.0.0.11", 5432) }))).toBe("no-probe-rule");
    expect(reason(serverView({ address: ipAddress("10.0.0.11", 3306), check: { status: "L7OK", code: 0 } }))).toBe(
      "no-probe-rule",
    );
  });

  test("nor a mail server whose check passed with its own 250", () => {
    expect(reason(serverView({ address: ipAddress("10.0.0.11", 25), check: { status: "L7OK", code: 250 } }))).toBe(
      "no-probe-rule",
    );
  });

  test("nor TLS that may carry anything", () => {
    expect(reason(serverView({ address: ipAddress("10.0.0.11", 636), check: { status: "L6OK" } }))).toBe(
      "no-probe-rule",
    );
  });

  test("nor what sits on a link-local or metadata address, though it plainly speaks HTTP", () => {
    for (const host of ["169.254.169.254", "fe80::1", "100.100.100.200"]) {
      expect(reason(serverView({ mode: "http", address: ipAddress(host, 80) }))).toBe("no-probe-rule");
    }
  });

  test("but what sits on ::1, which is no IPv4-compatible address", () => {
    const assignment = assignTarget(
      serverView({ mode: "http", address: ipAddress("::1", 80) }),
      instanceSettings(),
      [],
      DEFAULT_RULE,
    );
    expect(assignment.kind).toBe("target");
  });

  test.each([
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
    "metadata.google.internal",
    "[::ffff:a9fe:a9fe",
    "fe80::1%lo",
  ])(
    "nor is anything probed at %j, which a stats page may name: the system would read it as a metadata service",
    (host) => {
      const view = serverView({ mode: "http", address: ipAddress(host, 80) });
      const assignment = assignTarget(view, instanceSettings(), [], DEFAULT_RULE);
      expect(assignment).toMatchObject({ kind: "none", reason: expect.stringMatching(/^no-(address|probe-rule)$/) });
    },
  );

  test("nor a listener of our own", () => {
    const ours = serverView({ mode: "http", address: ipAddress("127.0.0.1", 8405) });
    const own = [{ host: "127.0.0.1", port: 8405 }];
    expect(assignTarget(ours, instanceSettings(), [], DEFAULT_RULE, undefined, own)).toMatchObject({
      reason: "no-probe-rule",
    });
    const byAnotherName = serverView({ mode: "http", address: ipAddress("127.9.9.9", 8405) });
    expect(assignTarget(byAnotherName, instanceSettings(), [], DEFAULT_RULE, undefined, own).kind).toBe("none");
    const beside = serverView({ mode: "http", address: ipAddress("127.0.0.1", 8406) });
    expect(assignTarget(beside, instanceSettings(), [], DEFAULT_RULE, undefined, own).kind).toBe("target");
    expect(assignTarget(ours, instanceSettings(), [ruleSettings()], DEFAULT_RULE, undefined, own).kind).toBe("target");
  });

  const spoken: readonly (readonly [rule: string, of: ServerView, guess: string])[] = [
    ["mode http", serverView({ mode: "http" }), "http /healthz"],
    ["mode http behind a TLS check", serverView({ mode: "http", check: { status: "L6OK" } }), "https /healthz"],
    ["mode http on 443", serverView({ mode: "http", address: ipAddress("10.0.0.11", 443) }), "https /healthz"],
    ["a check that passed with 200", serverView({ mode: "", check: { status: "L7OK", code: 200 } }), "http /healthz"],
    ["port 443", serverView({ address: ipAddress("10.0.0.11", 443) }), "https /healthz"],
    ["port 8443", serverView({ address: ipAddress("10.0.0.11", 8443) }), "https /healthz"],
    ["port 6443, Kubernetes' own", serverView({ address: ipAddress("10.0.0.11", 6443) }), "https /readyz"],
  ];

  test.each(spoken)("%s is asked", (_rule, of, expected) => {
    expect(guess(of)).toBe(expected);
  });

  test("what was proved before still counts while the check fails", () => {
    const failing = serverView({ check: { status: "L7STS", code: 500 } });
    const assignment = assignTarget(failing, instanceSettings(), [], DEFAULT_RULE, {
      http: true,
      tls: true,
      notHttp: false,
    });
    expect(assignment).toMatchObject({ kind: "target", target: { guessed: true, probe: { scheme: "https" } } });
  });

  test("an answer that is not HTTP ends the guess, whatever spoke for it", () => {
    const view = serverView({ mode: "http" });
    const evidence = { http: true, tls: false, notHttp: true };
    expect(assignTarget(view, instanceSettings(), [], DEFAULT_RULE, evidence)).toMatchObject({
      kind: "none",
      reason: "no-probe-rule",
    });
  });

  test("a guess carries no secret, verifies no certificate and has the default interval", () => {
    expect(target(serverView({ address: ipAddress("10.0.0.11", 6443) }))).toMatchObject({
      guessed: true,
      credentials: null,
      everyMs: 1_000,
      probe: { method: "GET", tls: { verify: false, caFile: null, serverName: null }, hostHeader: "10.0.0.11:6443" },
    });
    expect(target(serverView({ mode: "http" })).everyMs).toBe(2_000);
  });

  test("it is judged by the default policy", () => {
    expect(assigned(serverView()).policy).toEqual({
      rise: 1,
      fall: 2,
      graceMs: 30_000,
      startGraceMs: 30_000,
      drainGraceMs: 120_000,
      learnsGrace: true,
      sameQuestion: false,
      expected: null,
    });
  });
});

describe("a rule of the user", () => {
  test("without http has the guess's request, and counts in mode tcp too", () => {
    expect(target(serverView(), [ruleSettings()])).toMatchObject({
      guessed: false,
      everyMs: 2_000,
      probe: { scheme: "http", path: "/healthz" },
    });
  });

  test("verifies certificates by default", () => {
    const of = serverView({ address: ipAddress("10.0.0.11", 6443) });
    expect(httpTarget(of, [ruleSettings()]).probe.tls.verify).toBe(true);
    expect(httpTarget(of, [ruleSettings({ http: { insecureSkipVerify: true } })]).probe.tls.verify).toBe(false);
  });

  test("gives scheme, path, port and interval", () => {
    const own = ruleSettings({ http: { scheme: "https", path: "/livez", port: 9443 }, everyMs: 500, timeoutMs: 700 });
    expect(target(serverView(), [own])).toMatchObject({
      host: "10.0.0.11",
      port: 9443,
      everyMs: 500,
      timeoutMs: 700,
      probe: { scheme: "https", path: "/livez", hostHeader: "10.0.0.11:9443" },
    });
  });

  test("whose port is 6443 is guessed as Kubernetes", () => {
    const { probe, everyMs } = httpTarget(serverView(), [ruleSettings({ http: { port: 6443 } })]);
    expect([probe.scheme, probe.path, everyMs]).toEqual(["https", "/readyz", 1_000]);
  });

  test("over plain http has no TLS profile, so that its TLS keys make no second target", () => {
    const tls = { caFile: "/ca.pem", insecureSkipVerify: true };
    expect(target(serverView(), [ruleSettings({ http: { scheme: "http", ...tls } })]).key).toBe(
      target(serverView(), [ruleSettings({ http: { scheme: "http" } })]).key,
    );
  });

  test("with skip leaves nothing to probe, whatever the address", () => {
    expect(reason(serverView({ mode: "http" }), [ruleSettings({ skip: true })])).toBe("skipped");
    expect(reason(serverView({ address: { kind: "none" } }), [ruleSettings({ skip: true })])).toBe("skipped");
  });

  test("gives its own policy, also where there is no target", () => {
    const expected = { verdict: "false-up", why: "known" } as const;
    const own = ruleSettings({ rise: 3, graceMs: "auto", sameQuestion: true, expected });
    for (const address of [ipAddress("10.0.0.11", 80), { kind: "none" } as const]) {
      expect(assigned(serverView({ address }), [own]).policy).toMatchObject({
        rise: 3,
        graceMs: 30_000,
        sameQuestion: true,
        expected,
      });
    }
  });
});

describe("a rule matches", () => {
  const cases: readonly (readonly [match: RuleMatch, matches: boolean])[] = [
    [{}, true],
    [{ instance: ["lb-*"] }, true],
    [{ instance: ["lb-2"] }, false],
    [{ site: ["fra"] }, true],
    [{ site: ["!fra"] }, false],
    [{ backend: ["web", "api"] }, true],
    [{ server: ["s?"] }, true],
    [{ address: ["10.0.*"] }, true],
    [{ address: ["10.0.0.1"] }, false],
    [{ address: ["10.0.0.0/24"] }, true],
    [{ address: ["10.0.0.0/29", "192.0.2.*"] }, false],
    [{ address: ["10.0.0.*", "!10.0.0.8/29"] }, false],
    [{ address: ["!10.1.0.0/16"] }, true],
    [{ address: ["2001:db8::/32"] }, false],
    [{ port: ["8080"] }, true],
    [{ port: ["!8080"] }, false],
    [{ mode: ["tcp"] }, true],
    [{ mode: ["http"] }, false],
    [{ labels: { team: ["plat*"] } }, true],
    [{ labels: { team: ["other"] } }, false],
    [{ labels: { rack: ["*"] } }, true],
    [{ labels: { rack: ["?*"] } }, false],
    [{ labels: { constructor: ["?*"] } }, false],
    [{ backend: ["api"], mode: ["http"] }, false],
  ];

  test.each(cases)("%j: %j", (match, matches) => {
    expect(reason(serverView(), [ruleSettings({ match, skip: true })]) === "skipped").toBe(matches);
  });

  test("first, and no later one counts", () => {
    const rules = [
      ruleSettings({ match: { backend: ["web"] }, skip: true }),
      ruleSettings({ http: { path: "/b" } }),
      ruleSettings({ skip: true }),
    ];
    expect(httpTarget(serverView(), rules).probe.path).toBe("/b");
  });

  test("servers on sockets as `unix`, and servers without an address as an empty text", () => {
    const skip = (address: string) => [ruleSettings({ match: { address: [address] }, skip: true })];
    expect(reason(serverView({ address: { kind: "unix" } }), skip("unix"))).toBe("skipped");
    expect(reason(serverView({ address: { kind: "none" } }), skip("?*"))).toBe("no-address");
    expect(reason(serverView({ address: { kind: "unix" } }), skip("0.0.0.0/0"))).toBe("no-address");
    expect(reason(serverView({ address: ipAddress("2001:db8::1", 80) }), skip("2001:DB8::/32"))).toBe("skipped");
  });
});

describe("the address", () => {
  const own = [ruleSettings()];

  test.each([
    ["that HAProxy does not show", { kind: "none" }],
    ["of a UNIX socket", { kind: "unix" }],
    ["without a port", ipAddress("10.0.0.11", 0)],
    ["that means wherever the client wanted to go", ipAddress("0.0.0.0", 80)],
    ["… in IPv6", ipAddress("::", 80)],
    ["that is none", ipAddress("10.0.0", 80)],
  ] as const)("%s is no-address", (_rule, address) => {
    expect(reason(serverView({ address }), own)).toBe("no-address");
  });

  test("without a port takes the rule's", () => {
    expect(
      target(serverView({ address: ipAddress("10.0.0.11", 0) }), [ruleSettings({ http: { port: 81 } })]).port,
    ).toBe(81);
  });

  test("of a UNIX socket can be mapped by the server's key", () => {
    const addressMap = [{ from: "lb-1/api/s1", to: "10.0.0.5:8080" }];
    expect(target(serverView({ address: { kind: "unix" } }), own, instanceSettings({ addressMap }))).toMatchObject({
      host: "10.0.0.5",
      port: 8080,
    });
  });

  test("of a UNIX socket can be mapped to that socket, as it is seen from here", () => {
    const addressMap = [{ from: "lb-1/api/s1", to: "unix:/run/app.sock" }];
    const onSocket = serverView({ address: { kind: "unix" } });
    expect(target(onSocket, own, instanceSettings({ addressMap }))).toMatchObject({
      host: "",
      port: 0,
      socketPath: "/run/app.sock",
      probe: { scheme: "http", hostHeader: "localhost" },
    });
    expect(reason(onSocket, [], instanceSettings({ addressMap }))).toBe("no-probe-rule");
    expect(
      target(serverView({ address: { kind: "unix" }, mode: "http" }), [], instanceSettings({ addressMap })).guessed,
    ).toBe(true);
  });

  test("is mapped after the rule's port is known, and a port of the map is the last word", () => {
    const addressMap = [{ from: "10.0.0.11:6443", to: "localhost:16443" }];
    const mapped = httpTarget(serverView(), [ruleSettings({ http: { port: 6443 } })], instanceSettings({ addressMap }));
    expect([mapped.host, mapped.port, mapped.probe.path]).toEqual(["localhost", 16443, "/readyz"]);
  });

  test.each([
    ["10.0.0.11:8080", "10.0.0.11:9000", {}, 9000],
    // A published port of a container leads to the port of the traffic.
    ["10.0.0.11:8080", "127.0.0.1:18080", {}, undefined],
    ["10.0.0.11", "192.0.2.1", {}, undefined],
    ["10.0.0.11", "192.0.2.1", { port: 9000 }, 9000],
    ["10.0.0.0/8", "unix:/run/app.sock", {}, undefined],
  ] as const)(
    "mapped from %s to %s with the rule %j is another port than the traffic's: %s",
    (from, to, http, other) => {
      const lb = instanceSettings({ addressMap: [{ from, to }] });
      const assignment = assigned(serverView(), [ruleSettings({ http })], lb);
      expect(assignment.kind === "target" ? assignment.otherPort : null).toBe(other);
    },
  );

  test("that allow names is the mapped one", () => {
    const addressMap = [{ from: "10.0.0.0/8", to: "192.0.0.0/8" }];
    const withToken = [ruleSettings({ http: { bearerTokenFile: "/t" }, allow: ["192.0.0.0/8"] })];
    expect(target(serverView(), withToken, instanceSettings({ addressMap })).credentials?.sendTo).toBe(
      "allowed-address",
    );
    expect(target(serverView(), withToken).credentials?.sendTo).toBe("never");
  });
});

describe("servers share a target", () => {
  const api = serverView({ address: ipAddress("10.0.0.11", 6443) });

  test("whatever their names, instances and judging policies", () => {
    const rules = [
      ruleSettings({ match: { backend: ["api"] }, fall: 5, graceMs: 1, sameQuestion: true }),
      ruleSettings({ match: { backend: ["other"] } }),
    ];
    const other = { ...api, backend: "other", server: "s2", proxyId: 9 };
    const elsewhere = instanceSettings({ name: "lb-2", site: "ams", labels: {} });
    expect(target(other, rules, elsewhere)).toEqual(target(api, rules));
  });

  test("only within a network", () => {
    expect(target(api, [], instanceSettings({ network: "b" })).key).not.toBe(target(api).key);
  });

  test("however their address is written", () => {
    const long = serverView({ address: ipAddress("2001:db8:0:0::1", 443) });
    const short = serverView({ address: ipAddress("2001:db8::1", 443) });
    expect(target(long).key).toBe(target(short).key);
  });

  test("in whatever order headers are written", () => {
    const ab = ruleSettings({ http: { headers: { a: "1", b: "2" } } });
    const ba = ruleSettings({ http: { headers: { b: "2", a: "1" } } });
    expect(target(api, [ab]).key).toBe(target(api, [ba]).key);
  });

  test.each([
    ["address", {}, serverView({ address: ipAddress("10.0.0.12", 6443) })],
    ["port", {}, serverView({ address: ipAddress("10.0.0.11", 6444) })],
    ["path", { http: { path: "/livez" } }, api],
    ["method", { http: { method: "HEAD" } }, api],
    ["header", { http: { headers: { a: "1" } } }, api],
    ["name", { http: { serverName: "kubernetes" } }, api],
    ["CA", { http: { caFile: "/ca.pem" } }, api],
    ["verification", { http: { insecureSkipVerify: true } }, api],
    ["token", { http: { bearerTokenFile: "/t" } }, api],
    ["status", { http: { expect: { status: [{ from: 200, to: 200 }], body: null } } }, api],
    ["body", { http: { expect: { status: OK, body: { kind: "equals", text: "ok" } } } }, api],
    ["kind of body", { http: { expect: { status: OK, body: { kind: "contains", text: "ok" } } } }, api],
    ["pace", { everyMs: 3_000 }, api],
    ["pace while undecided", { fastEveryMs: 100 }, api],
    ["timeout", { timeoutMs: 100 }, api],
    ["connection", { connection: "fresh" }, api],
  ] as const)("but not with another %s", (_what, parts, of) => {
    const plain = target(api, [ruleSettings()]);
    const different = target(of, [ruleSettings(parts)]);
    expect(different.key).not.toBe(plain.key);
  });

  test("but a guess is not shared with a rule, since its answers are taken less at their word", () => {
    const http = serverView({ mode: "http" });
    expect(target(http).key).not.toBe(target(http, [ruleSettings()]).key);
  });
});

describe("a rule with another type of probe", () => {
  const OPEN = {
    port: null,
    serverName: null,
    caFile: null,
    insecureSkipVerify: false,
    clientCertFile: null,
    clientKeyFile: null,
    proxyProtocol: null,
  };
  const ANY_TLS = { minVersion: null, ciphers: null };
  const tcp = { ...OPEN, tls: null, send: "", expect: { kind: "any" } } as const;
  const grpc = { ...OPEN, tls: null, host: null, service: "", bearerTokenFile: null };

  test("by tcp connects to HAProxy's port or its own", () => {
    expect(target(serverView(), [ruleSettings({ tcp })])).toMatchObject({
      port: 8080,
      probe: { type: "tcp", tls: null, send: "", expect: { kind: "any" } },
      credentials: null,
      guessed: false,
    });
    expect(target(serverView(), [ruleSettings({ tcp: { ...tcp, port: 6379 } })]).port).toBe(6379);
  });

  test("by tcp with TLS verifies under the server's name", () => {
    const own = ruleSettings({ tcp: { ...tcp, tls: ANY_TLS, caFile: "/ca" } });
    expect(target(serverView({ fqdn: "db-1.example.org" }), [own]).probe.tls).toEqual({
      serverName: "db-1.example.org",
      caFile: "/ca",
      verify: true,
      ...ANY_TLS,
    });
    expect(
      target(serverView(), [ruleSettings({ tcp: { ...tcp, tls: ANY_TLS, insecureSkipVerify: true } })]).probe.tls,
    ).toEqual({
      serverName: null,
      caFile: null,
      verify: false,
      ...ANY_TLS,
    });
  });

  test("by grpc asks for a service under a name", () => {
    const own = ruleSettings({ grpc: { ...grpc, service: "shop.Cart", host: "cart:443", tls: ANY_TLS } });
    expect(target(serverView(), [own]).probe).toEqual({
      type: "grpc",
      service: "shop.Cart",
      authority: "cart:443",
      tls: { ...ANY_TLS, serverName: "cart", caFile: null, verify: true },
    });
    expect(target(serverView(), [ruleSettings({ grpc })]).probe).toMatchObject({
      authority: "10.0.0.11:8080",
      tls: null,
    });
  });

  test("with a PROXY header, over whatever it asks", () => {
    expect(target(serverView(), [ruleSettings()]).proxyProtocol).toBeNull();
    expect(target(serverView(), [ruleSettings({ http: { proxyProtocol: "v1" } })]).proxyProtocol).toBe("v1");
    expect(target(serverView(), [ruleSettings({ tcp: { ...tcp, proxyProtocol: "v2" } })]).proxyProtocol).toBe("v2");
  });

  test("makes a target of its own for each value of its keys", () => {
    const http = { bearerTokenFile: null, username: "u", passwordFile: "/p", caFile: "/ca", scheme: "https" } as const;
    const rules = [
      ruleSettings(),
      ruleSettings({ http: { proxyProtocol: "v1" } }),
      ruleSettings({ http: { proxyProtocol: "v2" } }),
      ruleSettings({ http }),
      ruleSettings({ http: { ...http, username: "v" } }),
      ruleSettings({ http: { ...http, passwordFile: "/q" } }),
      ruleSettings({ http: { ...http, clientCertFile: "/c", clientKeyFile: "/k" } }),
      ruleSettings({ http: { ...http, clientCertFile: "/d", clientKeyFile: "/k" } }),
      ruleSettings({ http: { ...http, clientCertFile: "/c", clientKeyFile: "/l" } }),
      ruleSettings({ tcp }),
      ruleSettings({ tcp: { ...tcp, send: "x" } }),
      ruleSettings({ tcp: { ...tcp, expect: { kind: "contains", text: "x" } } }),
      ruleSettings({ tcp: { ...tcp, tls: ANY_TLS } }),
      ruleSettings({ grpc }),
      ruleSettings({ grpc: { ...grpc, service: "a" } }),
      ruleSettings({ grpc: { ...grpc, host: "a" } }),
      ruleSettings({ grpc: { ...grpc, tls: ANY_TLS } }),
    ];
    expect(new Set(rules.map((each) => target(serverView(), [each]).key)).size).toBe(rules.length);
    const socket = instanceSettings({ addressMap: [{ from: "lb-1/api/s1", to: "unix:/a" }] });
    const other = instanceSettings({ addressMap: [{ from: "lb-1/api/s1", to: "unix:/b" }] });
    expect(target(serverView(), [ruleSettings()], socket).key).not.toBe(
      target(serverView(), [ruleSettings()], other).key,
    );
  });
});
