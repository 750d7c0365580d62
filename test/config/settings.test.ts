import { describe, expect, test } from "vitest";
import { DEFAULT_RULE, DEFAULT_TLS } from "../../server/config/defaults.ts";
import { errorTextsOf, loadText, settingsOf } from "./load-text.ts";
import { tokenSettings } from "../access/auth-settings.ts";

const SESSION = { idleMs: 43_200_000, absoluteMs: 604_800_000 };
const DAY = 86_400_000;

describe("a file with everything", () => {
  const settings = settingsOf(
    loadText(
      `
listen: "[::1]:8405"
public-url: https://example.org/haprobe/
allowed-hosts: [haprobe, LB.internal]
haproxy-defaults: {every: 2s, site: fra, network: a, labels: {team: platform, rack: r1}}
haproxy:
  - name: lb-1
    stats: unix:/run/haproxy/admin.sock
    every: 500ms
    labels: {rack: r2}
    address-map: [{from: 127.0.0.1, to: 10.0.0.5}]
  - {name: lb-2, stats: "tcp://[::1]:9999", site: ams, network: b}
probes:
  - match: {instance: lb-*, backend: [k8s-*, "!k8s-old"], port: 6443, label.team: platform}
    http:
      scheme: https
      path: /readyz?verbose
      port: 6443
      host: example.org
      version: 2
      server-name: kubernetes
      ca-file: ca.pem
      bearer-token-file: /etc/token
      proxy-protocol: v2
      method: GET
      headers: {accept: text/plain, x-n: 1}
      expect: {status: [200, 2xx, 300-301, "400,404"], body: /^ok$/}
    allow: [10.0.0.0/8]
    every: 1s
    fast-every: 100ms
    timeout: 3s
    rise: 2
    fall: 3
    grace: auto
    start-grace: 1m
    drain-grace: 2m
    connection: reuse
    same-question: true
    expected: {verdict: false-up, why: known}
  - match: {backend: static}
    skip: true
metrics: {per-server: none}
auth:
  tokens:
    - {name: ci, role: operator, token-file: /etc/token}
    - {name: wall, role: viewer, token-file: wall.token}
    - {name: scrape, scopes: [metrics], token-hash: "sha256:${"0f".repeat(32)}", expires: 2027-06-30, instances: [lb-*], teams: [web]}
data-dir: ../state
database: postgres://haprobe:p%40ss@db/haprobe
retention: {verdicts: 30d}
recording: {keep: 12h, max-size: 1GiB}
vantage: fra-1
log-level: warn
log-format: text
`,
      {},
      { "/cfg/ca.pem": "", "/etc/token": "" },
    ),
  );

  test("is understood", () => {
    const { alerts: _, ...others } = settings;
    expect(others).toEqual({
      listen: { host: "::1", port: 8405 },
      listenMode: 0o660,
      listenInsecurely: false,
      tls: null,
      trustedProxies: [],
      publicUrl: "https://example.org/haprobe",
      allowedHosts: ["haprobe", "lb.internal"],
      instances: [
        {
          name: "lb-1",
          stats: { kind: "unix", path: "/run/haproxy/admin.sock" },
          statsText: "unix:/run/haproxy/admin.sock",
          everyMs: 500,
          site: "fra",
          network: "a",
          labels: { team: "platform", rack: "r2" },
          addressMap: [{ from: "127.0.0.1", to: "10.0.0.5" }],
        },
        {
          name: "lb-2",
          stats: { kind: "tcp", host: "::1", port: 9999 },
          statsText: "tcp://[::1]:9999",
          everyMs: 2_000,
          site: "ams",
          network: "b",
          labels: { team: "platform", rack: "r1" },
          addressMap: [],
        },
      ],
      discoveries: [],
      fileScopes: new Map(),
      rules: [
        {
          match: {
            instance: ["lb-*"],
            backend: ["k8s-*", "!k8s-old"],
            port: ["6443"],
            labels: { team: ["platform"] },
          },
          skip: false,
          probe: {
            type: "http",
            scheme: "https",
            path: "/readyz?verbose",
            port: 6443,
            host: "example.org",
            version: "2",
            serverName: "kubernetes",
            method: "GET",
            headers: { accept: "text/plain", "x-n": "1" },
            expect: {
              status: [
                { from: 200, to: 200 },
                { from: 200, to: 299 },
                { from: 300, to: 301 },
                { from: 400, to: 400 },
                { from: 404, to: 404 },
              ],
              body: { kind: "matches", pattern: "^ok$" },
            },
            tls: null,
            caFile: "/cfg/ca.pem",
            insecureSkipVerify: false,
            clientCertFile: null,
            clientKeyFile: null,
            proxyProtocol: "v2",
            bearerTokenFile: "/etc/token",
            username: null,
            passwordFile: null,
          },
          allow: ["10.0.0.0/8"],
          everyMs: 1_000,
          fastEveryMs: 100,
          timeoutMs: 3_000,
          rise: 2,
          fall: 3,
          graceMs: "auto",
          startGraceMs: 60_000,
          drainGraceMs: 120_000,
          connection: "reuse",
          sameQuestion: true,
          expected: { verdict: "false-up", why: "known" },
        },
        expect.objectContaining({ match: { backend: ["static"] }, skip: true, probe: null }),
      ],
      auth: {
        reading: "signed-in",
        usersFile: null,
        users: [],
        session: SESSION,
        tokens: [
          tokenSettings({ name: "ci", role: "operator", tokenFile: "/etc/token" }),
          tokenSettings({ name: "wall", role: "viewer", tokenFile: "/cfg/wall.token" }),
          tokenSettings({
            name: "scrape",
            scopes: ["metrics"],
            tokenHash: `sha256:${"0f".repeat(32)}`,
            expires: Date.parse("2027-06-30T00:00:00Z"),
            instances: ["lb-*"],
            teams: ["web"],
          }),
        ],
        certificates: [],
        proxy: null,
        oidc: null,
      },
      metricsPerServer: "none",
      dataDir: "/state",
      database: { kind: "url", url: "postgres://haprobe:p%40ss@db/haprobe" },
      retention: { verdictsMs: 30 * DAY, minutesMs: 7 * DAY, hoursMs: 400 * DAY },
      recording: { keepMs: DAY / 2, maxBytes: 2 ** 30 },
      vantage: "fra-1",
      site: "default",
      hub: null,
      logLevel: "warn",
      logFormat: "text",
    });
  });
});

test("an empty rule has every default except the interval, which depends on the port", () => {
  const { apiserver: _apiserver, ...defaults } = DEFAULT_RULE;
  const [rule] = settingsOf(loadText("probes: [{}]")).rules;
  expect(rule).toEqual({ ...defaults, probe: null, everyMs: null, graceMs: "auto" });
  const [asking] = settingsOf(loadText("probes: [{http: {}}]")).rules;
  expect(asking?.probe).toEqual(DEFAULT_RULE.probe);
});

test("without anything haprobe listens to this machine only", () => {
  const { alerts, ...settings } = settingsOf(loadText("{}"));
  expect(alerts.channels).toEqual([]);
  expect(settings).toEqual({
    listen: { host: "127.0.0.1", port: 8405 },
    listenMode: 0o660,
    listenInsecurely: false,
    tls: null,
    trustedProxies: [],
    publicUrl: null,
    allowedHosts: [],
    instances: [],
    discoveries: [],
    fileScopes: new Map(),
    rules: [],
    auth: {
      reading: "open",
      tokens: [],
      certificates: [],
      proxy: null,
      oidc: null,
      usersFile: null,
      users: [],
      session: SESSION,
    },
    metricsPerServer: "all",
    dataDir: null,
    database: null,
    retention: { verdictsMs: 400 * DAY, minutesMs: 7 * DAY, hoursMs: 400 * DAY },
    recording: { keepMs: DAY / 4, maxBytes: 2 ** 28 },
    vantage: null,
    site: "default",
    hub: null,
    logLevel: "info",
    logFormat: "json",
  });
});

describe("the data directory is", () => {
  test.each([
    ["what the command line says, relative to the working directory", "data-dir: a", { dataDir: "b" }, "/cfg/b"],
    ["what the file says, relative to it", "data-dir: a", {}, "/cfg/a"],
    ["none where that is written", "data-dir: none", { env: { HOME: "/home/x" } }, null],
    ["none where the command line says so", "data-dir: a", { dataDir: "none" }, null],
    ["the first that systemd names", "{}", { env: { STATE_DIRECTORY: "/var/lib/a:/b", HOME: "/x" } }, "/var/lib/a"],
    ["below $XDG_STATE_HOME", "{}", { env: { XDG_STATE_HOME: "/s", HOME: "/home/x" } }, "/s/haprobe"],
    ["below the home", "{}", { env: { XDG_STATE_HOME: "relative", HOME: "/home/x" } }, "/home/x/.local/state/haprobe"],
    ["none without a home", "{}", { env: {} }, null],
  ])("%s", (_where, text, request, expected) => {
    expect(settingsOf(loadText(text, request)).dataDir).toBe(expected);
  });
});

test("the URL of a database may be in a file", () => {
  const loaded = loadText("database-file: db.url", {}, { "/cfg/db.url": "postgres://db/haprobe" });
  expect(settingsOf(loaded).database).toEqual({ kind: "file", path: "/cfg/db.url" });
});

describe("the URL of a database", () => {
  test.each([
    ["mysql://u:hunter2@db/haprobe", "database does not begin with postgres://"],
    ["postgres://u:1/hunter2@db/haprobe", "database has an @ after its host"],
    ["postgres://u:hunter2@db:x/haprobe", "database is no URL"],
  ])("is refused without being repeated: %s", (url, message) => {
    const [error = ""] = errorTextsOf(loadText(`database: "${url}"`));
    expect(error).toContain(message);
    expect(error).not.toContain("hunter2");
  });

  test.each(["postgres://haprobe@/haprobe?host=/run/postgresql", "postgresql:///haprobe?host=/run/postgresql"])(
    "may name a UNIX socket: %s",
    (url) => {
      expect(settingsOf(loadText(`database: "${url}"`)).database).toEqual({ kind: "url", url });
    },
  );

  test("stands in one place only", () => {
    expect(errorTextsOf(loadText("database: postgres://db/a\ndatabase-file: b"))).toEqual([
      "haprobe.yaml:2:1: database-file is there beside database; keep one of the two",
    ]);
  });
});

describe("stats may be written as", () => {
  const unix = { kind: "unix", path: "/run/haproxy/admin.sock" };
  const PAGE = { kind: "page", host: "10.0.0.2", port: 80, path: "/stats", login: null, headers: {}, tls: null };
  const text = (password: string) => ({ kind: "text", text: password });
  test.each([
    ["unix:/run/haproxy/admin.sock", unix],
    ["unix:///run/haproxy/admin.sock", unix],
    ["unix@/run/haproxy/admin.sock", unix],
    ["abns@haproxy.stats", { kind: "abns", name: "haproxy.stats" }],
    ["/run/haproxy/admin.sock", unix],
    ["tcp://10.0.0.2:9999", { kind: "tcp", host: "10.0.0.2", port: 9999 }],
    ["tcp:10.0.0.2:9999", { kind: "tcp", host: "10.0.0.2", port: 9999 }],
    ["tcp://lb.example.org:9999/", { kind: "tcp", host: "lb.example.org", port: 9999 }],
    ["ipv4@10.0.0.2:9999", { kind: "tcp", host: "10.0.0.2", port: 9999 }],
    ["tcp://[2001:db8::1]:9999", { kind: "tcp", host: "2001:db8::1", port: 9999 }],
    ["tls://lb.example.org:9999", { kind: "tls", host: "lb.example.org", port: 9999, tls: DEFAULT_TLS }],
    ["unix-master:/run/haproxy/master.sock", { kind: "unix-master", path: "/run/haproxy/master.sock" }],
    ["unix-master:///run/haproxy/master.sock", { kind: "unix-master", path: "/run/haproxy/master.sock" }],
    ["tcp-master://10.0.0.2:9999", { kind: "tcp-master", host: "10.0.0.2", port: 9999 }],
    ["http://10.0.0.2:8404/stats", { ...PAGE, port: 8404 }],
    ["http://10.0.0.2/haproxy?stats", { ...PAGE, path: "/haproxy?stats" }],
    ["http://10.0.0.2", { ...PAGE, path: "/" }],
    ["http://10.0.0.2?stats", { ...PAGE, path: "/?stats" }],
    ["https://[::1]:8404/;csv", { ...PAGE, host: "::1", port: 8404, path: "/;csv", tls: DEFAULT_TLS }],
    [
      "https://ops@10.0.0.2/stats",
      { ...PAGE, port: 443, tls: DEFAULT_TLS, login: { user: "ops", password: text("") } },
    ],
    ["http://o%40x:p%3A%2F@10.0.0.2/stats", { ...PAGE, login: { user: "o@x", password: text("p:/") } }],
    ["http://ops:a:b%40c@10.0.0.2/stats", { ...PAGE, login: { user: "ops", password: text("a:b@c") } }],
  ])("%s", (stats, address) => {
    expect(settingsOf(loadText(`haproxy: [{name: a, stats: "${stats}"}]`)).instances[0]?.stats).toEqual(address);
  });
});

describe("a body may be expected to", () => {
  test.each([
    ["be a text, without space around it", "' ok '", { kind: "equals", text: "ok" }],
    ["be a number", "1", { kind: "equals", text: "1" }],
    ["be empty", '""', { kind: "equals", text: "" }],
    ["be a path", "/healthz", { kind: "equals", text: "/healthz" }],
    ["match a pattern", "/^o.k$/", { kind: "matches", pattern: "^o.k$" }],
    ["match a pattern of its own flags", "/(?i)ok/", { kind: "matches", pattern: "(?i)ok" }],
    ["contain a text", "{contains: ok}", { kind: "contains", text: "ok" }],
  ])("%s: %s", (_rule, body, expected) => {
    const [rule] = settingsOf(loadText(`probes: [{http: {expect: {body: ${body}}}}]`)).rules;
    expect(rule?.probe?.type === "http" && rule.probe.expect.body).toEqual(expected);
  });
});

test("an alias has the value of its anchor", () => {
  const text = `
probes:
  - match: {backend: a}
    http: &apiserver {path: /readyz, server-name: kubernetes}
  - match: {backend: b}
    http: *apiserver
`;
  const [a, b] = settingsOf(loadText(text)).rules;
  expect(b?.probe).toEqual(a?.probe);
});

test.each([
  ["{}", "open"],
  ["auth: {tokens: [{name: a, role: viewer, token-file: t}]}", "open"],
  [
    "listen: 0.0.0.0:8405\nlisten-insecurely: true\nauth: {tokens: [{name: a, role: viewer, token-file: t}]}",
    "signed-in",
  ],
  [
    "listen: 0.0.0.0:8405\nlisten-insecurely: true\nauth: {reading: open, tokens: [{name: a, role: viewer, token-file: t}]}",
    "open",
  ],
  ["auth: {tokens: [{name: a, scopes: [read], token-file: t}]}", "signed-in"],
])("reading after %j is %s", (text, reading) => {
  expect(settingsOf(loadText(text)).auth.reading).toBe(reading);
});
