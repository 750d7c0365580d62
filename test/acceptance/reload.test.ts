import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHaprobe } from "../support/haprobe-cli.ts";
import { type TestBed, startTestBed, COMMON_CHECKS } from "../support/test-bed.ts";
import { StreamClient } from "../support/stream-client.ts";
import { readFindings } from "./verdict-text.ts";

let lab: TestBed;
beforeAll(async () => {
  lab = await startTestBed({
    checks: COMMON_CHECKS,
    servers: [
      { name: "cp-1", mode: "healthy" },
      { name: "cp-2", mode: "etcd" },
    ],
  });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

test("a changed rule takes hold, a broken file keeps the last good one and says so, and untouched servers keep their verdict's age", async () => {
  const file = await lab.writeConfigFile(["user"], { every: "200ms" });
  await using haprobe = await startHaprobe(["--config", file]);
  await using client = new StreamClient(haprobe.url);
  const lie = "user/bare/cp-2";
  await client.waitUntil(({ servers }) => servers.get(lie)?.phase === "confirmed");
  const since = client.servers.get(lie)?.since;

  const good = await readFile(file, "utf8");
  await appendFile(file, "colour: blue\n");
  await expect.poll(() => haprobe.log()).toContain("the last good configuration stays in force");
  expect(haprobe.log()).toMatch(/haprobe-user\.yaml:\d+:1: .*colour/);
  const findings = async (): Promise<readonly string[]> => (await readFindings(haprobe.url)).map(({ code }) => code);
  expect(await findings()).toContain("config-broken");
  expect(client.servers.get(lie)?.phase).toBe("confirmed");

  // As Kubernetes and careful editors do it: another file takes the name.
  await writeFile(`${file}.new`, good.replace("probes:\n", 'probes:\n  - {match: {backend: "none"}, skip: true}\n'));
  await rename(`${file}.new`, file);
  await client.waitUntil(({ servers }) => servers.get("user/none/cp-2")?.reason === "skipped");
  expect(client.servers.get(lie)).toMatchObject({ phase: "confirmed", since });
  expect(await findings()).not.toContain("config-broken");

  await writeFile(file, good.replace("name: user", "name: lb-9"));
  process.kill(haprobe.pid, "SIGHUP");
  await client.waitUntil(({ servers }) => servers.get("lb-9/bare/cp-2")?.phase === "confirmed");
  expect([...client.servers.keys()].filter((key) => key.startsWith("user/"))).toEqual([]);
  expect([...client.instances.keys()]).toEqual(["lb-9"]);
  expect(await haprobe.stop()).toBe(0);
});

test("pieces in conf.d come, break and go while it runs, and what they do not touch keeps its verdict's age", async () => {
  const file = await lab.writeConfigFile(["admin"], { every: "200ms" });
  const pieces = join(dirname(file), "conf.d");
  await using haprobe = await startHaprobe(["--config", file]);
  await using client = new StreamClient(haprobe.url);
  const lie = "admin/bare/cp-2";
  await client.waitUntil(({ servers }) => servers.get(lie)?.phase === "confirmed");
  const since = client.servers.get(lie)?.since;

  await mkdir(pieces);
  const { userSocket } = lab.haproxy;
  await writeFile(join(pieces, "b.yaml"), `haproxy: [{name: second, stats: "unix:${userSocket}", every: 200ms}]\n`);
  await client.waitUntil(({ instances }) => instances.get("second")?.state === "ok");

  await writeFile(join(pieces, "c.yaml"), "listen: 127.0.0.1:1\n");
  await expect.poll(() => haprobe.log()).toMatch(/conf\.d\/c\.yaml:1:1: listen has no place here/);
  expect([...client.instances.keys()].toSorted()).toEqual(["admin", "second"]);

  await rm(join(pieces, "c.yaml"));
  await rm(join(pieces, "b.yaml"));
  await client.waitUntil(({ instances }) => !instances.has("second"));
  expect(client.servers.get(lie)).toMatchObject({ phase: "confirmed", since });
});
