import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InstanceStatus } from "../../server/contract/status.ts";
import { rssOf } from "../long/process-load.ts";
import { runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { readServers, verdictsByServer } from "./verdict-text.ts";

const PASSWORD = "ok";
const BACKENDS = ["fifo-ca", "zero-ca", "fifo-token", "zero-token", "password"];

let server: Server;
let haproxy: RealHaproxy;
beforeAll(async () => {
  const authorization = `Basic ${Buffer.from(`u:${PASSWORD}`).toString("base64")}`;
  server = createServer((request, response) => {
    response.statusCode = request.headers.authorization === authorization ? 200 : 500;
    response.end("all ok");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const backend = (name: string): string => `backend ${name}\n  mode http\n  server s1 127.0.0.1:${port} check\n`;
  haproxy = await startHaproxy({
    config: `defaults\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n${BACKENDS.map(backend).join("")}`,
  });
  execFileSync("mkfifo", [join(haproxy.dir, "fifo")]);
  await writeFile(join(haproxy.dir, "password"), PASSWORD, { mode: 0o600 });
});
afterAll(async () => {
  await haproxy[Symbol.asyncDispose]();
  server.close();
});

test("a FIFO or an endless device in place of a file costs its own rule or instance, and a password `ok` changes no verdict", {
  timeout: 60_000,
}, async () => {
  const rule = (backend: string, http: string): string =>
    `  - {match: {backend: ${backend}}, every: 300ms, allow: [127.0.0.0/8], http: {${http}, path: /x}}\n`;
  const config = join(haproxy.dir, "haprobe.yaml");
  await writeFile(
    config,
    `haproxy:
  - {name: real, stats: "unix:${haproxy.adminSocket}"}
  - {name: fifo-page, stats: "http://u@127.0.0.1:1/stats", password-file: fifo}
  - {name: zero-page, stats: "http://u@127.0.0.1:1/stats", password-file: /dev/zero}
probes:
${rule("fifo-ca", "scheme: https, ca-file: fifo")}${rule("zero-ca", "scheme: https, ca-file: /dev/zero")}${rule("fifo-token", "scheme: http, bearer-token-file: fifo")}${rule("zero-token", "scheme: http, bearer-token-file: /dev/zero")}${rule("password", "scheme: http, username: u, password-file: password, expect: {body: all ok}")}`,
  );
  await using haprobe = await startHaprobe(["--config", config]);
  await expect
    .poll(async () => verdictsByServer(await readServers(haprobe.url)), { timeout: 50_000 })
    .toEqual({
      "real/fifo-ca/s1": expect.stringContaining("probe-untrusted"),
      "real/fifo-token/s1": expect.stringContaining("probe-answered-unhealthy"),
      "real/password/s1": "agree-up",
      "real/zero-ca/s1": expect.stringContaining("probe-untrusted"),
      "real/zero-token/s1": expect.stringContaining("probe-answered-unhealthy"),
    });
  const { instances } = (await (await fetch(`${haprobe.url}/api/v1/instances`)).json()) as {
    instances: InstanceStatus[];
  };
  const errors = instances.map(({ name, error }) => `${name}: ${error?.message ?? ""}`);
  expect(errors).toEqual(["real: ", expect.stringMatching(/password-file/), expect.stringMatching(/password-file/)]);
  expect((await fetch(`${haprobe.url}/livez`)).status).toBe(200);
  expect(rssOf(haprobe.pid)).toBeLessThan(300);
});

test("a file of conf.d reaches no file or variable that the main file does not list", async () => {
  const folder = join(haproxy.dir, "scoped");
  await mkdir(join(folder, "conf.d"), { recursive: true });
  const config = join(folder, "haprobe.yaml");
  await writeFile(config, `haproxy: [{name: real, stats: "unix:${haproxy.adminSocket}"}]\n`);
  const variable = "probes: [{match: {backend: x}, http: {path: '/${SECRET}'}}]\n";
  const dropIns: Readonly<Record<string, string>> = {
    a: 'haproxy: [{name: a, stats: "http://u@127.0.0.1:1/s", password-file: ../../password}]\n',
    b: "probes: [{match: {backend: x}, http: {ca-file: /etc/passwd}}]\n",
    c: variable,
  };
  for (const [name, text] of Object.entries(dropIns)) await writeFile(join(folder, `conf.d/${name}.yaml`), text);
  const check = (): ReturnType<typeof runHaprobe> =>
    runHaprobe(["config", "check", "--config", config], { env: { SECRET: "hunter2" } });
  for (const names of [["c"], ["a", "b"]]) {
    const { code, stdout, stderr } = await check();
    expect(code).not.toBe(0);
    for (const name of names) expect(stderr).toMatch(new RegExp(`conf\\.d/${name}\\.yaml:\\d+:\\d+`));
    expect(stdout + stderr).not.toMatch(/hunter2|root:/);
    for (const name of names) await rm(join(folder, `conf.d/${name}.yaml`));
  }
  await writeFile(join(folder, "conf.d/c.yaml"), variable);
  await writeFile(
    config,
    `haproxy: [{name: real, stats: "unix:${haproxy.adminSocket}"}]\nconf-d: {variables: [SECRET]}\n`,
  );
  expect((await check()).code).toBe(0);
});
