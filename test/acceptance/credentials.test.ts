import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";
import { DEFAULT_RULE } from "../../server/config/defaults.ts";
import type { InstanceSettings } from "../../server/contract/settings.ts";
import { createScheduler } from "../../server/probe/scheduler.ts";
import { assignTarget } from "../../server/targets/assign-target.ts";
import { loadText, settingsOf } from "../config/load-text.ts";
import { PollerRecorder } from "../haproxy/poller-recorder.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type TestBed, type TestBedPaths, type TestServer, renderSection, startTestBed } from "../support/test-bed.ts";
import { startHaproxy } from "../support/real-haproxy.ts";
import { readFindings, readServers, verdictsByServer } from "./verdict-text.ts";
import { formatHostPort } from "../../server/contract/host-port.ts";

const TOKEN = "s3cret-token";

/** A port that nobody asked haprobe to look at: notes every connection. */
async function startUnprobedServer(): Promise<{ server: Server; connections: Socket[] }> {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, connections };
}

/** No HAProxy checks them, so that every connection that comes is haprobe's. */
function sections({ addressOf: at }: TestBedPaths, database: string): string {
  const backend = (name: string, mode: string, where: string): string =>
    renderSection(`backend ${name}`, [`mode ${mode}`, `server s ${where}`]);
  return [
    backend("database", "tcp", database),
    backend("own", "http", "127.0.0.1:1"),
    backend("own-by-rule", "http", "127.0.0.1:1"),
    backend("guessed", "http", at("guessed")),
    backend("plain", "http", at("plain")),
    backend("allowed", "http", at("allowed")),
    backend("verified", "tcp", at("verified")),
    backend("impostor", "tcp", at("impostor")),
    backend("unverified", "tcp", at("unverified")),
  ].join("\n");
}

const TOKEN_BY_HTTP = "http: {scheme: http, path: /healthz, bearer-token-file: probe.token}";
const BY_OWN_CA = "http: {path: /readyz, server-name: kubernetes, ca-file: ca.pem, bearer-token-file: probe.token}";
const RULES = `
  - {match: {backend: [plain, own-by-rule]}, ${TOKEN_BY_HTTP}, every: 300ms, allow: [192.0.2.0/24]}
  - {match: {backend: allowed}, ${TOKEN_BY_HTTP}, every: 300ms, allow: [127.0.0.0/8]}
  - {match: {backend: [verified, impostor]}, ${BY_OWN_CA}, every: 300ms}
  - {match: {backend: unverified}, http: {path: /readyz, insecure-skip-verify: true, bearer-token-file: probe.token}, every: 300ms}
`;

describe("a HAProxy that names whatever it likes", () => {
  let bystander: Awaited<ReturnType<typeof startUnprobedServer>>;
  let lab: TestBed;
  let haprobe: HaprobeProcess;
  const asked = new Map<string, IncomingHttpHeaders[]>();
  beforeAll(async () => {
    bystander = await startUnprobedServer();
    const { port } = bystander.server.address() as AddressInfo;
    const server = (name: string, more: Partial<TestServer> = {}) => {
      const requests: IncomingHttpHeaders[] = [];
      asked.set(name, requests);
      return {
        name,
        mode: "healthy" as const,
        extraOnly: true,
        onRequest: ({ headers }: { headers: IncomingHttpHeaders }) => void requests.push(headers),
        ...more,
      };
    };
    lab = await startTestBed({
      servers: [
        server("guessed", { plain: true }),
        server("plain", { plain: true }),
        server("allowed", { plain: true }),
        server("verified"),
        server("impostor", { unknownCa: true }),
        server("unverified"),
      ],
      extraSections: (places) => sections(places, `127.0.0.1:${port}`),
    });
    await writeFile(join(lab.dir, "probe.token"), `${TOKEN}\n`);
    haprobe = await startHaprobe(["--config", await lab.writeConfigFile(["admin"], { rules: RULES, onlyRules: true })]);
    // Where it listens is known only now; until then HAProxy names a port where nobody is.
    const own = new URL(haprobe.url).port;
    await lab.haproxy.command(`set server own/s addr 127.0.0.1 port ${own}`);
    await lab.haproxy.command(`set server own-by-rule/s addr 127.0.0.1 port ${own}`);
  });
  afterAll(async () => {
    await haprobe?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
    for (const socket of bystander?.connections ?? []) socket.destroy();
    bystander?.server.close();
  });

  test("gets no connection to what speaks no HTTP, nor to haprobe itself, without a rule", async () => {
    await expect
      .poll(async () => verdictsByServer(await readServers(haprobe.url)), { timeout: 15_000, interval: 100 })
      .toEqual({
        "admin/database/s": "unknown no-probe-rule",
        "admin/own/s": "unknown no-probe-rule",
        "admin/own-by-rule/s": "false-up confirmed probe-unexpected-status",
        "admin/guessed/s": "agree-up",
        "admin/plain/s": "agree-up",
        "admin/allowed/s": "agree-up",
        "admin/verified/s": "agree-up",
        "admin/impostor/s": "unknown probe-untrusted",
        "admin/unverified/s": "agree-up",
      });
    const servers = await readServers(haprobe.url);
    const of = (key: string) => servers.find((server) => server.key === key);
    expect(of("admin/own/s")?.address).toBe(new URL(haprobe.url).host);
    expect(of("admin/own/s")?.probe).toMatchObject({ outcome: "skipped", url: null });
    expect(of("admin/database/s")?.advice).toContain('{match: {backend: "database"}');
    expect(bystander.connections).toEqual([]);
  });

  test("gets a rule's token only where the rule allows it or its own ca-file vouches for the server", async () => {
    const tokens = (name: string): (string | undefined)[] =>
      (asked.get(name) ?? []).map(({ authorization }) => authorization);
    for (const name of ["allowed", "verified"]) {
      expect(new Set(tokens(name)), name).toEqual(new Set([`Bearer ${TOKEN}`]));
    }
    for (const name of ["guessed", "plain", "unverified"])
      expect(new Set(tokens(name)), name).toEqual(new Set([undefined]));
    expect(tokens("impostor")).toEqual([]);
    expect(lab.server("impostor").requests.connections).toBeGreaterThan(0);
  });

  test("and whoever is kept from it is named, haprobe's own listener among them", async () => {
    const withheld = async (): Promise<string[]> =>
      (await readFindings(haprobe.url))
        .filter(({ code }) => code === "credentials-withheld")
        .map(({ subject }) => String(subject.backend))
        .toSorted();
    await expect.poll(withheld).toEqual(["own-by-rule", "plain", "unverified"]);
    expect(haprobe.log()).not.toContain(TOKEN);
    expect(JSON.stringify(await readServers(haprobe.url))).not.toContain(TOKEN);
  });
});

test("link-local and metadata addresses are never guessed, and no token is meant for them unless allow names them", async () => {
  const forbidden = ["169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200"];
  await using haproxy = await startHaproxy({
    config: renderSection("backend web", [
      "mode http",
      ...forbidden.map((host, i) => `server forbidden-${i} ${formatHostPort(host, 80)}`),
      "server mapped 127.0.0.1:81",
      "server ordinary 127.0.0.1:80",
    ]),
  });
  await using polled = new PollerRecorder({ kind: "unix", path: haproxy.userSocket });
  const { servers } = await polled.waitForSnapshot((snapshot) => snapshot.servers.length === forbidden.length + 2);
  expect(servers.map(({ address }) => address.kind)).toEqual(Array(servers.length).fill("ip"));

  /** What would be probed under these rules: nothing here leaves the process. */
  const probed = async (rules: string): Promise<Map<string, string | null>> => {
    const map = '[{from: "127.0.0.1:81", to: "169.254.169.254:80"}]';
    const text = `haproxy: [{name: lb, stats: /s, address-map: ${map}}]\nprobes: ${rules}`;
    const settings = settingsOf(loadText(text, {}, { "/cfg/ca.pem": "", "/cfg/t": "" }));
    const seen = new Map<string, string | null>();
    const wanted = new Set<string>();
    const { promise: allAsked, resolve } = Promise.withResolvers<void>();
    const scheduler = createScheduler({
      clock: systemClock,
      vantage: "test",
      random: () => 0,
      probe: (target) => {
        seen.set(target.host, target.credentials?.sendTo ?? null);
        wanted.delete(target.key);
        if (wanted.size === 0) resolve();
        return Promise.resolve({ kind: "cancelled" });
      },
    });
    for (const view of servers) {
      const assignment = assignTarget(view, settings.instances[0] as InstanceSettings, settings.rules, DEFAULT_RULE);
      if (assignment.kind === "none") continue;
      wanted.add(assignment.target.key);
      scheduler.ensure(assignment.target, "normal");
    }
    await allAsked;
    await scheduler.stop();
    return seen;
  };

  expect(await probed("[]")).toEqual(new Map([["127.0.0.1", null]]));
  const withToken = (allow: string): string =>
    `[{match: {backend: web}, http: {scheme: https, ca-file: ca.pem, bearer-token-file: t}, allow: [${allow}]}]`;
  expect(await probed(withToken('"0.0.0.0/0", "::/0"'))).toEqual(
    new Map([...forbidden.map((host) => [host, "never"] as const), ["127.0.0.1", "allowed-address"] as const]),
  );
  expect((await probed(withToken("169.254.169.254"))).get("169.254.169.254")).toBe("allowed-address");
});
