import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InstanceStatus } from "../../server/contract/status.ts";
import { demoFolder, type DemoProcess, processesOf, runDemo, startDemo } from "./demo-process.ts";

const SOON = { timeout: 15_000, interval: 50 };
const AGREED = { "k8s-bare": "agree-up", "k8s-tls": "agree-up", "k8s-readyz": "agree-up" };

describe("a running demo", () => {
  let demo: DemoProcess;
  beforeAll(async () => {
    demo = await startDemo();
  });
  afterAll(() => demo[Symbol.asyncDispose]());

  const of = async (server: string): Promise<Record<string, string>> => {
    const said = Object.entries(await demo.verdicts()).filter(([key]) => key.endsWith(`/${server}`));
    return Object.fromEntries(said.map(([key, verdict]) => [key.replace(`/${server}`, ""), verdict]));
  };

  test("has three servers in four backends; where the check has no token, HAProxy is wrong from the start", async () => {
    const denied = expect.stringMatching(/^false-down (settling|confirmed) haproxy-denied$/);
    for (const server of ["cp-1", "cp-2", "cp-3"]) {
      await expect.poll(() => of(server), SOON).toEqual({ ...AGREED, "k8s-token": denied });
    }
    expect(await demo.servers()).toHaveLength(12);
  });

  test("shows the page, and the check quality of each backend", async () => {
    expect((await fetch(demo.url)).status).toBe(200);
    const quality = new Map((await demo.servers()).map((server) => [server.backend, server.quality]));
    expect(quality.get("k8s-bare")).toBe("check-blind");
    expect(quality.get("k8s-tls")).toBe("check-blind");
    expect(quality.get("k8s-readyz")).toBe("check-ok");
  });

  test("break cp-2 etcd: UP in HAProxy behind a port check, down on both sides behind a health check; clients fail", async () => {
    const run = await demo.run("break", "cp-2", "etcd");
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(run.out).toContain(`Look at ${demo.url}`);
    await expect
      .poll(() => of("cp-2"), SOON)
      .toEqual({
        "k8s-bare": "false-up confirmed probe-answered-unhealthy",
        "k8s-tls": "false-up confirmed probe-answered-unhealthy",
        "k8s-readyz": "agree-down probe-answered-unhealthy",
        "k8s-token": "agree-down probe-answered-unhealthy",
      });
    const misrouted = async (): Promise<number> =>
      (await demo.servers()).find(({ key }) => key === "lb-1/k8s-bare/cp-2")?.misrouted.sessions ?? 0;
    await expect.poll(misrouted, SOON).toBeGreaterThan(0);
    await expect
      .poll(async () => (await demo.run("status")).out, { timeout: 15_000, interval: 250 })
      .toMatch(/^cp-2 +has lost its etcd[^]*^k8s-bare +of the last \d+ requests of the clients [1-9]/m);
  });

  test("its terminal prints the alert that its receiver got", async () => {
    await expect
      .poll(demo.out, SOON)
      .toMatch(/^ +ALERT incident\.firing: 127\.0\.0\.12:\d+ is UP in HAProxy and failing \/readyz \(etcd/m);
  });

  test("another fault replaces the first", async () => {
    expect((await demo.run("break", "cp-2", "deny")).code).toBe(0);
    await expect.poll(() => of("cp-2"), SOON).toMatchObject({ "k8s-bare": "unknown probe-denied" });
    expect((await demo.run("status")).out).toMatch(/^cp-2 +answers 401/m);
  });

  test("heal: all servers are healthy again", async () => {
    await demo.run("break", "cp-3", "die");
    await expect.poll(() => of("cp-3"), SOON).toMatchObject({ "k8s-bare": "agree-down probe-refused" });
    expect(await demo.run("heal")).toEqual({ code: 0, out: "cp-2, cp-3: healthy again.\n", err: "" });
    for (const server of ["cp-2", "cp-3"]) await expect.poll(() => of(server), SOON).toMatchObject(AGREED);
    expect((await demo.run("heal")).out).toBe("No server is broken.\n");
  });

  test("its terminal shows the events as sentences without fields", () => {
    expect(demo.out()).toContain("\ncp-2 has lost its etcd");
    expect(demo.out()).toMatch(
      /^\d\d:\d\d:\d\d WARN {2}lb-1\/k8s-bare\/cp-2 false-up \(confirmed\): HAProxy says UP \(L4OK\); \/readyz answers 500: etcd, etcd-readiness failed$/m,
    );
    expect(demo.out()).not.toContain("event=");
  });

  test("a second one prints the address of the first", async () => {
    const run = await runDemo(demo.folder, "--listen", "127.0.0.1:0");
    expect(run).toMatchObject({ code: 1, out: "" });
    expect(run.err).toContain("A demo is running already.");
    expect(run.err).toContain(demo.url);
  });

  test("its terminal prints the end of the alert", async () => {
    const end = /^ +ALERT incident\.resolved: 127\.0\.0\.12:\d+ is healthy again after /m;
    await expect.poll(demo.out, { timeout: 50_000, interval: 100 }).toMatch(end);
  });

  test("Ctrl-C leaves no process and no file", async () => {
    expect(processesOf(demo.folder)).not.toEqual([]);
    demo.kill("SIGINT");
    const { code, err } = await demo.ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(processesOf(demo.folder)).toEqual([]);
    expect(existsSync(demo.folder)).toBe(false);
  });
});

describe("the end", () => {
  test("a second Ctrl-C ends a waiting demo at once, and leaves nothing either", async () => {
    await using demo = await startDemo();
    // An incomplete request delays an orderly stop.
    const { hostname, port } = new URL(demo.url);
    const half = connect(Number(port), hostname, () => half.write("POST /api HTTP/1.1\r\nhost: localhost\r\n"));
    half.on("error", () => {});
    await expect.poll(() => half.bytesWritten, SOON).toBeGreaterThan(0);
    demo.kill("SIGINT");
    const again = setInterval(() => demo.kill("SIGINT"), 100);
    expect((await demo.ended).code).toBe(130);
    clearInterval(again);
    half.destroy();
    await expect.poll(() => processesOf(demo.folder), SOON).toEqual([]);
    expect(existsSync(demo.folder)).toBe(false);
  });

  test("the two signals of one Ctrl-C under npm are one", async () => {
    await using demo = await startDemo();
    demo.kill("SIGINT");
    demo.kill("SIGINT");
    expect((await demo.ended).code).toBe(0);
  });

  test("a signal to npm ends the demo", async () => {
    await using demo = await startDemo({ byNpm: true });
    demo.kill("SIGTERM");
    await expect.poll(() => existsSync(demo.folder), SOON).toBe(false);
    expect(processesOf(demo.folder)).toEqual([]);
  });

  test("a demo that is killed takes its HAProxy with it, and the next one starts", async () => {
    const killed = await startDemo();
    killed.kill("SIGKILL");
    await killed.ended;
    await expect.poll(() => processesOf(killed.folder), SOON).toEqual([]);
    expect((await killed.run("status")).err).toContain("No demo is running");
    await using next = await startDemo({ folder: killed.folder });
    expect((await next.run("status")).code).toBe(0);
  });

  test("the end of HAProxy is reported, and the demo continues", async () => {
    await using demo = await startDemo();
    const pid = async (): Promise<number | null | undefined> => {
      const { instances } = (await (await fetch(`${demo.url}/api/v1/instances`)).json()) as {
        instances: InstanceStatus[];
      };
      return instances[0]?.pid;
    };
    await expect.poll(pid, SOON).toBeGreaterThan(0);
    process.kill((await pid()) ?? 0, "SIGKILL");
    await expect.poll(demo.out, SOON).toContain("HAProxy ended unexpectedly, signal SIGKILL");
    expect((await demo.run("status")).code).toBe(0);
    demo.kill("SIGTERM");
    expect((await demo.ended).code).toBe(0);
    expect(existsSync(demo.folder)).toBe(false);
  });
});

describe("a start that cannot succeed", () => {
  test("a taken address is reported, and nothing is left", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await expect.poll(() => taken.listening, SOON).toBe(true);
    const at = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const folder = await demoFolder();
    const run = await runDemo(folder, "--listen", at);
    taken.close();
    expect(run).toMatchObject({ code: 1, out: "" });
    expect(run.err).toContain(`cannot listen on ${at}: the port is taken`);
    expect(run.err).toContain("--listen");
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  test("a wrong address is reported with the error of haprobe", async () => {
    const folder = await demoFolder();
    expect(await runDemo(folder, "--listen", "8405")).toMatchObject({
      code: 1,
      err: expect.stringContaining("write 127.0.0.1:PORT for this machine only"),
    });
  });

  test("without a demo the commands print how to start one", async () => {
    const folder = await demoFolder();
    expect(await runDemo(folder, "heal")).toEqual({
      code: 1,
      out: "",
      err: "No demo is running. Start one in another terminal: npm run demo\n",
    });
    await rm(folder, { recursive: true });
  });

  test("wrong words are answered with the right ones", async () => {
    const folder = await demoFolder();
    const run = await runDemo(folder, "break", "cp-2", "ectd");
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain('there is no fault "ectd". Did you mean etcd? It is one of etcd, hang, deny, drain, die');
    await rm(folder, { recursive: true });
  });
});
