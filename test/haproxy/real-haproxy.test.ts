import { once } from "node:events";
import { rm } from "node:fs/promises";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatsAddress } from "../../server/contract/settings.ts";
import type { ServerView } from "../../server/contract/view.ts";
import { createPoller, type PolledSnapshot, type PollFailure } from "../../server/haproxy/poller.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { findServer, instanceWithStats, PollerRecorder } from "./poller-recorder.ts";
import { startHttpServer, startLineServer, type TestServer } from "./test-servers.ts";

const DEFAULTS = `
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  timeout check 2s
`;

/** Removes the next answer; a null stays. */
function nextOf(answers: (number | null)[], usual: number): number | null {
  const [next] = answers;
  if (next === undefined) return usual;
  if (next !== null) answers.shift();
  return next;
}

const unix = (path: string): StatsAddress => ({ kind: "unix", path });

describe("a HAProxy with a server in every state", () => {
  let haproxy: RealHaproxy;
  let good: TestServer;
  let bad: TestServer;
  let goingDown: TestServer;
  let comingUp: TestServer;
  let leaving: TestServer;
  let agent: TestServer;
  let recorder: PollerRecorder;
  let leavingStatus = 200;
  /** Next statuses of the counting servers; null answers no further check, which holds the count. */
  const goingDownNext: (number | null)[] = [];
  const comingUpNext: (number | null)[] = [];

  beforeAll(async () => {
    good = await startHttpServer(() => 200);
    bad = await startHttpServer(() => 503);
    goingDown = await startHttpServer(() => nextOf(goingDownNext, 200));
    comingUp = await startHttpServer(() => nextOf(comingUpNext, 500));
    leaving = await startHttpServer(() => leavingStatus);
    agent = await startLineServer(() => "down # disk full");
    haproxy = await startHaproxy({
      tcp: true,
      config: (dir) => `${DEFAULTS}
backend web
  option httpchk GET /readyz
  default-server inter 50ms rise 2 fall 3
  server up 127.0.0.1:${good.port} check
  server failing 127.0.0.1:${bad.port} check
  server refused 127.0.0.9:1 check
  server disabled 127.0.0.1:${good.port} check disabled
  server drained 127.0.0.1:${good.port} check
  server weightless 127.0.0.1:${good.port} check weight 0
  server spare 127.0.0.1:${good.port} check backup
  server elsewhere 127.0.0.9:1 check port ${good.port} addr 127.0.0.1
  server same-place 127.0.0.1:${good.port} check port ${good.port} addr 127.0.0.1
backend counting
  timeout check 60s
  option httpchk GET /readyz
  default-server inter 50ms rise 2 fall 3
  server going-down 127.0.0.1:${goingDown.port} check
  server coming-up 127.0.0.1:${comingUp.port} check
backend web-with-404
  option httpchk GET /readyz
  http-check disable-on-404
  server leaving 127.0.0.1:${leaving.port} check inter 50ms
backend stream
  mode tcp
  server port-only 127.0.0.1:${bad.port} check inter 50ms
  server unchecked 127.0.0.9:1
  server no-port 127.0.0.1
  server v6 [::1]:80
  server anywhere 0.0.0.0:80
  server file unix@${dir}/no.sock
  server follows 127.0.0.1:80 track web/up
  server follows-disabled 127.0.0.1:80 track web/disabled
  server unresolved nosuch.invalid:80 init-addr none
  server agent-says-down 127.0.0.1:${good.port} agent-check agent-port ${agent.port} agent-inter 50ms
backend -1
  server __proto__ 127.0.0.1:81
  server BACKEND 127.0.0.1:82
  server -1 127.0.0.1:83
`,
    });
    recorder = new PollerRecorder(unix(haproxy.adminSocket));
    await haproxy.command("set server web/drained state drain");
    await recorder.waitForSnapshot(
      (s) => s.servers.every(({ check }) => check.status !== "INI") && findServer(s, "stream/agent-says-down").byAgent,
    );
  });

  afterAll(async () => {
    await recorder?.[Symbol.asyncDispose]();
    await haproxy?.stop();
    for (const one of [good, bad, goingDown, comingUp, leaving, agent]) await one?.[Symbol.asyncDispose]();
  });

  const now = (): Promise<PolledSnapshot> => recorder.waitForSnapshot((snapshot) => snapshot.scope === "all");

  test("a snapshot has the process and the backends", async () => {
    const snapshot = await now();
    expect(snapshot.info).toMatchObject({
      pid: haproxy.pid,
      stopping: false,
      version: expect.stringMatching(/^\d+\.\d+/),
    });
    expect(snapshot.info?.startTimeSeconds).toBeGreaterThan(Date.now() / 1_000 - 60);
    expect(snapshot.backends.map(({ backend, mode, status }) => [backend, mode, status])).toEqual([
      ["web", "http", "UP"],
      ["counting", "http", "UP"],
      ["web-with-404", "http", "UP"],
      ["stream", "tcp", "UP"],
      ["-1", "http", "UP"],
    ]);
    expect(snapshot.hints).toMatchObject([{ code: "no-port", examples: ["stream/no-port"], count: 1 }]);
  });

  test.each<[string, object]>([
    [
      "web/up",
      {
        status: "UP",
        state: "up",
        counting: null,
        mode: "http",
        weight: 1,
        check: { status: "L7OK", code: 200, rise: 2, fall: 3, health: 4 },
      },
    ],
    [
      "web/failing",
      { state: "down", counting: null, check: { status: "L7STS", code: 503, text: "Service Unavailable", health: 0 } },
    ],
    [
      "web/refused",
      { state: "down", check: { status: "L4CON", code: null, text: expect.stringContaining("Connection refused") } },
    ],
    ["web/disabled", { status: "MAINT", state: "maint", check: { status: null, code: null, text: "", rise: null } }],
    ["web/drained", { state: "drain", check: { status: "L7OK" } }],
    ["web/weightless", { state: "up", weight: 0 }],
    ["web/spare", { state: "up", backup: true }],
    ["web/elsewhere", { state: "up", checkElsewhere: true, address: { kind: "ip", host: "127.0.0.9", port: 1 } }],
    ["web/same-place", { state: "up", checkElsewhere: false }],
    ["stream/port-only", { mode: "tcp", state: "up", check: { status: "L4OK", code: null }, responses5xx: null }],
    ["stream/unchecked", { status: "no check", state: "no-check", check: { status: null } }],
    ["stream/no-port", { address: { kind: "ip", host: "127.0.0.1", port: 0 } }],
    ["stream/v6", { address: { kind: "ip", host: "::1", port: 80 } }],
    ["stream/anywhere", { address: { kind: "none" } }],
    ["stream/file", { address: { kind: "unix" } }],
    ["stream/follows", { status: "UP", tracked: "web/up", check: { status: null } }],
    ["stream/follows-disabled", { status: "MAINT (via web/disabled)", state: "maint", tracked: "web/disabled" }],
    ["stream/unresolved", { state: "maint", address: { kind: "unresolved" }, fqdn: "nosuch.invalid" }],
    ["stream/agent-says-down", { status: "DOWN (agent)", state: "down", byAgent: true, agentStatus: "L7STS" }],
    ["-1/__proto__", { address: { kind: "ip", host: "127.0.0.1", port: 81 } }],
    ["-1/BACKEND", { address: { kind: "ip", host: "127.0.0.1", port: 82 } }],
    ["-1/-1", { address: { kind: "ip", host: "127.0.0.1", port: 83 } }],
  ])("%s", async (name, expected) => {
    const snapshot = await recorder.waitForSnapshot((s) => !findServer(s, name).check.running);
    expect(findServer(snapshot, name)).toMatchObject(expected);
  });

  test("the words of an agent are kept while HAProxy asks it again", async () => {
    const agentText = "via agent : down (disk full)";
    await recorder.waitForSnapshot((s) => findServer(s, "stream/agent-says-down").agentText === agentText);
    const from = recorder.snapshots.length;
    await recorder.waitForSnapshot(() => recorder.snapshots.length >= from + 20);
    const texts = recorder.snapshots.slice(from).map((s) => findServer(s, "stream/agent-says-down").agentText);
    expect(new Set(texts)).toEqual(new Set([agentText]));
  });

  test("a failing server counts down", async () => {
    goingDownNext.push(500, null);
    const snapshot = await recorder.waitForSnapshot((s) => findServer(s, "counting/going-down").counting !== null);
    expect(findServer(snapshot, "counting/going-down")).toMatchObject({
      status: "UP 2/3",
      state: "up",
      counting: { n: 2, of: 3 },
      check: { health: 3 },
    });
  });

  test("a recovering server counts up", async () => {
    comingUpNext.push(200, null);
    const snapshot = await recorder.waitForSnapshot((s) => findServer(s, "counting/coming-up").counting !== null);
    expect(findServer(snapshot, "counting/coming-up")).toMatchObject({
      status: "DOWN 1/2",
      state: "down",
      counting: { n: 1, of: 2 },
      check: { health: 1 },
    });
  });

  test("a server with status 404 gets no new traffic (disable-on-404)", async () => {
    leavingStatus = 404;
    const snapshot = await recorder.waitForSnapshot((s) => findServer(s, "web-with-404/leaving").status === "NOLB");
    expect(findServer(snapshot, "web-with-404/leaving")).toMatchObject({ state: "nolb", check: { status: "L7OKC" } });
  });

  test("level admin and level user, UNIX and TCP give the same servers, with their addresses", async () => {
    await using user = new PollerRecorder(unix(haproxy.userSocket));
    await using tcp = new PollerRecorder({ kind: "tcp", host: "127.0.0.1", port: haproxy.tcpPort });
    const lasting = (view: ServerView): object => ({
      ...view,
      check: view.check.status,
      // HAProxy clears it while it asks the agent.
      agentText: "any",
      lastChangeSeconds: "any",
    });
    const views = async (one: PollerRecorder): Promise<object[]> =>
      (await one.waitForSnapshot((s) => s.scope === "all")).servers.map(lasting);
    const admin = (await now()).servers.map(lasting);
    expect(admin).toHaveLength(25);
    expect(await views(user), "user").toEqual(admin);
    expect(await views(tcp), "TCP").toEqual(admin);
    // Later polls keep the addresses of an earlier one.
    await user.waitForSnapshot(() => user.snapshots.length > 3);
    expect(await views(user), "user, later").toEqual(admin);
  });

  test.each(["web", "stream", "-1"])("an early poll of %s gives the servers of that backend", async (backend) => {
    // A poll of everything would replace the early poll: here none is due.
    await using idle = new PollerRecorder(unix(haproxy.userSocket), 60_000);
    await idle.waitForSnapshot(() => true);
    idle.poller.pollSoon(backend);
    const snapshot = await idle.waitForSnapshot((s) => s.scope !== "all");
    expect(snapshot.scope).toEqual({ backend });
    const names = (servers: readonly ServerView[]): string[] => servers.map(({ server }) => server);
    expect(names(snapshot.servers)).toEqual(names((await now()).servers.filter((view) => view.backend === backend)));
  });

  test("a changed address is detected, at level user as soon as the server returns from maintenance", async () => {
    await using user = new PollerRecorder(unix(haproxy.userSocket), 60_000);
    await user.waitForSnapshot(() => true);
    await haproxy.command("set server stream/unchecked state maint");
    user.poller.pollSoon("stream");
    await user.waitForSnapshot((s) => findServer(s, "stream/unchecked").state === "maint");
    await haproxy.command("set server stream/unchecked addr 127.0.0.9 port 999");
    await haproxy.command("set server stream/unchecked state ready");
    user.poller.pollSoon("stream");
    const address = { kind: "ip", host: "127.0.0.9", port: 999 };
    expect(
      findServer(
        await user.waitForSnapshot((s) => findServer(s, "stream/unchecked").state !== "maint"),
        "stream/unchecked",
      ).address,
    ).toEqual(address);
    expect(
      findServer(
        await recorder.waitForSnapshot((s) => findServer(s, "stream/unchecked").state !== "maint"),
        "stream/unchecked",
      ).address,
    ).toEqual(address);
  });
});

describe("while a check runs", () => {
  test("its last result keeps code and text", async () => {
    let answering = true;
    await using web = await startHttpServer(() => (answering ? 503 : null));
    await using haproxy = await startHaproxy({
      config: `${DEFAULTS}
backend web
  option httpchk GET /readyz
  server s 127.0.0.1:${web.port} check inter 50ms
`,
    });
    await using recorder = new PollerRecorder(unix(haproxy.adminSocket));
    await recorder.waitForSnapshot((s) => findServer(s, "web/s").check.status === "L7STS");
    answering = false;
    const { check } = findServer(await recorder.waitForSnapshot((s) => findServer(s, "web/s").check.running), "web/s");
    expect(check).toMatchObject({ status: "L7STS", code: 503, text: "Service Unavailable" });
  });
});

describe("a new process, or reset counters", () => {
  test("a reload begins a new epoch, in which unchecked servers are INI", async () => {
    await using web = await startHttpServer(() => 500);
    const config = (inter: string): string => `${DEFAULTS}
backend web
  option httpchk GET /readyz
  default-server inter ${inter}
  server a 127.0.0.1:${web.port} check
  server b 127.0.0.1:${web.port} check
`;
    await using haproxy = await startHaproxy({ config: config("50ms") });
    await using recorder = new PollerRecorder(unix(haproxy.userSocket));
    const before = await recorder.waitForSnapshot((s) => findServer(s, "web/b").state === "down");
    // HAProxy spreads checks over the interval: the second server's first one is due in 30 s.
    await haproxy.reload(config("60s"));
    const after = await recorder.waitForSnapshot((s) => s.epoch !== before.epoch);
    expect(after.info?.pid).toBe(haproxy.pid);
    expect(findServer(after, "web/b")).toMatchObject({
      state: "up",
      counting: { n: 1, of: 3 },
      check: { status: "INI" },
      address: { kind: "ip", port: web.port },
    });
    expect(recorder.failures).toEqual([]);
  });

  test("`clear counters all` begins a new epoch of the same process", async () => {
    await using web = await startHttpServer(() => 200);
    await using haproxy = await startHaproxy({
      config: (dir) => `${DEFAULTS}
listen web
  bind unix@${dir}/web.sock
  server s 127.0.0.1:${web.port}
`,
    });
    await using recorder = new PollerRecorder(unix(haproxy.userSocket));
    const asked = request({ socketPath: `${haproxy.dir}/web.sock`, path: "/" }).end();
    (await once(asked, "response"))[0].resume();
    const before = await recorder.waitForSnapshot((s) => findServer(s, "web/s").sessionsTotal === 1);
    await haproxy.command("clear counters all");
    const after = await recorder.waitForSnapshot((s) => s.epoch !== before.epoch);
    expect(after.info).toMatchObject({ pid: before.info?.pid, startTimeSeconds: before.info?.startTimeSeconds });
    expect(findServer(after, "web/s").sessionsTotal).toBe(0);
  });
});

describe("a HAProxy that is unavailable", () => {
  const config = `${DEFAULTS}\nbackend web\n  server s 127.0.0.9:1\n`;

  test("leaves its socket file after SIGKILL", async () => {
    await using haproxy = await startHaproxy({ config });
    await using recorder = new PollerRecorder(unix(haproxy.adminSocket));
    await recorder.waitForSnapshot(() => true);
    process.kill(haproxy.pid, "SIGKILL");
    expect(await recorder.failure()).toMatchObject({
      code: expect.stringMatching(/^HAPROBE_STATS_(REFUSED|TRUNCATED)$/),
    });
  });

  test("without its socket file", async () => {
    await using haproxy = await startHaproxy({ config });
    await using recorder = new PollerRecorder(unix(haproxy.adminSocket));
    await recorder.waitForSnapshot(() => true);
    await rm(haproxy.adminSocket);
    expect(await recorder.failure()).toMatchObject({ code: "HAPROBE_STATS_SOCKET_MISSING" });
  });

  test("is stopped (SIGSTOP): the kernel accepts the connection, the poll times out, and the next one succeeds", async () => {
    await using haproxy = await startHaproxy({ config });
    const clock = new FakeClock();
    const instance = instanceWithStats(unix(haproxy.adminSocket));
    const failed = Promise.withResolvers<PollFailure>();
    const back = Promise.withResolvers<PolledSnapshot>();
    const poller = createPoller({ instance, clock, onSnapshot: back.resolve, onFailure: failed.resolve });
    process.kill(haproxy.pid, "SIGSTOP");
    try {
      poller.start();
      await clock.advance(5_000);
      expect(await failed.promise).toMatchObject({ code: "HAPROBE_STATS_TIMED_OUT", at: 5_000 });
      process.kill(haproxy.pid, "SIGCONT");
      await clock.advance(0);
      expect((await back.promise).servers).toHaveLength(1);
    } finally {
      await poller.stop();
    }
  });
});

describe("a port of another protocol", () => {
  test("an HTTP port is not the Runtime API", async () => {
    await using web = await startHttpServer(() => 400);
    await using recorder = new PollerRecorder({ kind: "tcp", host: "127.0.0.1", port: web.port });
    expect(await recorder.failure()).toMatchObject({ code: "HAPROBE_STATS_NOT_HAPROXY" });
  });
});
