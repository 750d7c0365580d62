import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type CliRun, type HaprobeProcess, runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";

let plane: ControlPlane;
let haprobe: HaprobeProcess;
let receiver: Server;
const bodies: string[] = [];
beforeAll(async () => {
  receiver = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      bodies.push(Buffer.concat(chunks as Buffer[]).toString());
      response.writeHead(bodies.length === 1 ? 200 : 403).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  plane = await startControlPlane();
  haprobe = await startHaprobe([...plane.args, "--webhook", `http://127.0.0.1:${port}/`]);
  await waitForVerdicts(haprobe.url, { "cp-2": "false-up confirmed" });
});
afterAll(async () => {
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
  await new Promise<void>((resolve) => receiver.close(() => resolve()));
});

function run(...args: string[]): Promise<CliRun> {
  return runHaprobe([...args, "--url", haprobe.url]);
}

test("what is firing is shown with where it goes, a silence holds it, and its end lets it go", async () => {
  const added = await run(
    "silence",
    "add",
    "--match",
    "backend=k8s-*",
    "--for",
    "1h",
    "--reason",
    "upgrade",
    "--name",
    "ana",
  );
  expect(added).toMatchObject({ code: 0, stderr: "" });
  const id = added.stdout.trim();
  expect((await run("silence", "list")).stdout).toMatch(new RegExp(`${id} +active .* backend=k8s-\\* +ana +upgrade`));
  const held = await run("alert", "preview");
  expect(held.stdout).toMatch(
    /warning: cp-2 is UP in HAProxy .*\n {3}- default \(webhook\): silenced by ana until .*: upgrade\n/,
  );
  expect(await run("silence", "end", id)).toMatchObject({ code: 0, stdout: `${id} has ended\n` });
  expect((await run("alert", "preview")).stdout).toMatch(/ {2}-> default \(webhook\): /);
  expect(await run("silence", "end", id)).toMatchObject({ code: 1, stdout: "" });
});

test("a test message says what the receiver answered, and messages are listed", async () => {
  await expect
    .poll(async () => (await run("notifications")).stdout, { timeout: 60_000 })
    .toMatch(/webhook +firing +sent +1 +– +new +cp-2 is UP in HAProxy/);
  const refused = await run("alert", "test", "webhook");
  expect(refused).toMatchObject({ code: 1, stdout: "webhook: HTTP 403\n" });
  expect(JSON.parse(bodies.at(-1) ?? "")).toMatchObject({ type: "test", data: { kind: "test" } });
  expect(await run("alert", "test", "no-such-channel")).toMatchObject({ code: 1, stdout: "" });
});

test("without a haprobe the exit code is 3, and with wrong arguments as well", async () => {
  expect((await runHaprobe(["alert", "preview", "--url", "http://127.0.0.1:1"])).code).toBe(3);
  expect((await run("silence", "add", "--match", "backend", "--for", "1h", "--reason", "x")).code).toBe(3);
});
