import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type HaproxyProcess, startHaproxy } from "../../demo/haproxy-process.ts";
import type { ApiServer, ApiServerMode } from "../../demo/stand-in/api-server.ts";
import { createAuthority } from "../../demo/stand-in/certificates.ts";
import { systemClock } from "../../server/clock.ts";
import {
  SCENE_INSTANCES,
  SCENE_TOKEN,
  SCENE_VANTAGE,
  type SceneInstance,
  sceneHaprobeConfig,
  sceneHaproxyConfig,
  sceneSocket,
} from "./scene-config.ts";
import { type HubScene, startHubScene } from "./hub-scene.ts";
import { startSceneServers } from "./scene-servers.ts";
import { startSceneTraffic } from "./scene-traffic.ts";
import { seedHistory } from "./seed-history.ts";

const MAIN = join(import.meta.dirname, "../../server/main.ts");
const START_DEADLINE_MS = 60_000;
const POLL_EVERY_MS = 100;

/** Two HAProxies in front of stand-in servers, with clients, and a haprobe beside them that has an hour of history. */
export interface Scene extends AsyncDisposable {
  /** Address of the dashboard. */
  readonly url: string;
  setMode(server: string, mode: ApiServerMode): Promise<void>;
  stopHaproxy(instance: SceneInstance): Promise<void>;
  acknowledge(incident: string, name: string, note: string): Promise<void>;
  /** Resolves once no mismatch is open. */
  untilCalm(withinMs: number): Promise<void>;
  /** Gives haprobe wrong addresses of all servers, or the right ones again. */
  setBlind(isBlind: boolean): void;
  /** Cuts a page off from haprobe. */
  disconnect(page: Page): Promise<void>;
  stopHaprobe(): Promise<void>;
  /** Starts a hub with vantages of two sites beside these HAProxies; null where there is no PostgreSQL. */
  startHub(): Promise<HubScene | null>;
  /** Starts a haprobe that reaches no HAProxy; resolves with the address of its dashboard. */
  startFirstRun(): Promise<string>;
}

/** Starts it; a start that fails leaves nothing running. */
export async function startScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "haprobe-scene-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const authority = await createAuthority("haprobe scene CA");
  const servers = await startSceneServers(await authority.issue({ names: ["kubernetes"] }));
  for (const server of servers.values()) stack.defer(() => server.close());
  const find = (name: string): ApiServer => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`the scene has no server ${name}`);
    return server;
  };
  await find("web-11").setMode({ kind: "needs-token", token: SCENE_TOKEN });
  await find("web-09").setMode("closed");
  await find("img-04").setMode("deny-403");

  writeFileSync(join(folder, "token"), SCENE_TOKEN, { mode: 0o600 });
  const haproxies = new Map<SceneInstance, HaproxyProcess>();
  for (const instance of Object.keys(SCENE_INSTANCES) as SceneInstance[]) {
    const configFile = join(folder, `${instance}.cfg`);
    writeFileSync(configFile, sceneHaproxyConfig(folder, instance));
    const haproxy = await startHaproxy({
      program: process.env["HAPROBE_TEST_HAPROXY"] ?? "/usr/sbin/haproxy",
      configFile,
      statsSocket: sceneSocket(folder, instance),
      folder,
      clock: systemClock,
      signal: new AbortController().signal,
    });
    stack.defer(() => haproxy.stop());
    haproxies.set(instance, haproxy);
  }
  const traffic = startSceneTraffic(folder);
  stack.defer(() => traffic.stop());

  const receiver = createServer((request, response) => {
    request.resume();
    response.end();
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  stack.defer(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const configFile = join(folder, "haprobe.yaml");
  const writeConfig = (isBlind: boolean): void =>
    writeFileSync(configFile, sceneHaprobeConfig(folder, `127.0.0.1:${port}`, receiverUrl, isBlind));
  writeConfig(false);
  await seedHistory(join(folder, "state"), SCENE_VANTAGE, Date.now());
  let haprobe: ChildProcess | null = null;
  const stopHaprobe = async (): Promise<void> => {
    if (haprobe === null || haprobe.exitCode !== null) return;
    const ended = once(haprobe, "exit");
    haprobe.kill("SIGTERM");
    await ended;
    haprobe = null;
  };
  stack.defer(stopHaprobe);
  const startHaprobe = async (options: readonly string[], address: string): Promise<void> => {
    haprobe = spawn(process.execPath, [MAIN, "serve", ...options, "--log-level", "error"], {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
    });
    await untilOk(`${address}livez`);
  };
  await startHaprobe(["--config", configFile], url);
  const kept = stack.move();
  return {
    url,
    setMode: (server, mode) => find(server).setMode(mode),
    stopHaproxy: async (instance) => haproxies.get(instance)?.stop(),
    async acknowledge(incident, name, note) {
      const { status } = await fetch(`${url}api/v1/incidents/${incident}/acknowledge`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name, note }),
      });
      if (status !== 200) throw new Error(`acknowledge answers ${status}`);
    },
    async untilCalm(withinMs) {
      await until(`no mismatch within ${withinMs} ms`, withinMs, async () => {
        const answer = await fetch(`${url}api/v1/incidents?open=true&brief=true`);
        const { incidents } = (await answer.json()) as { incidents: readonly unknown[] };
        return incidents.length === 0;
      });
    },
    // haprobe reads a file again that changes.
    setBlind: writeConfig,
    async disconnect(page) {
      await page.context().setOffline(true);
    },
    stopHaprobe,
    startHub: () => startHubScene(folder),
    async startFirstRun() {
      const address = `127.0.0.1:${await freePort()}`;
      const sockets = ["admin", "stats"].flatMap((name) => ["--haproxy", `unix:${join(folder, name)}.sock`]);
      await startHaprobe(["--listen", address, "--data-dir", "none", ...sockets], `http://${address}/`);
      return `http://${address}/`;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A TCP port of the loopback that is free now. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function untilOk(url: string): Promise<void> {
  await until(`${url} answers`, START_DEADLINE_MS, () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
}

async function until(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not so: ${what}`);
    await pause(POLL_EVERY_MS);
  }
}
