import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import {
  HTTPCHK,
  type TestBed,
  type TestBedPaths,
  renderSection,
  startTestBed,
  CHECK_INTERVALS,
  type StatsEndpoint,
} from "../support/test-bed.ts";
import { freePort, haproxyBinaries } from "../support/real-haproxy.ts";
import { type AgentServer, startAgentServer } from "./agent-server.ts";
import { repeatForInstances, flattenTable, readServers, verdictsByServer, verdictText } from "./verdict-text.ts";

const CHECK = `check ${CHECK_INTERVALS}`;
const TOKEN = "s3cret-token";
const ENDPOINTS = ["user", "page"] as const satisfies readonly StatsEndpoint[];

/** The stats page does not tell where a check goes: what is amiss there is settled as if the check went to the server itself. */
const UNSEEN_ON_PAGE: Readonly<Record<string, string>> = {
  "page/template/slot-1": "out-of-service template-slot, null",
  "page/template/slot-2": "out-of-service template-slot, null",
  "page/elsewhere/healthy": "agree-up, check-ok",
  "page/elsewhere/etcd": "false-up settling probe-answered-unhealthy, check-ok",
  "page/elsewhere/closed": "false-up settling probe-refused, check-ok",
  "page/tracked-from-afar/of-elsewhere": "false-up settling probe-refused, check-ok",
};

/** What an on-call engineer would say of each server, and what HAProxy's check of it is worth. */
const EXPECTED = {
  // HAProxy's check says hello without a certificate; TLS 1.3 refuses only after the handshake.
  "mutual-tls": { bare: "agree-up, check-blind" },
  "mutual-http": {
    uncertified: "false-down settling haproxy-check-failing, check-ok",
    certified: "agree-up, check-ok",
  },
  token: { bare: "agree-up, check-blind" },
  "token-http": { tokenless: "false-down settling haproxy-denied, check-ok" },
  "token-sent": { right: "agree-up, check-ok" },
  proxied: { header: "agree-up, check-blind" },
  "proxied-door": { behind: "agree-up, check-missing" },
  elsewhere: {
    healthy: "agree-up, check-elsewhere",
    etcd: "false-up settling probe-answered-unhealthy, check-elsewhere",
    closed: "false-up confirmed probe-refused, check-elsewhere",
  },
  tracked: {
    end: "false-up confirmed probe-answered-unhealthy, check-blind",
    first: "false-up confirmed probe-answered-unhealthy, check-blind",
    second: "false-up confirmed probe-answered-unhealthy, check-blind",
  },
  "tracked-down": {
    end: "agree-down probe-answered-unhealthy, check-ok",
    follower: "agree-down probe-answered-unhealthy, check-ok",
    "healthy-follower": "false-down settling check-asks-something-else, check-ok",
  },
  "error-accepted": { end: "false-up confirmed probe-answered-unhealthy, check-accepts-error" },
  "tracked-from-afar": {
    "of-error-accepted": "false-up confirmed probe-answered-unhealthy, check-accepts-error",
    "of-tokenless": "false-down settling haproxy-denied, check-ok",
    "of-elsewhere": "false-up confirmed probe-refused, check-elsewhere",
  },
  "tracked-off": { end: "out-of-service maintenance, null", follower: "out-of-service maintenance, null" },
  template: { "slot-1": "unknown name-unresolved, null", "slot-2": "unknown name-unresolved, null" },
  "backup-standby": {
    main: "agree-up, check-blind",
    spare: "false-up confirmed probe-answered-unhealthy, check-blind",
  },
  "backup-in-use": {
    main: "agree-down probe-refused, check-blind",
    spare: "false-up confirmed probe-answered-unhealthy, check-blind",
    "further-spare": "agree-up, check-blind",
  },
  agent: {
    down: "false-down settling haproxy-agent-down, check-blind",
    drain: "out-of-service drain, check-blind",
    maint: "out-of-service maintenance, check-blind",
    up: "false-up confirmed probe-answered-unhealthy, check-blind",
  },
  "agent-only": { up: "agree-up, check-once", down: "false-down settling haproxy-agent-down, check-once" },
  "plain-socket": { mapped: "agree-up, check-blind", unmapped: "unknown no-address, check-missing" },
};

const agentCheck = (port: number, server: string): string =>
  `agent-check agent-addr 127.0.0.1 agent-port ${port} agent-inter 300ms agent-send "${server}\\n"`;

function sections({ addressOf: at, dir }: TestBedPaths, agent: AgentServer, proxyPort: number): string {
  const token = HTTPCHK.lines.map((line) =>
    line.startsWith("http-check send") ? `${line} hdr Authorization "Bearer ${TOKEN}"` : line,
  );
  const withAgent = (backend: string, name: string, server: string, check = CHECK): string =>
    `server ${name} ${at(server)} ${check} ${agentCheck(agent.port, `${backend}/${name}`)}`;
  const backends: Readonly<Record<keyof typeof EXPECTED, readonly string[]>> = {
    "mutual-tls": [`server bare ${at("mutual")} check check-ssl verify none ${CHECK_INTERVALS}`],
    "mutual-http": [
      ...HTTPCHK.lines,
      `server uncertified ${at("mutual")} ${HTTPCHK.server}`,
      `server certified ${at("mutual")} ${HTTPCHK.server} crt ${dir}/client.pem`,
    ],
    token: [`server bare ${at("needs-token")} ${CHECK}`],
    "token-http": [...HTTPCHK.lines, `server tokenless ${at("needs-token")} ${HTTPCHK.server}`],
    "token-sent": [...token, `server right ${at("needs-token")} ${HTTPCHK.server}`],
    proxied: [`server header 127.0.0.1:${proxyPort} send-proxy-v2 check-send-proxy ${CHECK}`],
    "proxied-door": [`bind 127.0.0.1:${proxyPort} accept-proxy`, `server behind ${at("healthy")}`],
    elsewhere: [
      ...HTTPCHK.lines,
      ...["healthy", "etcd", "closed"].map(
        (name) => `server ${name} ${at(name)} ${HTTPCHK.server} port ${at("good-check").split(":")[1]}`,
      ),
    ],
    tracked: [
      `server end ${at("etcd")} ${CHECK}`,
      `server first ${at("etcd")} track tracked/end`,
      `server second ${at("etcd")} track tracked/first`,
    ],
    "tracked-down": [
      ...HTTPCHK.lines,
      `server end ${at("etcd")} ${HTTPCHK.server}`,
      `server follower ${at("etcd")} track tracked-down/end`,
      `server healthy-follower ${at("healthy")} track tracked-down/end`,
    ],
    "error-accepted": [
      "option httpchk GET /readyz",
      "http-check expect string ok",
      `server end ${at("etcd")} ${HTTPCHK.server}`,
    ],
    "tracked-from-afar": [
      `server of-error-accepted ${at("etcd")} track error-accepted/end`,
      `server of-tokenless ${at("healthy")} track token-http/tokenless`,
      `server of-elsewhere ${at("closed")} track elsewhere/closed`,
    ],
    "tracked-off": [
      `server end ${at("healthy")} ${CHECK} disabled`,
      `server follower ${at("healthy")} track tracked-off/end`,
    ],
    template: [`server-template slot- 2 nosuch.invalid:6443 ${CHECK} init-addr none`],
    "backup-standby": [`server main ${at("healthy")} ${CHECK}`, `server spare ${at("etcd")} ${CHECK} backup`],
    "backup-in-use": [
      `server main ${at("closed")} ${CHECK}`,
      `server spare ${at("etcd")} ${CHECK} backup`,
      `server further-spare ${at("healthy")} ${CHECK} backup`,
    ],
    agent: [
      withAgent("agent", "down", "healthy"),
      withAgent("agent", "drain", "healthy"),
      withAgent("agent", "maint", "healthy"),
      withAgent("agent", "up", "etcd"),
    ],
    "agent-only": [withAgent("agent-only", "up", "healthy", ""), withAgent("agent-only", "down", "healthy", "")],
    "plain-socket": [`server mapped ${at("app")} ${CHECK}`, `server unmapped ${at("app")}`],
  };
  return Object.entries(backends)
    .map(([name, lines]) =>
      renderSection(`${lines[0]?.startsWith("bind") ? "listen" : "backend"} ${name}`, ["mode tcp", ...lines]),
    )
    .join("\n");
}

const RULES = `
  - match: {backend: "mutual-*"}
    http: {path: /readyz, server-name: kubernetes, ca-file: ca.pem, client-cert-file: client.crt, client-key-file: client.key}
  - match: {backend: "token*"}
    http: {path: /readyz, server-name: kubernetes, ca-file: ca.pem, bearer-token-file: probe.token}
  - match: {backend: proxied}
    http: {path: /readyz, server-name: kubernetes, ca-file: ca.pem, proxy-protocol: v2}`;

describe.each(haproxyBinaries())("$name: servers that want something of their own", ({ binary }) => {
  let agent: AgentServer;
  let lab: TestBed;
  let haprobe: HaprobeProcess;
  beforeAll(async () => {
    agent = await startAgentServer({
      "agent/down": "down # the rack is being moved",
      "agent/drain": "drain",
      "agent/maint": "maint",
      "agent-only/down": "down # the rack is being moved",
    });
    const proxyPort = await freePort();
    lab = await startTestBed({
      binary,
      servers: [
        { name: "healthy", mode: "healthy" },
        { name: "good-check", mode: "healthy" },
        { name: "etcd", mode: "etcd" },
        { name: "closed", mode: "closed" },
        { name: "mutual", mode: "healthy", mutualTls: true },
        { name: "needs-token", mode: { kind: "needs-token", token: TOKEN } },
        { name: "app", mode: "healthy", plain: true, unix: true },
      ],
      extraSections: (places) => sections(places, agent, proxyPort),
    });
    await writeFile(join(lab.dir, "probe.token"), `${TOKEN}\n`);
    const addressMap = (instance: string): string[] => [
      `{from: ${instance}/plain-socket/mapped, to: "unix:${lab.dir}/app.sock"}`,
    ];
    haprobe = await startHaprobe(["--config", await lab.writeConfigFile(ENDPOINTS, { rules: RULES, addressMap })]);
  });
  afterAll(async () => {
    await haprobe?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
  });

  test("each is said right", async () => {
    const read = async (): Promise<Record<string, string>> =>
      verdictsByServer(await readServers(haprobe.url), (server) => `${verdictText(server)}, ${server.quality}`);
    await expect
      .poll(read, { timeout: 15_000, interval: 250 })
      .toEqual({ ...repeatForInstances(ENDPOINTS, flattenTable(EXPECTED)), ...UNSEEN_ON_PAGE });
  });

  test("a server that tracks another names it, and a slot without an address its name", async () => {
    const servers = await readServers(haprobe.url);
    const sentence = (key: string): string | undefined => servers.find((server) => server.key === key)?.sentence;
    expect(sentence("user/tracked/second")).toMatch(
      /^HAProxy says UP \(it tracks tracked\/first\); \/readyz answers 500/,
    );
    expect(sentence("user/template/slot-1")).toBe(
      "No address: HAProxy cannot resolve nosuch.invalid (MAINT (resolution))",
    );
  });

  test("the agent's own words are in the sentence of a server that it took DOWN", async () => {
    const words = async (): Promise<string | undefined> =>
      (await readServers(haprobe.url)).find(({ key }) => key === "user/agent/down")?.sentence;
    await expect.poll(words).toMatch(/The agent says "down \(the rack is being moved\)", not the health check$/);
  });

  test("a backup that waits is a warning and costs nobody a session; one that is in use is critical", async () => {
    const servers = await readServers(haprobe.url);
    const find = (key: string): ServerStatus | undefined => servers.find((server) => server.key === key);
    expect(find("user/backup-standby/spare")).toMatchObject({
      tone: "warning",
      haproxy: { usable: false, backup: true },
      misrouted: { sessions: 0, held: 0 },
    });
    expect(find("user/backup-in-use/spare")).toMatchObject({
      tone: "critical",
      haproxy: { usable: true, backup: true },
    });
    expect(find("user/backup-in-use/further-spare")).toMatchObject({ haproxy: { usable: false } });
  });
});
