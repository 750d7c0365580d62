import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./real-haproxy.ts";

/** Where CI lays it; else the one on the PATH, which Debian's package `prometheus-alertmanager` brings. */
const CACHED = fileURLToPath(new URL("../../.cache/bin/prometheus-alertmanager", import.meta.url));
const PROGRAM = existsSync(CACHED) ? CACHED : "prometheus-alertmanager";

export const HAS_ALERTMANAGER = spawnSync(PROGRAM, ["--version"]).error === undefined;

/** What a test that needs it is called where there is none, so that the gap can be read. */
export const ALERTMANAGER_MISSING_HINT = HAS_ALERTMANAGER
  ? ""
  : " (skipped: no Alertmanager on the PATH, install Debian's `prometheus-alertmanager`)";

/** An alert as Alertmanager sends it on. */
export interface ForwardedAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RealAlertmanager extends AsyncDisposable {
  readonly url: string;
  /** What its receiver got so far. */
  readonly forwarded: readonly ForwardedAlert[];
}

/** Starts Alertmanager on loopback, with a receiver that is notified at once. */
export async function startAlertmanager(): Promise<RealAlertmanager> {
  const forwarded: ForwardedAlert[] = [];
  const receiver = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const { alerts } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { alerts: ForwardedAlert[] };
      forwarded.push(...alerts);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtempDisposable(join(tmpdir(), "haprobe-alertmanager-"));
  const port = await freePort();
  await writeFile(
    join(folder.path, "config.yml"),
    `route: {receiver: hook, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/", send_resolved: true}]}]
`,
  );
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    PROGRAM,
    [
      `--config.file=${join(folder.path, "config.yml")}`,
      `--storage.path=${join(folder.path, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`Alertmanager ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    forwarded,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      receiver.closeAllConnections();
      await new Promise<void>((resolve) => receiver.close(() => resolve()));
      await folder.remove();
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}
