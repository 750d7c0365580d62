import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane, waitForVerdicts } from "../http/control-plane.ts";
import { runHaprobe, type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";

let plane: ControlPlane;
let haprobe: HaprobeProcess;
beforeAll(async () => {
  plane = await startControlPlane();
  haprobe = await startHaprobe(plane.args);
  await waitForVerdicts(haprobe.url, { "cp-1": "agree-up", "cp-2": "false-up confirmed", "cp-3": "agree-up" });
});
afterAll(async () => {
  await haprobe?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

const BRIEFLY = ["--stable", "100ms", "--timeout", "600ms"];

describe("haprobe wait", () => {
  test("follows a running haprobe and exits 0 once every matching server has the verdict", async () => {
    const good = await runHaprobe(["wait", "*/k8s-api/cp-1", "--url", haprobe.url, ...BRIEFLY]);
    expect(good).toMatchObject({ code: 0, stderr: "" });
    expect(good.stdout).toMatch(/^lb-1\/k8s-api\/cp-1 agree-up: .+\n$/);
  });

  test("exits 1 without a matching server", async () => {
    const run = await runHaprobe(["wait", "lb-1/k8s-api/cp-9", "--url", haprobe.url, ...BRIEFLY]);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no server lb-1/k8s-api/cp-9") });
  });

  test("exits 1 at the timeout, after printing what it waited for", async () => {
    const run = await runHaprobe(["wait", "lb-1/k8s-api/*", "--url", `${haprobe.url}/`, ...BRIEFLY]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(
      /^haprobe: lb-1\/k8s-api\/cp-2 false-up \(confirmed\): .*\nhaprobe: not reached within 0.6 s\n$/s,
    );
  });

  test("waits for other verdicts as well", async () => {
    const run = await runHaprobe([
      "wait",
      "lb-1/k8s-api/cp-2",
      "--for",
      "agree-down,false-up",
      "--url",
      haprobe.url,
      ...BRIEFLY,
    ]);
    expect(run.code).toBe(0);
  });

  test("gates a rollout: it exits once the server is and stays healthy, not at a short recovery", async () => {
    const gate = ["wait", "lb-1/k8s-api/cp-2", "--url", haprobe.url, "--stable", "2s", "--timeout", "60s"];
    let open = false;
    const waiting = runHaprobe(gate).finally(() => {
      open = true;
    });
    await plane.setMode("cp-2", "healthy");
    await waitForVerdicts(haprobe.url, { "cp-2": "agree-up" });
    await plane.setMode("cp-2", "etcd");
    await waitForVerdicts(haprobe.url, { "cp-2": "false-up confirmed" });
    expect(open).toBe(false);
    await plane.setMode("cp-2", "healthy");
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining("lb-1/k8s-api/cp-2 agree-up") });
    await plane.setMode("cp-2", "etcd");
  });

  test("polls and probes itself where no haprobe runs", async () => {
    const run = await runHaprobe(["wait", "lb-1/k8s-api/cp-1", ...plane.args, "--stable", "200ms", "--timeout", "15s"]);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^lb-1\/k8s-api\/cp-1 agree-up/) });
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      "the connection is refused",
      ["--url", "http://127.0.0.1:1"],
      /http:\/\/127\.0\.0\.1:1 cannot be read: ECONNREFUSED/,
    ],
    ["there is no HAProxy", ["--haproxy", "unix:/nonexistent/admin.sock"], /\/nonexistent\/admin\.sock/],
  ])("exits 3 at once where %s", async (_what, args, said) => {
    const run = await runHaprobe(["wait", "*/k8s-api/cp-1", ...args, "--timeout", "60s"], { deadlineMs: 20_000 });
    expect(run).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(said) });
  });

  test("exits 3 with an error for wrong arguments", async () => {
    const wrong: readonly (readonly [args: readonly string[], said: RegExp])[] = [
      [["lb-9/k8s-api/cp-1", "--url", haprobe.url], /no HAProxy named lb-9 is polled/],
      [["lb-1/k8s-api/cp-1", "--for", "healthy"], /A verdict is one of/],
      [["lb-1/k8s-api/cp-1", "--url", "haprobe:8405"], /Write it like http/],
      [["lb-1"], /Write it like lb-1\/k8s-api\/cp-1/],
      [["lb-?"], /Write it like lb-1\/k8s-api\/cp-1/],
      [["lb-1/k8s-api"], /Write it like lb-1\/k8s-api\/cp-1/],
      [[], /missing required argument/],
    ];
    const runs = await Promise.all(wrong.map(([args]) => runHaprobe(["wait", ...args])));
    expect(runs).toMatchObject(wrong.map(([, said]) => ({ code: 3, stdout: "", stderr: expect.stringMatching(said) })));
  });
});

describe("haprobe check", () => {
  test("prints the remedy of an error, each line on its own", async () => {
    const run = await runHaprobe(["check", "--haproxy", "unix:/nonexistent/admin.sock"]);
    expect(run.stdout).toMatch(/no such file \[HAPROBE_STATS_SOCKET_MISSING\]\n {2}Correct the path in `stats:`/);
    const missing = await runHaprobe(["check"]);
    expect(missing.stderr).not.toContain("\\u000a");
  });

  test("--format plugin is one line with numbers, and the exit code of a plugin", async () => {
    const run = await runHaprobe(["check", "--format", "plugin", ...plane.args]);
    expect(run).toMatchObject({ code: 2, stderr: "" });
    expect(run.stdout).toMatch(
      /^HAPROBE CRITICAL - cp-2 is UP in HAProxy and failing \/readyz .*\| false_up=1;;0;0 .*\n$/,
    );
  });

  test("--format plugin has the error of the configuration on its one line", async () => {
    const run = await runHaprobe(["check", "--format", "plugin", "--config", "/nonexistent/haprobe.yaml"]);
    expect(run).toMatchObject({ code: 3, stdout: expect.stringMatching(/^HAPROBE UNKNOWN - .*haprobe\.yaml.*\n$/) });
  });

  test("--findings also prints findings", async () => {
    const json = await runHaprobe(["check", "--json", "--findings", ...plane.args]);
    const { findings } = JSON.parse(json.stdout) as { findings: { code: string }[] };
    expect(findings.map(({ code }) => code)).toContain("check-blind");
    expect(json.code).toBe(2);
  });
});
