import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createSender } from "../../../server/alert/send/send-notification.ts";
import { systemClock } from "../../../server/clock.ts";
import type { ChannelTransport } from "../../../server/contract/alert-settings.ts";
import { sampleNotification } from "../../support/sample-alerts.ts";

const seen: string[] = [];
let receiver: Server;
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "haprobe-send-"));
  // It answers with everything that it was sent.
  receiver = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(400).end(`${request.url} ${request.headers.authorization}`);
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise<void>((resolve) => receiver.close(() => resolve()));
  await folder.remove();
});

async function file(name: string, text: string): Promise<{ kind: "file"; path: string }> {
  const path = join(folder.path, name);
  await writeFile(path, text);
  return { kind: "file", path };
}

function send(transport: ChannelTransport) {
  const channel = { name: "c", transport, timeoutMs: 10_000, perMinute: 20 };
  const sender = createSender({ clock: systemClock, userAgent: "haprobe/test" });
  return sender(sampleNotification(), channel, new AbortController().signal);
}

function url(): { kind: "text"; text: string } {
  return { kind: "text", text: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}` };
}

test("what a receiver answers holds no secret that it was sent", async () => {
  const botToken = await file("bot.token", "123:s3cret-token\n");
  const outcome = await send({ type: "telegram", url: url(), botToken, chatId: "1" });
  expect(seen.at(-1)).toBe("/bot123:s3cret-token/sendMessage");
  expect(outcome).toMatchObject({ kind: "rejected", error: "HTTP 400: /bot<redacted>/sendMessage undefined" });
});

test("an answer that names the path of a secret URL, or a header of a webhook, shows neither", async () => {
  const hook = { kind: "text", text: `${url().text}/services/T0/B0/s3cret-path?key=k3y-secret` } as const;
  expect(await send({ type: "slack", flavor: "slack", url: hook })).toMatchObject({
    error: "HTTP 400: <redacted> undefined",
  });
  const headers = { authorization: `Bearer ${"s3cret".repeat(60)}` };
  const outcome = await send({ type: "webhook", url: url(), secrets: [], headers });
  expect(outcome).toMatchObject({ error: "HTTP 400: / <redacted>" });
});

test("an answer shows neither the user and password of a URL nor what they are sent as", async () => {
  const text = url().text.replace("//", "//ops:p%40ss-w0rd@");
  const outcome = await send({ type: "webhook", url: { kind: "text", text }, secrets: [], headers: {} });
  expect(outcome).toMatchObject({ error: "HTTP 400: / Basic <redacted>" });
});

test("what a mail server answers holds no password, in none of the forms that it was sent in", async () => {
  const base64 = (part: string): string => Buffer.from(part).toString("base64");
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      const plain = base64(`\0${username}\0${password}`);
      callback(new Error(`bad: ${password ?? ""}, ${base64(password ?? "")}, ${plain}`));
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const outcome = await send({
    type: "email",
    smtp: { host: "127.0.0.1", port, tls: "none", caFile: null },
    username: "haprobe",
    password: await file("smtp.password", "s3cret-of-the-mail\n"),
    from: "haprobe@example.org",
    to: ["ops@example.org"],
  });
  expect(outcome).toMatchObject({ kind: "retry", status: 535 });
  expect("error" in outcome && outcome.error).toMatch(/bad: <redacted>, <redacted>, <redacted>$/);
});

test("a secret's file is read at each attempt, and one that is missing is tried again", async () => {
  const path = join(folder.path, "later.token");
  const transport: ChannelTransport = { type: "telegram", url: url(), botToken: { kind: "file", path }, chatId: "1" };
  expect(await send(transport)).toMatchObject({ kind: "retry", error: `${path} cannot be read (ENOENT)` });
  await file("later.token", "9:z");
  await send(transport);
  expect(seen.at(-1)).toBe("/bot9:z/sendMessage");
});

test("a malformed secret is not repeated, and tried again", async () => {
  const secret = await file("hook.secret", "whsec_no-base64-s3cret!");
  const outcome = await send({ type: "webhook", url: url(), secrets: [secret], headers: {} });
  expect(outcome).toMatchObject({ kind: "retry" });
  expect(JSON.stringify(outcome)).not.toContain("s3cret");
});
