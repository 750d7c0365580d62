import { spawnSync } from "node:child_process";
import { chmod, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { MAIN, type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type TestBed, startTestBed, COMMON_CHECKS } from "../support/test-bed.ts";
import { haproxyBinaries } from "../support/real-haproxy.ts";
import { StreamClient } from "../support/stream-client.ts";

const FALSE_UP_SERVER = "plainbare/lying";

/** A user who owns nothing: root may open a socket of any mode. */
const UNPRIVILEGED_UID = process.getuid?.() === 0 ? 65_534 : undefined;
const UNPRIVILEGED_SCRIPT = `require("node:fs").accessSync(${JSON.stringify(MAIN)})`;
const CAN_RUN_UNPRIVILEGED =
  spawnSync(process.execPath, ["-e", UNPRIVILEGED_SCRIPT], { uid: UNPRIVILEGED_UID }).status === 0;

describe.each(haproxyBinaries())("$name: of two HAProxies one has its troubles", ({ binary }) => {
  let steady: TestBed;
  let frail: TestBed;
  let haprobe: HaprobeProcess;
  let client: StreamClient;

  const start = (): Promise<TestBed> =>
    startTestBed({
      binary,
      withoutMaster: true,
      checks: { plainbare: COMMON_CHECKS.plainbare },
      servers: [
        { name: "good", mode: "healthy", plain: true },
        { name: "lying", mode: "healthy", plain: true },
      ],
    });
  const config = async (instances: Readonly<Record<string, TestBed>>): Promise<string> => {
    const file = join(frail.dir, `haprobe-${Object.keys(instances).join("-")}.yaml`);
    const entries = Object.entries(instances).map(
      ([name, { haproxy }]) => `  - {name: ${name}, stats: "unix:${haproxy.adminSocket}", every: 200ms}`,
    );
    const rule = `{match: {backend: "plain*"}, http: {path: /healthz}, every: 500ms, timeout: 1s}`;
    await writeFile(file, `haproxy:\n${entries.join("\n")}\nprobes: [${rule}]\n`);
    return file;
  };
  beforeAll(async () => {
    [steady, frail] = await Promise.all([start(), start()]);
    haprobe = await startHaprobe(["--config", await config({ steady, frail })]);
    client = new StreamClient(haprobe.url);
    await client.waitUntil(isWell);
  });
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await haprobe?.[Symbol.asyncDispose]();
    await steady?.[Symbol.asyncDispose]();
    await frail?.[Symbol.asyncDispose]();
  });

  const isWell = ({ servers, instances }: StreamClient): boolean => {
    const shown = [...servers.values()].filter(({ backend }) => backend === "plainbare");
    const allWell = [...instances.values()].every(({ state }) => state === "ok");
    return shown.length === 4 && allWell && shown.every(({ verdict }) => verdict === "agree-up");
  };
  const troubled = async (code: string): Promise<void> => {
    await client.waitUntil(({ instances }) => instances.get("frail")?.error?.code === code);
    expect(client.instances.get("frail")?.state).not.toBe("ok");
    expect(client.instances.get("steady")).toMatchObject({ state: "ok", error: null });
  };
  /** Probes that it takes until a lie behind the steady one is confirmed. */
  const probesUntilConfirmed = async (): Promise<number> => {
    const lying = steady.server("lying");
    await lying.setMode("etcd");
    const before = lying.requests.total;
    await client.waitUntil(({ servers }) => servers.get(`steady/${FALSE_UP_SERVER}`)?.phase === "confirmed");
    const probes = lying.requests.total - before;
    await lying.setMode("healthy");
    await client.waitUntil(({ servers }) => servers.get(`steady/${FALSE_UP_SERVER}`)?.verdict === "agree-up");
    return probes;
  };

  test("one that hangs delays no verdict about the other's servers, is told stale, and is well once it goes on", async () => {
    // Two failed probes and a view confirm; while the view is missing there are more of them.
    expect(await probesUntilConfirmed()).toBeLessThanOrEqual(BOUNDS.probeFastAtMost);
    process.kill(frail.haproxy.pid, "SIGSTOP");
    try {
      expect(await probesUntilConfirmed()).toBeLessThanOrEqual(BOUNDS.probeFastAtMost);
      await client.waitUntil(({ servers }) => servers.get("frail/plainbare/good")?.reason === "haproxy-stale");
      expect(await probesUntilConfirmed()).toBeLessThanOrEqual(BOUNDS.probeFastAtMost);
      await troubled("HAPROBE_STATS_TIMED_OUT");
    } finally {
      process.kill(frail.haproxy.pid, "SIGCONT");
    }
    await client.waitUntil(isWell);
  });

  test("one that is killed is told at once, and its return is no new lie", async () => {
    const lying = frail.server("lying");
    await lying.setMode("etcd");
    await client.waitUntil(({ servers }) => servers.get(`frail/${FALSE_UP_SERVER}`)?.phase === "confirmed");
    const since = client.servers.get(`frail/${FALSE_UP_SERVER}`)?.since;
    process.kill(frail.haproxy.pid, "SIGKILL");
    await troubled("HAPROBE_STATS_REFUSED");
    await frail.haproxy.reload();
    await client.waitUntil(({ instances }) => instances.get("frail")?.state === "ok");
    await client.waitUntil(({ servers }) => servers.get(`frail/${FALSE_UP_SERVER}`)?.haproxy.checkStatus === "L4OK");
    expect(client.servers.get(`frail/${FALSE_UP_SERVER}`)).toMatchObject({
      verdict: "false-up",
      phase: "confirmed",
      since,
    });
    expect(haprobe.log()).toContain("frail was restarted or reloaded");
    await lying.setMode("healthy");
    await client.waitUntil(isWell);
  });

  test("a socket that is taken away and put back", async () => {
    const { adminSocket } = frail.haproxy;
    await rename(adminSocket, `${adminSocket}.away`);
    await troubled("HAPROBE_STATS_SOCKET_MISSING");
    await rename(`${adminSocket}.away`, adminSocket);
    await client.waitUntil(isWell);
    expect(client.instances.get("frail")).toMatchObject({ state: "ok", error: null });
  });

  test.skipIf(!CAN_RUN_UNPRIVILEGED)(
    `a socket that haprobe's user may not open, until he may${CAN_RUN_UNPRIVILEGED ? "" : " (skipped: nobody cannot read this checkout)"}`,
    async () => {
      await chmod(frail.dir, 0o755);
      await chmod(frail.haproxy.adminSocket, 0o000);
      await using stranger = await startHaprobe(["--config", await config({ frail })], {}, UNPRIVILEGED_UID);
      await using sight = new StreamClient(stranger.url);
      await sight.waitUntil(({ instances }) => instances.get("frail")?.error?.code === "HAPROBE_STATS_FORBIDDEN");
      await chmod(frail.haproxy.adminSocket, 0o666);
      await sight.waitUntil(({ servers }) => servers.get("frail/plainbare/good")?.verdict === "agree-up");
      expect(sight.instances.get("frail")).toMatchObject({ state: "ok", error: null });
    },
  );

  test("the log has one line for each trouble and one for its end", () => {
    const lines = haprobe
      .log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; instance?: string; code?: string })
      .filter(({ event }) => event === "instance-reachability");
    expect(lines.map(({ instance, code }) => [instance, code ?? "answers"])).toEqual([
      ["frail", "HAPROBE_STATS_TIMED_OUT"],
      ["frail", "answers"],
      ["frail", "HAPROBE_STATS_REFUSED"],
      ["frail", "answers"],
      ["frail", "HAPROBE_STATS_SOCKET_MISSING"],
      ["frail", "answers"],
    ]);
  });
});
