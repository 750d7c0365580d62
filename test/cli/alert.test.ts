import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { type CliRun, type HaprobeProcess, runHaprobe, startHaprobe } from "../support/haprobe-cli.ts";

// Each command is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

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

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

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

test("a silence can end at a time, and several patterns of one key are alternatives", async () => {
  const match = ["--match", "server=cp-8", "--match", "server=cp-9"];
  const added = await run("silence", "add", ...match, "--until", IN_AN_HOUR, "--reason", "reboot", "--name", "ana");
  const id = added.stdout.trim();
  const { silences } = JSON.parse((await run("silence", "list", "--json")).stdout) as {
    silences: { id: string; until: string; match: object }[];
  };
  const made = silences.find((each) => each.id === id);
  expect(made?.match).toEqual({ server: ["cp-8", "cp-9"] });
  expect(Math.abs(Date.parse(made?.until ?? "") - Date.parse(IN_AN_HOUR))).toBeLessThan(30_000);
  expect((await run("silence", "end", id)).code).toBe(0);
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
  const times = [[], ["--until", "soon"], ["--until", "2020-01-01T00:00:00Z"], ["--until", IN_AN_HOUR, "--for", "1h"]];
  const runs = times.map((time) => run("silence", "add", "--match", "backend=a", "--reason", "x", ...time));
  expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([3, 3, 3, 3]);
});
