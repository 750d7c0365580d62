import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { mkdir, mkdtempDisposable, truncate, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type HaprobeProcess, startHaprobe } from "../support/haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "../support/real-haproxy.ts";
import { mountMissing, mountTmpfs } from "../support/small-disk.ts";

vi.setConfig({ testTimeout: 60_000 });

const MOUNT_MISSING = mountMissing();
const WAIT = { timeout: 30_000, interval: 50 };
const SECRET = `whsec_${Buffer.from("a-secret-of-32-bytes-for-the-test").toString("base64")}`;

interface Received {
  readonly id: string;
  readonly answer: string;
  readonly type: string;
  readonly sentence: string;
  readonly n: number;
  readonly verified: boolean;
  readonly forged: boolean;
}

/** A webhook receiver in another process. */
class Receiver {
  readonly received: Received[] = [];
  port = 0;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Receiver> {
    const program = join(import.meta.dirname, "webhook-receiver.ts");
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, WEBHOOK_SECRET: SECRET },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const receiver = new Receiver(child);
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve) => {
      lines.on("line", (line) => {
        if (receiver.port === 0) {
          receiver.port = Number(line);
          resolve();
        } else receiver.received.push(JSON.parse(line) as Received);
      });
    });
    return receiver;
  }

  /** How it answers from now on. */
  answer(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  stop(): void {
    this.#child.kill("SIGCONT");
    this.#child.kill("SIGKILL");
  }

  /** `type` of each message that it took, in order. */
  get taken(): string[] {
    return this.received.filter(({ answer }) => answer === "200").map(({ type }) => type);
  }
}

let healthy = true;
let server: Server;
let haproxy: RealHaproxy;
beforeAll(async () => {
  server = createServer((_request, response) =>
    response.writeHead(healthy ? 200 : 500).end(healthy ? "ok" : "[-]etcd failed\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  haproxy = await startHaproxy({
    config: `backend be\n  mode http\n  server s1 127.0.0.1:${port} check inter 200ms\n`,
  });
});
afterAll(async () => {
  await haproxy.stop();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let receiver: Receiver;
beforeEach(async () => {
  healthy = true;
  folder = await mkdtempDisposable(join(tmpdir(), "haprobe-alerts-"));
  receiver = await Receiver.start();
  await writeFile(join(folder.path, "hook.secret"), `${SECRET}\n`, { mode: 0o600 });
  await writeFile(
    join(folder.path, "haprobe.yaml"),
    `haproxy: [{name: lb, stats: "unix:${haproxy.adminSocket}", every: 200ms}]
probes: [{match: {}, http: {path: /healthz}, every: 200ms, fall: 2}]
alerts:
  channels: [{name: hook, webhook: {url: "http://127.0.0.1:${receiver.port}/in", secret-file: hook.secret}, timeout: 1s}]
  routes: [{wait: 0s}]
  retry: {first: 200ms, max: 500ms}
`,
  );
});
afterEach(async () => {
  receiver.stop();
  await folder.remove();
});

function serve(dataDir: string = join(folder.path, "state")): Promise<HaprobeProcess> {
  return startHaprobe(["--config", join(folder.path, "haprobe.yaml"), "--data-dir", dataDir]);
}

async function agreed({ url }: HaprobeProcess): Promise<void> {
  await expect.poll(async () => (await fetch(`${url}/api/v1/servers`)).text(), WAIT).toContain('"agree-up"');
}

describe.each(["with a data directory", "without one"])("%s", (place) => {
  test("a false-up is sent, signed, and resolved", async () => {
    await using haprobe = await serve(place === "without one" ? "none" : undefined);
    await agreed(haprobe);
    healthy = false;
    await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing"]);
    healthy = true;
    await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing", "incident.resolved"]);
    const [firing, resolved] = receiver.received;
    expect(firing?.sentence).toMatch(/^s1 is UP in HAProxy and answering 500 on \/healthz; 0 of 1 server left$/);
    expect(resolved?.sentence).toMatch(/^s1 is healthy again after .*; 0 requests went to it; HAProxy never noticed$/);
    expect(receiver.received.map(({ verified, forged }) => [verified, forged])).toEqual([
      [true, false],
      [true, false],
    ]);
    expect(await (await fetch(`${haprobe.url}/metrics`)).text()).toContain(
      'haprobe_notifications_total{channel="hook",result="sent"} 2',
    );
  });
});

test("what a receiver refuses is sent again under its id, signed anew, in order, until it arrives", async () => {
  receiver.answer("500");
  await using haprobe = await serve();
  await agreed(haprobe);
  healthy = false;
  await expect.poll(() => receiver.received.length, WAIT).toBeGreaterThanOrEqual(2);
  receiver.answer("429 1");
  await expect.poll(() => receiver.received.some(({ answer }) => answer === "429 1"), WAIT).toBe(true);
  receiver.answer("hang");
  await expect.poll(() => receiver.received.some(({ answer }) => answer === "hang"), WAIT).toBe(true);
  receiver.answer("200");
  await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing"]);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  expect(receiver.received.every(({ verified, forged }) => verified && !forged)).toBe(true);
  expect(await (await fetch(`${haprobe.url}/api/v1/findings`)).text()).not.toContain(SECRET);
});

describe("after kill -9 nothing is lost, ids stay, and the end follows the beginning:", () => {
  test("while the receiver refuses", async () => {
    receiver.answer("503");
    const first = await serve();
    await agreed(first);
    healthy = false;
    await expect.poll(() => receiver.received.length, WAIT).toBeGreaterThanOrEqual(1);
    await first.stop("SIGKILL");
    receiver.answer("200");
    await using second = await serve();
    await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing"]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    await fetch(`${second.url}/livez`);
    healthy = true;
    await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing", "incident.resolved"]);
  });

  test("while the receiver is stopped with a message in flight", async () => {
    const first = await serve();
    await agreed(first);
    receiver.signal("SIGSTOP");
    healthy = false;
    await expect
      .poll(async () => (await fetch(`${first.url}/api/v1/incidents?open=true`)).text(), WAIT)
      .toContain("false-up");
    await first.stop("SIGKILL");
    receiver.signal("SIGCONT");
    await using second = await serve();
    await fetch(`${second.url}/livez`);
    await expect.poll(() => new Set(receiver.received.map(({ id }) => id)).size, WAIT).toBe(1);
    healthy = true;
    await expect.poll(() => receiver.taken.at(-1), WAIT).toBe("incident.resolved");
    // At least once: what was in flight may have arrived twice, under its id.
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2);
  });

  test("while the fault heals before haprobe is back", async () => {
    const first = await serve();
    await agreed(first);
    healthy = false;
    await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing"]);
    await first.stop("SIGKILL");
    healthy = true;
    await using second = await serve();
    await agreed(second);
    await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing", "incident.resolved"]);
  });
});

// What cannot be stored is tried again after up to half a minute.
describe.skipIf(MOUNT_MISSING !== null)("where the disk is full", { timeout: 120_000 }, () => {
  const LONG = { timeout: 60_000, interval: 100 };

  /** A service on a small disk, with what fills it and what makes room again. */
  async function serveOnSmallDisk() {
    const parent = join(folder.path, "disk");
    await mkdir(parent);
    const mount = mountTmpfs(parent, "size=2m");
    const haprobe = await serve(join(parent, "state"));
    await agreed(haprobe);
    await expect.poll(() => metrics(haprobe), LONG).toMatch(/^haprobe_store_open 1$/m);
    const ballast = join(parent, "ballast");
    return {
      haprobe,
      fill: () => void spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"]),
      makeRoom: () => truncate(ballast, 0),
      async [Symbol.asyncDispose]() {
        await haprobe.stop();
        await mount[Symbol.asyncDispose]();
      },
    };
  }

  async function metrics({ url }: HaprobeProcess): Promise<string> {
    return (await fetch(`${url}/metrics`)).text();
  }

  async function verdictIs({ url }: HaprobeProcess, verdict: string): Promise<void> {
    await expect.poll(async () => (await fetch(`${url}/api/v1/servers`)).text(), WAIT).toContain(`"${verdict}"`);
  }

  /** The distinct messages that arrived, in the order of their first arrival. */
  function messages(): string[] {
    return [...new Map(receiver.received.map(({ id, type }) => [id, type])).values()];
  }

  async function storeIsFull(haprobe: HaprobeProcess): Promise<void> {
    await expect.poll(async () => (await fetch(`${haprobe.url}/readyz`)).text(), LONG).toMatch(/disk is full|ENOSPC/);
  }

  test("when an incident begins, its beginning and its end arrive in this order once there is room", async () => {
    await using disk = await serveOnSmallDisk();
    disk.fill();
    healthy = false;
    await verdictIs(disk.haprobe, "false-up");
    await storeIsFull(disk.haprobe);
    await disk.makeRoom();
    await expect.poll(messages, LONG).toEqual(["incident.firing"]);
    healthy = true;
    await expect.poll(messages, LONG).toEqual(["incident.firing", "incident.resolved"]);
  });

  test("when an incident ends, its end arrives once there is room", async () => {
    await using disk = await serveOnSmallDisk();
    healthy = false;
    await expect.poll(messages, LONG).toEqual(["incident.firing"]);
    disk.fill();
    healthy = true;
    await verdictIs(disk.haprobe, "agree-up");
    await storeIsFull(disk.haprobe);
    await disk.makeRoom();
    await expect.poll(messages, LONG).toEqual(["incident.firing", "incident.resolved"]);
  });

  test("while a message is retried, it keeps its id, and the end follows it", async () => {
    receiver.answer("503");
    await using disk = await serveOnSmallDisk();
    healthy = false;
    await expect.poll(() => receiver.received.length, WAIT).toBeGreaterThanOrEqual(1);
    disk.fill();
    await storeIsFull(disk.haprobe);
    receiver.answer("200");
    await disk.makeRoom();
    await expect.poll(() => receiver.taken.length, LONG).toBeGreaterThanOrEqual(1);
    expect(messages()).toEqual(["incident.firing"]);
    healthy = true;
    await expect.poll(messages, LONG).toEqual(["incident.firing", "incident.resolved"]);
  });
});

test("--webhook is a whole configuration", async () => {
  await using haprobe = await startHaprobe([
    "--haproxy",
    `unix:${haproxy.adminSocket}`,
    "--webhook",
    `http://127.0.0.1:${receiver.port}/in`,
  ]);
  // Without a rule the path is a guess, which has to answer well once.
  await agreed(haprobe);
  healthy = false;
  await expect.poll(() => receiver.taken, WAIT).toEqual(["incident.firing"]);
});
