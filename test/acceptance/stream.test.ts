import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerStatus } from "../../server/contract/status.ts";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { STATS_PROXY_PREFIX, type TestBed, startTestBed, COMMON_CHECKS } from "../support/test-bed.ts";
import { StreamClient } from "../support/stream-client.ts";

let testBed: TestBed;
let haprobe: HaprobeProcess;
beforeAll(async () => {
  testBed = await startTestBed({
    checks: COMMON_CHECKS,
    servers: ["cp-1", "cp-2", "cp-3"].map((name) => ({ name, mode: "healthy" })),
  });
  haprobe = await startHaprobe(["--config", await testBed.writeConfigFile(["user"], { every: "200ms" })]);
});
afterAll(async () => {
  await haprobe[Symbol.asyncDispose]();
  await testBed[Symbol.asyncDispose]();
});

const allAgree = ({ servers }: StreamClient): boolean => {
  const shown = [...servers.values()].filter(({ backend }) => !backend.startsWith(STATS_PROXY_PREFIX));
  return shown.length === 12 && shown.every(({ verdict }) => verdict === "agree-up");
};

async function fetchServers(): Promise<{ seq: number; servers: ServerStatus[] }> {
  return (await (await fetch(`${haprobe.url}/api/v1/servers`)).json()) as { seq: number; servers: ServerStatus[] };
}

function sorted(servers: readonly ServerStatus[]): readonly ServerStatus[] {
  return servers.toSorted((a, b) => a.key.localeCompare(b.key));
}

test("the snapshot with the deltas applied equals REST at every seq, while servers fail and recover", async () => {
  await using client = new StreamClient(haprobe.url);
  await client.waitUntil(allAgree);
  const compared = new Set<number>();
  const compare = async (): Promise<void> => {
    const { seq, servers } = await fetchServers();
    expect(sorted(await client.stateAt(seq))).toEqual(sorted(servers));
    compared.add(seq);
  };
  for (const mode of ["etcd", "hang", "closed", "deny-403"] as const) {
    await testBed.servers.get("cp-2")?.setMode(mode);
    const asked = client.verdictLog.length;
    while (client.verdictOf("user/none/cp-2") === "agree-up" || client.verdictLog.length < asked + 12) await compare();
    await testBed.servers.get("cp-2")?.setMode("healthy");
    while (!allAgree(client)) await compare();
  }
  expect(compared.size).toBeGreaterThanOrEqual(8);
});

test("a server behind httpchk that keeps flapping is never a confirmed mismatch, one behind a bare check is each time", async () => {
  await using client = new StreamClient(haprobe.url);
  await client.waitUntil(allAgree);
  const rounds = 5;
  for (let round = 0; round < rounds; round += 1) {
    await testBed.servers.get("cp-3")?.setMode("etcd");
    await client.waitUntil(({ servers }) => servers.get("user/bare/cp-3")?.phase === "confirmed");
    await client.waitUntil(({ servers }) => servers.get("user/httpchk/cp-3")?.haproxy.status !== "UP");
    await testBed.servers.get("cp-3")?.setMode("healthy");
    await client.waitUntil(allAgree);
  }
  const words = client.verdictLog.filter((word) => word.endsWith("confirmed"));
  expect(words.filter((word) => word.startsWith("user/httpchk/"))).toEqual([]);
  expect(words.filter((word) => word.startsWith("user/bare/cp-3")).length).toBeGreaterThanOrEqual(rounds);
});

test("the log has one line for a change of verdict and none for a poll", async () => {
  const lines = haprobe
    .log()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; key?: string; verdict?: string; phase?: string });
  const changes = lines.filter(({ event }) => event === "verdict-changed");
  expect(changes.length).toBeGreaterThan(0);
  expect(
    lines.filter(({ event }) => !["start", "store-off", "listening", "polling", "verdict-changed"].includes(event)),
  ).toEqual([]);
  for (const [i, line] of changes.entries()) {
    const before = changes.slice(0, i).findLast(({ key }) => key === line.key);
    expect([line.verdict, line.phase]).not.toEqual([before?.verdict, before?.phase]);
  }
});

test("two SIGINT, as npm forwards Ctrl-C, are one orderly shutdown", async () => {
  const served = await startHaprobe(["--config", await testBed.writeConfigFile(["admin"])]);
  process.kill(served.pid, "SIGINT");
  expect(await served.stop("SIGINT")).toBe(0);
});
