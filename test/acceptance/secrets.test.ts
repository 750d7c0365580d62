import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server as SocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backendRow, renderResponseText, serverRow } from "../haproxy/rendered-response.ts";
import { type HaprobeProcess, runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";
import { readServers, verdictsByServer } from "./verdict-text.ts";

/** Each has characters that JSON, a URL or a shell writes in another way. */
const SECRETS = {
  token: 'tok"en/1+ä-b3arer',
  password: "p\\ss w:rd&+1",
  query: "qu ery/s3cret+key",
  header: 'h"ead/er+s3cret',
  stats: "st ats/p@ss+word",
  webhook: "w3bhook+s3cret/path",
  signing: `whsec_${Buffer.from("s1gning+s3cret/of+24byte").toString("base64")}`,
};

const base64Of = (text: string): string => Buffer.from(text).toString("base64");

/** All forms in which a text could show one. */
function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  return [secret, JSON.stringify(secret).slice(1, -1), url, url.replaceAll("%20", "+"), base64Of(secret)];
}

/** The secrets in a text, with what stands around them. */
function findSecrets(text: string): string[] {
  return Object.entries(SECRETS).flatMap(([name, secret]) =>
    // Without its end, which depends on what follows.
    [...formsOf(secret), base64Of(secret).replace(/..=*$/, "")]
      .filter((form) => text.includes(form))
      .map((form) => `${name}: ${text.slice(Math.max(0, text.indexOf(form) - 40), text.indexOf(form) + 60)}`),
  );
}

let folder: string;
let server: Server;
let haproxy: SocketServer;
let haprobe: HaprobeProcess;
let config: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "haprobe-secrets-"));
  // It answers with everything that it was sent, in every form.
  server = createServer((request, response) => {
    const { authorization = "", "x-api-key": key } = request.headers;
    const login = Buffer.from(authorization.replace("Basic ", ""), "base64").toString();
    const query = new URL(request.url ?? "", "http://a").searchParams.get("api_key") ?? "";
    const received = [authorization.replace("Bearer ", ""), login.replace(/^u:/, ""), query, String(key)];
    const all = [request.url, authorization, login, ...received.flatMap(formsOf)];
    response.statusCode = 500;
    response.setHeader("location", `/next?token=${encodeURIComponent(query)}`);
    response.end(`[-]${all.join(" ")} failed\nall ok`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const rows = ["basic", "bearer"].flatMap((pxname, index) => [
    serverRow("s1", index + 1, { pxname, iid: index + 2, addr: `127.0.0.1:${port}`, check_status: "L4OK" }),
    backendRow(index + 2, { pxname, iid: index + 2 }),
  ]);
  haproxy = createSocketServer({ allowHalfOpen: true }, (socket) => {
    socket
      .on("error", () => {})
      .once("data", (request) => {
        const states = request.includes("servers state") ? { serverStates: [] } : {};
        socket.end(renderResponseText({ rows, ...states }), "latin1");
      });
  }).listen(join(folder, "haproxy.sock"));
  await once(haproxy, "listening");
  const files: Readonly<Record<string, string>> = {
    token: SECRETS.token,
    password: SECRETS.password,
    stats: SECRETS.stats,
    signing: SECRETS.signing,
    webhook: `https://127.0.0.1:1/${encodeURIComponent(SECRETS.webhook)}?token=${encodeURIComponent(SECRETS.query)}`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { mode: 0o600 });
  config = join(folder, "haprobe.yaml");
  const query = `/x?api_key=${encodeURIComponent(SECRETS.query)}`;
  const header = JSON.stringify(SECRETS.header);
  await writeFile(
    config,
    `data-dir: ${join(folder, "data")}
haproxy:
  - {name: lb-1, stats: "unix:${folder}/haproxy.sock"}
  - {name: lb-2, stats: "http://127.0.0.1:1/stats", username: admin, password-file: stats}
probes:
  - {match: {backend: basic}, http: {scheme: http, path: ${JSON.stringify(query)}, headers: {x-api-key: ${header}}, username: u, password-file: password, expect: {body: all ok}}, every: 300ms, allow: [127.0.0.0/8]}
  - {match: {backend: bearer}, http: {scheme: http, path: /y, bearer-token-file: token}, every: 300ms, allow: [127.0.0.0/8]}
alerts:
  channels: [{name: hook, webhook: {url-file: webhook, secret-file: signing}}]
  routes: [{channels: [hook], wait: 0s}]
`,
  );
  haprobe = await startHaprobe(["--config", config, "--data-dir", join(folder, "data")]);
  const isConfirmed = (text: string): boolean => text === "false-up confirmed probe-answered-unhealthy";
  await vi.waitFor(
    async () => {
      const verdicts = Object.values(verdictsByServer(await readServers(haprobe.url)));
      if (verdicts.length < 2 || !verdicts.every(isConfirmed)) throw new Error(verdicts.join());
    },
    { timeout: 50_000, interval: 200 },
  );
});
afterAll(async () => {
  await haprobe?.[Symbol.asyncDispose]();
  haproxy?.close();
  server?.close();
  await rm(folder, { recursive: true });
});

test("no answer of the API and no line of the log has a secret, though servers repeat them in every form", async () => {
  const paths = [
    "servers",
    "servers/lb-1/basic/s1",
    "incidents",
    "findings",
    "instances",
    "status",
    "config",
    "channels",
  ];
  for (const path of [...paths.map((name) => `api/v1/${name}`), "metrics", "readyz"]) {
    const response = await fetch(`${haprobe.url}/${path}`);
    const text = await response.text();
    expect([response.status, findSecrets(text)], path).toEqual([path === "readyz" ? expect.anything() : 200, []]);
    if (path === "api/v1/servers") expect(text).toContain("[redacted]");
  }
  expect(findSecrets(haprobe.log())).toEqual([]);
});

test("the printed configuration has none", async () => {
  const { code, stdout, stderr } = await runHaprobe(["config", "print", "--config", config]);
  expect([code, findSecrets(stdout + stderr)]).toEqual([0, []]);
  expect(stdout).toContain("<redacted>");
});

test("a support bundle has what a report needs and no secret, though the log that it was given has all of them", async () => {
  const log = join(folder, "haprobe.log");
  const planted = Object.values(SECRETS).flatMap(formsOf).join("\n");
  await writeFile(log, `${haprobe.log()}\n${"x".repeat(2_000_000)}\n${planted}\nlast line\n`);
  const output = join(folder, "bundle.tar.gz");
  const args = ["support-bundle", "--config", config, "--url", haprobe.url, "--log", log, "--output", output];
  const run = await runHaprobe(args);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect((await stat(output)).mode & 0o777).toBe(0o600);
  const text = gunzipSync(await readFile(output)).toString();
  expect(findSecrets(text)).toEqual([]);
  for (const part of [
    "haproxy:",
    '"haprobe":',
    "haprobe_build_info",
    "readyz check",
    '"findings"',
    "last line",
    "haprobe.db",
  ])
    expect(text, part).toContain(part);
  expect(text.length).toBeLessThan(4_000_000);
  expect(await runHaprobe(args)).toMatchObject({ code: 1, stderr: expect.stringContaining("EEXIST") });
});
