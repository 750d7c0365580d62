import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished } from "vitest";
import { type HaprobeProcess, startHaprobe } from "./haprobe-cli.ts";
import { type RealHaproxy, startHaproxy } from "./real-haproxy.ts";

export const WEBHOOK_SECRET = `whsec_${Buffer.from("a-secret-of-32-bytes-for-the-test").toString("base64")}`;

export interface Received {
  readonly id: string;
  readonly answer: string;
  readonly type: string;
  readonly sentence: string;
  readonly n: number;
  readonly verified: boolean;
  readonly forged: boolean;
}

/** A webhook receiver in another process. */
export class Receiver {
  readonly received: Received[] = [];
  port = 0;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Receiver> {
    const program = join(import.meta.dirname, "webhook-receiver.ts");
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, WEBHOOK_SECRET: WEBHOOK_SECRET },
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

/** A HAProxy with one server, a webhook receiver, and a configuration for haprobe; its end is that of the test. */
export interface AlertScene {
  readonly folder: string;
  readonly haproxy: RealHaproxy;
  readonly receiver: Receiver;
  /** From now on the server answers 500 on `/healthz`. */
  break(): void;
  heal(): void;
  serve(dataDir?: string): Promise<HaprobeProcess>;
}

export async function startAlertScene(): Promise<AlertScene> {
  let isHealthy = true;
  const server = createServer((_request, response) =>
    response.writeHead(isHealthy ? 200 : 500).end(isHealthy ? "ok" : "[-]etcd failed\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const haproxy = await startHaproxy({
    config: `backend be\n  mode http\n  server s1 127.0.0.1:${port} check inter 200ms\n`,
  });
  const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-alerts-"));
  const receiver = await Receiver.start();
  onTestFinished(async () => {
    receiver.stop();
    await haproxy.stop();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await folder.remove();
  });
  const config = join(folder.path, "haprobe.yaml");
  await writeFile(join(folder.path, "hook.secret"), `${WEBHOOK_SECRET}\n`, { mode: 0o600 });
  await writeFile(
    config,
    `haproxy: [{name: lb, stats: "unix:${haproxy.adminSocket}", every: 200ms}]
probes: [{match: {}, http: {path: /healthz}, every: 200ms, fall: 2}]
alerts:
  channels: [{name: hook, webhook: {url: "http://127.0.0.1:${receiver.port}/in", secret-file: hook.secret}, timeout: 1s}]
  routes: [{wait: 0s}]
  retry: {first: 200ms, max: 500ms}
`,
  );
  return {
    folder: folder.path,
    haproxy,
    receiver,
    break: () => void (isHealthy = false),
    heal: () => void (isHealthy = true),
    serve: (dataDir = join(folder.path, "state")) => startHaprobe(["--config", config, "--data-dir", dataDir]),
  };
}

/** Waits until haprobe and HAProxy say the same of the server. */
export async function agreed({ url }: HaprobeProcess): Promise<void> {
  await expect
    .poll(async () => (await fetch(`${url}/api/v1/servers`)).text(), { timeout: 30_000, interval: 50 })
    .toContain('"agree-up"');
}
