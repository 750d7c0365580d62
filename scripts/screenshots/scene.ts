import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HaproxyProcess, startHaproxy } from "../../demo/haproxy-process.ts";
import type { ApiServer, ApiServerMode } from "../../demo/stand-in/api-server.ts";
import { createAuthority } from "../../demo/stand-in/certificates.ts";
import { systemClock } from "../../server/clock.ts";
import {
  SCENE_INSTANCES,
  SCENE_TOKEN,
  type SceneInstance,
  sceneHaprobeConfig,
  sceneHaproxyConfig,
  sceneSocket,
} from "./scene-config.ts";
import { startSceneServers } from "./scene-servers.ts";
import { startSceneTraffic } from "./scene-traffic.ts";

const MAIN = join(import.meta.dirname, "../../server/main.ts");
const START_DEADLINE_MS = 20_000;

/** Two HAProxies in front of stand-in servers, with clients, and a haprobe that watches them. */
export interface Scene extends AsyncDisposable {
  /** Address of the dashboard. */
  readonly url: string;
  setMode(server: string, mode: ApiServerMode): Promise<void>;
  stopHaproxy(instance: SceneInstance): Promise<void>;
  stopHaprobe(): Promise<void>;
  startHaprobe(): Promise<void>;
}

/** Starts it; a start that fails leaves nothing running. */
export async function startScene(port: number): Promise<Scene> {
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

  const configFile = join(folder, "haprobe.yaml");
  writeFileSync(configFile, sceneHaprobeConfig(folder, `127.0.0.1:${port}`));
  let haprobe: ChildProcess | null = null;
  const stopHaprobe = async (): Promise<void> => {
    if (haprobe === null || haprobe.exitCode !== null) return;
    const ended = once(haprobe, "exit");
    haprobe.kill("SIGKILL");
    await ended;
    haprobe = null;
  };
  stack.defer(stopHaprobe);
  const startHaprobe = async (): Promise<void> => {
    haprobe = spawn(process.execPath, [MAIN, "serve", "--config", configFile, "--log-level", "warn"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    await waitFor(`http://127.0.0.1:${port}/readyz`);
  };
  await startHaprobe();
  const kept = stack.move();
  return {
    url: `http://127.0.0.1:${port}/`,
    setMode: (server, mode) => find(server).setMode(mode),
    stopHaproxy: async (instance) => haproxies.get(instance)?.stop(),
    stopHaprobe,
    startHaprobe,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function waitFor(url: string): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error(`${url} did not answer within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
