import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatsAddress, StatsPage, StatsTls } from "../../server/contract/settings.ts";
import type { ServerView } from "../../server/contract/view.ts";
import { type CertificateAuthority, makeAuthority } from "../support/certificates.ts";
import { freePort, type RealHaproxy, startHaproxy, haproxyBinaries } from "../support/real-haproxy.ts";
import { findServer, PollerRecorder } from "./poller-recorder.ts";
import { startHttpServer, type TestServer } from "./test-servers.ts";

const NO_FILES: StatsTls = { serverName: null, caFile: null, clientCertFile: null, clientKeyFile: null, verify: true };
const PASSWORD = "s3:cr@t ü";

/** HAProxy's stats endpoints, each on its own port. */
const STATS_ENDPOINTS = [
  "plain",
  "tls",
  "mutual",
  "page",
  "legends",
  "secure",
  "guarded",
  "scoped",
  "query",
  "gzip",
  "denied",
  "redirected",
] as const;
type StatsEndpoint = (typeof STATS_ENDPOINTS)[number];

describe.each(haproxyBinaries())("$name", ({ binary }) => {
  let haproxy: RealHaproxy;
  let web: TestServer;
  let authority: CertificateAuthority;
  const abstractName = `haprobe-test-${process.pid}`;
  const port = {} as Record<StatsEndpoint, number>;

  const config = (dir: string): string => `
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  timeout check 2s
listen page
  bind 127.0.0.1:${port.page}
  stats enable
  stats uri /stats
listen legends
  bind 127.0.0.1:${port.legends}
  stats enable
  stats uri /admin/haproxy
  stats show-legends
  stats refresh 5s
listen secure
  bind 127.0.0.1:${port.secure} ssl crt ${dir}/server.pem ca-file ${dir}/ca.pem verify optional
  stats enable
  stats uri /
  stats show-legends
  stats auth ops:${PASSWORD.replace(" ", "\\ ")}
listen guarded
  bind 127.0.0.1:${port.guarded}
  stats enable
  stats uri /stats
  stats show-legends
  stats auth ops:${PASSWORD.replace(" ", "\\ ")}
listen scoped
  bind 127.0.0.1:${port.scoped}
  stats enable
  stats uri /stats
  stats scope web
  stats show-legends
listen query
  bind 127.0.0.1:${port.query}
  stats enable
  stats uri /haproxy?stats
  stats show-legends
listen gzip
  bind 127.0.0.1:${port.gzip}
  stats enable
  stats uri /stats
  compression algo gzip
  compression type text/plain
listen denied
  bind 127.0.0.1:${port.denied}
  stats enable
  stats uri /stats
  stats http-request deny
listen redirected
  bind 127.0.0.1:${port.redirected}
  http-request redirect location https://user:pass@elsewhere.example/stats?token=abc
listen tls
  mode tcp
  bind 127.0.0.1:${port.tls} ssl crt ${dir}/server.pem
  server runtime-api unix@${dir}/user.sock
listen mutual
  mode tcp
  bind 127.0.0.1:${port.mutual} ssl crt ${dir}/server.pem ca-file ${dir}/ca.pem verify required
  server runtime-api unix@${dir}/admin.sock
backend web
  option httpchk GET /readyz
  default-server inter 50ms rise 2 fall 3
  server s1 127.0.0.1:${web.port} check
  server s2 127.0.0.9:1 check
  server unresolved nosuch.invalid:80 init-addr none
backend web-2
  option httpchk GET /readyz
  server BACKEND 127.0.0.1:${web.port} check inter 50ms
  server offset 127.0.0.1:-10
`;

  beforeAll(async () => {
    authority = await makeAuthority();
    const own = await authority.issue({ names: ["haproxy.example"] });
    const client = await authority.issue({ names: ["haprobe"] });
    web = await startHttpServer(() => 200);
    for (const endpoint of STATS_ENDPOINTS) port[endpoint] = await freePort();
    haproxy = await startHaproxy({
      ...(binary === undefined ? {} : { binary }),
      master: true,
      tcp: true,
      files: {
        "server.pem": `${own.cert}\n${own.key}`,
        "ca.pem": authority.ca,
        "other-ca.pem": (await makeAuthority("another CA")).ca,
        "client.crt": client.cert,
        "client.key": client.key,
        "client.pem": `${client.cert}\n${client.key}`,
        password: `${PASSWORD}\n`,
        broken: "not a certificate",
      },
      global: (dir) =>
        `stats socket ipv4@127.0.0.1:${port.plain} level user ssl crt ${dir}/server.pem\nstats socket abns@${abstractName} level user`,
      config,
    });
    await using ready = new PollerRecorder({ kind: "unix", path: haproxy.adminSocket });
    await ready.waitForSnapshot((s) => s.servers.every(({ check }) => check.status !== "INI"));
  });

  afterAll(async () => {
    await haproxy?.stop();
    await web?.[Symbol.asyncDispose]();
  });

  const tls = (more: Partial<StatsTls> = {}): StatsTls => ({
    ...NO_FILES,
    caFile: `${haproxy.dir}/ca.pem`,
    serverName: "haproxy.example",
    ...more,
  });
  const overTls = (endpoint: "plain" | "tls" | "mutual", more: Partial<StatsTls> = {}): StatsAddress => ({
    kind: "tls",
    host: "127.0.0.1",
    port: port[endpoint],
    tls: tls(more),
  });
  const page = (endpoint: StatsEndpoint, path = "/stats", more: Partial<StatsPage> = {}): StatsPage => ({
    kind: "page",
    host: "127.0.0.1",
    port: port[endpoint],
    path,
    login: null,
    headers: {},
    tls: null,
    ...more,
  });
  const login = { user: "ops", password: { kind: "text", text: PASSWORD } } as const;
  const loginByFile = () => ({ user: "ops", password: { kind: "file", path: `${haproxy.dir}/password` } }) as const;

  const SOURCES: [string, () => StatsAddress][] = [
    ["unix", () => ({ kind: "unix", path: haproxy.userSocket })],
    ["a socket in the abstract namespace", () => ({ kind: "abns", name: abstractName })],
    ["tcp", () => ({ kind: "tcp", host: "127.0.0.1", port: haproxy.tcpPort })],
    ["tls", () => overTls("tls")],
    [
      "tls with a client certificate",
      () =>
        overTls("mutual", { clientCertFile: `${haproxy.dir}/client.crt`, clientKeyFile: `${haproxy.dir}/client.key` }),
    ],
    ["tls with both in one file", () => overTls("mutual", { clientCertFile: `${haproxy.dir}/client.pem` })],
    ["tls without verifying", () => overTls("tls", { caFile: null, serverName: null, verify: false })],
    ["the master's socket", () => ({ kind: "unix-master", path: haproxy.masterSocket })],
    ["the stats page", () => page("legends", "/admin/haproxy")],
    ["the stats page with a browser's URL", () => page("legends", "/admin/haproxy;norefresh")],
    ["the stats page in a query", () => page("query", "/haproxy?stats")],
    ["the stats page with a password", () => page("guarded", "/stats", { login })],
    ["the stats page with a password in a file", () => page("guarded", "/stats", { login: loginByFile() })],
    [
      "the stats page with a custom header",
      () =>
        page("guarded", "/stats", {
          headers: { Authorization: `Basic ${Buffer.from(`ops:${PASSWORD}`).toString("base64")}` },
        }),
    ],
    ["the stats page over https", () => page("secure", "/", { tls: tls(), login })],
  ];

  describe("each source gives the same servers", () => {
    /** What is stable between two polls, and the same in all sources. */
    const stable = (view: ServerView): object => ({
      name: `${view.backend}/${view.server}`,
      state: view.state,
      address: view.address,
      check: view.check.status,
      weight: view.weight,
    });

    test.each(SOURCES)("%s", async (_, address) => {
      await using recorder = new PollerRecorder(address());
      const snapshot = await Promise.race([
        recorder.waitForSnapshot((s) => s.scope === "all"),
        recorder.failure().then((failure) => Promise.reject(new Error(`${failure.code}: ${failure.message}`))),
      ]);
      // The stats page has no DNS names.
      const unresolved = address().kind === "page" ? "none" : "unresolved";
      const address1 = (host: string, at: number) => ({ kind: "ip", host, port: at });
      expect(snapshot.servers.filter(({ backend }) => backend.startsWith("web")).map(stable)).toEqual([
        { name: "web/s1", state: "up", address: address1("127.0.0.1", web.port), check: "L7OK", weight: 1 },
        { name: "web/s2", state: "down", address: address1("127.0.0.9", 1), check: "L4CON", weight: 1 },
        { name: "web/unresolved", state: "maint", address: { kind: unresolved }, check: null, weight: 1 },
        { name: "web-2/BACKEND", state: "up", address: address1("127.0.0.1", web.port), check: "L7OK", weight: 1 },
        { name: "web-2/offset", state: "no-check", address: address1("127.0.0.1", 0), check: null, weight: 1 },
      ]);
      const ofPages = address().kind === "page" ? [{ code: "no-process" }] : [];
      const noPort = { code: "no-port", examples: ["web-2/offset"], count: 1 };
      expect(snapshot.hints).toMatchObject([...ofPages, noPort]);
      expect(snapshot.backends.map(({ backend }) => backend)).toEqual(
        expect.arrayContaining(["web", "web-2", "page", "legends"]),
      );
      if (address().kind === "page") expect(snapshot.info).toBeNull();
      else expect(snapshot.info).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), stopping: false });
      // Later polls keep the addresses of an earlier one.
      await recorder.waitForSnapshot(() => recorder.snapshots.length > 3);
      expect(recorder.failures).toEqual([]);
      expect(recorder.snapshots.at(-1)?.epoch, "haprobe's own requests begin no epoch").toBe(snapshot.epoch);
    });

    test.each(SOURCES)("and an early poll those of one backend: %s", async (_, address) => {
      await using idle = new PollerRecorder(address(), 60_000);
      await idle.waitForSnapshot(() => true);
      idle.poller.pollSoon("web");
      const snapshot = await idle.waitForSnapshot((s) => s.scope !== "all");
      expect(snapshot.scope).toEqual({ backend: "web" });
      expect(snapshot.servers.map(({ server }) => server)).toEqual(["s1", "s2", "unresolved"]);
      expect(snapshot.backends.map(({ backend }) => backend)).toEqual(["web"]);
      expect(idle.failures).toEqual([]);
    });
  });

  describe("the stats page", () => {
    test("without `stats show-legends` has no addresses, and the hint has the line to add", async () => {
      await using recorder = new PollerRecorder(page("page"));
      const snapshot = await recorder.waitForSnapshot(() => true);
      expect(snapshot.servers.map(({ address }) => address.kind)).toEqual(Array(7).fill("none"));
      expect(snapshot.hints).toMatchObject([
        { code: "no-process" },
        { code: "no-addresses", count: 7, remedy: expect.stringContaining("`stats show-legends`") },
      ]);
    });

    test("with `stats scope` has those backends only", async () => {
      await using recorder = new PollerRecorder(page("scoped"));
      const snapshot = await recorder.waitForSnapshot(() => true);
      expect(new Set(snapshot.servers.map(({ backend }) => backend))).toEqual(new Set(["web"]));
      recorder.poller.pollSoon("web");
      expect((await recorder.waitForSnapshot((s) => s.scope !== "all")).servers).toHaveLength(3);
    });

    test("may be limited by a scope", async () => {
      await using recorder = new PollerRecorder(page("legends", "/admin/haproxy?scope=web-2"));
      expect((await recorder.waitForSnapshot(() => true)).servers.map(({ server }) => server)).toEqual([
        "BACKEND",
        "offset",
      ]);
    });

    const wrong: [string, string, () => StatsAddress, RegExp][] = [
      ["HAPROBE_STATS_UNAUTHORIZED", "no password", () => page("guarded"), /requires a user and password/],
      [
        "HAPROBE_STATS_UNAUTHORIZED",
        "a wrong password",
        () => page("guarded", "/stats", { login: { user: "ops", password: { kind: "text", text: "wr0ng" } } }),
        /rejects the user and password/,
      ],
      ["HAPROBE_STATS_NO_PAGE", "another path", () => page("page", "/nothing"), /status 503/],
      ["HAPROBE_STATS_PAGE_DENIED", "a rule that denies", () => page("denied"), /status 403/],
      [
        "HAPROBE_STATS_REDIRECTED",
        "a redirect",
        () => page("redirected"),
        /redirects to https:\/\/elsewhere\.example\/stats \(/,
      ],
      [
        "HAPROBE_STATS_UNTRUSTED",
        "another authority",
        () => page("secure", "/", { tls: tls({ caFile: `${haproxy.dir}/other-ca.pem` }), login }),
        /not trusted/,
      ],
      [
        "HAPROBE_STATS_TLS_FAILED",
        "https on a port of http",
        () => page("page", "/stats", { tls: tls() }),
        /speaks plain text instead of TLS/,
      ],
      ["HAPROBE_STATS_TRUNCATED", "http on a port of https", () => page("secure", "/"), /after 0 bytes/],
      [
        "HAPROBE_STATS_TLS_FAILED",
        "the page of a stats socket over TLS",
        () => overTls("mutual"),
        /client certificate/,
      ],
      [
        "HAPROBE_STATS_UNTRUSTED",
        "a certificate of another name",
        () => overTls("tls", { serverName: null }),
        /not trusted: .*127\.0\.0\.1/,
      ],
      ["HAPROBE_STATS_UNTRUSTED", "the system's authorities", () => overTls("tls", { caFile: null }), /not trusted/],
      [
        "HAPROBE_STATS_FILE_UNREADABLE",
        "a ca-file that is not there",
        () => overTls("tls", { caFile: "/nowhere/ca.pem" }),
        /ca-file: .*\/nowhere\/ca\.pem/,
      ],
      [
        "HAPROBE_STATS_FILE_UNREADABLE",
        "a ca-file that holds none",
        () => overTls("tls", { caFile: `${haproxy.dir}/broken` }),
        /ca-file: .* does not begin with a certificate/,
      ],
      [
        "HAPROBE_STATS_FILE_UNREADABLE",
        "a client certificate without its key",
        () => overTls("tls", { clientCertFile: `${haproxy.dir}/client.crt` }),
        /client-cert-file and client-key-file: /,
      ],
      [
        "HAPROBE_STATS_FILE_UNREADABLE",
        "a password-file that is a folder",
        () => page("guarded", "/stats", { login: { user: "ops", password: { kind: "file", path: haproxy.dir } } }),
        /password-file: /,
      ],
      [
        "HAPROBE_STATS_NOT_HAPROXY",
        "the stats page of a stats socket",
        () => page("page", "/stats", { port: haproxy.tcpPort }),
        /not HTTP but that of a Runtime API, whose address is `tcp:/,
      ],
      [
        "HAPROBE_STATS_UNKNOWN_COMMAND",
        "the master's socket as if it were a worker's",
        () => ({ kind: "unix", path: haproxy.masterSocket }),
        /does not know/,
      ],
      [
        "HAPROBE_STATS_UNKNOWN_COMMAND",
        "a worker's socket as if it were the master's",
        () => ({ kind: "unix-master", path: haproxy.userSocket }),
        /does not know/,
      ],
    ];
    test.each(wrong)("%s: %s", async (code, _, address, message) => {
      await using recorder = new PollerRecorder(address());
      const failure = await recorder.failure();
      expect([failure.code, failure.message]).toEqual([code, expect.stringMatching(message)]);
      expect(failure.message).not.toMatch(/wr0ng|s3:cr|user:pass|token/);
      expect(recorder.snapshots).toEqual([]);
    });

    test("is requested uncompressed where HAProxy would compress it", async () => {
      await using recorder = new PollerRecorder(page("gzip"));
      expect((await recorder.waitForSnapshot(() => true)).servers).toHaveLength(7);
    });
  });

  describe("a reload", () => {
    const checked: [string, () => StatsAddress][] = [
      ["the master's socket", () => ({ kind: "unix-master", path: haproxy.masterSocket })],
      ["the stats page, which has no process", () => page("legends", "/admin/haproxy")],
    ];
    test.each(checked)("begins a new epoch, and the old worker is not recorder: %s", async (_, address) => {
      await using recorder = new PollerRecorder(address());
      // The stats page counts its polls, and a new process is known by a lower count.
      const counted = 5;
      const before = await recorder.waitForSnapshot(
        (s) => findServer(s, "web/s1").check.status === "L7OK" && recorder.snapshots.length >= counted,
      );
      await haproxy.reload();
      const after = await recorder.waitForSnapshot((s) => s.epoch !== before.epoch);
      expect(after.servers).toHaveLength(7);
      if (after.info !== null) expect(after.info.pid).not.toBe(before.info?.pid);
      const settled = await recorder.waitForSnapshot((s) => findServer(s, "web/s1").check.status === "L7OK");
      expect(settled.epoch, "one reload, one epoch").toBe(after.epoch);
    });
  });
});
