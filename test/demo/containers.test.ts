import { mkdtemp, rm, stat } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startContainerClients } from "../../demo/containers/clients.ts";
import { CREDENTIALS, writeCredentials } from "../../demo/containers/credentials.ts";
import { startAlertReceiver } from "../../demo/alert-receiver.ts";
import { startContainerServer } from "../../demo/containers/server.ts";
import { sendCommand } from "../../demo/control-client.ts";
import { SERVERS } from "../../demo/faults.ts";
import { controlSocket } from "../../demo/runtime-folder.ts";

let folder = "";
let stack: AsyncDisposableStack;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hc-"));
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await rm(folder, { recursive: true });
});

test("the credentials are written once, and only the CA and the certificate are for other users", async () => {
  await writeCredentials(folder);
  const files = Object.values(CREDENTIALS);
  const before = files.map((file) => readFileSync(join(folder, file), "utf8"));
  await writeCredentials(folder);
  expect(files.map((file) => readFileSync(join(folder, file), "utf8"))).toEqual(before);
  for (const secret of [CREDENTIALS.key, CREDENTIALS.token, CREDENTIALS.webhookSecret]) {
    expect((await stat(join(folder, secret))).mode & 0o077).toBe(0);
  }
  expect((await stat(join(folder, CREDENTIALS.ca))).mode & 0o004).toBe(0o004);
});

describe("break, heal and status in the containers", () => {
  beforeEach(async () => {
    await writeCredentials(folder);
    const common = { credentials: folder, control: folder };
    for (const name of SERVERS) {
      stack.use(await startContainerServer({ name, host: "127.0.0.1", ports: { open: 0, token: 0 }, ...common }));
    }
    stack.use(await startContainerClients({ haproxy: "127.0.0.1", url: "http://127.0.0.1:8405", ...common }));
  });
  const send = (...words: string[]) => sendCommand(controlSocket(folder), words);

  test("reach the named server and say what it does then", async () => {
    expect(await send("break", "cp-2", "etcd")).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^cp-2 has lost its etcd.*\n {2}Look at http:\/\/127\.0\.0\.1:8405/),
    });
    expect((await send("status")).text).toMatch(/cp-1 +is healthy\ncp-2 +has lost its etcd.*\ncp-3 +is healthy/);
  });

  test("heal one or all", async () => {
    await send("break", "cp-1", "hang");
    await send("break", "cp-2", "die");
    await send("heal", "cp-1");
    expect((await send("status")).text).toMatch(/cp-1 +is healthy\ncp-2 +is dead/);
    await send("heal");
    expect((await send("status")).text).toMatch(/cp-1 +is healthy\ncp-2 +is healthy/);
  });

  test("say which container does not answer", async () => {
    await stack.disposeAsync();
    stack = new AsyncDisposableStack();
    const common = { credentials: folder, control: folder };
    stack.use(await startContainerClients({ haproxy: "127.0.0.1", url: "http://127.0.0.1:8405", ...common }));
    expect(await send("break", "cp-2", "etcd")).toEqual({ ok: false, text: "The container of cp-2 does not answer." });
  });
});

describe("the receiver", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const lines: string[] = [];
  let url = "";
  beforeEach(async () => {
    lines.length = 0;
    const print = (line: string): void => void lines.push(line);
    const receiver = stack.use(await startAlertReceiver({ host: "127.0.0.1", port: 0, secret, print }));
    url = `http://127.0.0.1:${receiver.port}/`;
  });
  const body = JSON.stringify({ type: "incident.firing", data: { sentence: "cp-2 is UP in HAProxy \u001b[31m" } });
  const headersAt = (at: Date) => ({
    "webhook-id": "1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign("1", at, body),
  });

  test("prints a webhook with a good signature as one line, without control characters", async () => {
    expect((await fetch(url, { method: "POST", body, headers: headersAt(new Date()) })).status).toBe(204);
    expect(lines).toEqual([String.raw`incident.firing: cp-2 is UP in HAProxy \u001b[31m`]);
  });

  test("refuses one that is forged, has no signature or is no JSON", async () => {
    const forged = { method: "POST", body: `${body} `, headers: headersAt(new Date()) };
    expect((await fetch(url, forged)).status).toBe(400);
    expect((await fetch(url, { method: "POST", body })).status).toBe(400);
    expect((await fetch(`${url}alertmanager`, { method: "POST", body: "[" })).status).toBe(400);
    expect(lines).toEqual([]);
  });

  test("prints each alert of Alertmanager as a line", async () => {
    const alerts = [
      { status: "firing", labels: { alertname: "HaprobeFalseUp" }, annotations: { summary: "cp-2 is UP" } },
      { status: "resolved", labels: { alertname: "HaprobeSplit" }, annotations: {} },
    ];
    await fetch(`${url}alertmanager`, { method: "POST", body: JSON.stringify({ alerts }) });
    expect(lines).toEqual(["alertmanager firing HaprobeFalseUp: cp-2 is UP", "alertmanager resolved HaprobeSplit: "]);
  });
});
