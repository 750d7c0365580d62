import { request } from "node:http";
import { request as requestTls } from "node:https";
import { frontendSocket, SCENE_INSTANCES, SCENE_TOKEN, type SceneInstance } from "./scene-config.ts";
import { SCENE_BACKENDS } from "./scene-servers.ts";

const EVERY_MS = 40;
const DEADLINE_MS = 2_000;

/** Clients that ask each backend in turn; the last two instances' backends seldom. */
export function startSceneTraffic(folder: string): { stop(): void } {
  const ends = Object.entries(SCENE_INSTANCES).flatMap(([instance, backends]) =>
    backends.map((backend) => ({ instance: instance as SceneInstance, backend })),
  );
  // k8s-api and shop-web of lb-1 get most of it.
  const turns = [...ends, ...ends.slice(0, 1), ...ends.slice(2, 4), ...ends.slice(2, 3), ...ends.slice(2, 3)];
  let turn = 0;
  const timer = setInterval(() => {
    const end = turns[(turn += 1) % turns.length];
    if (end !== undefined) ask(folder, end.instance, end.backend);
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

function ask(folder: string, instance: SceneInstance, backend: keyof typeof SCENE_BACKENDS): void {
  const { mode, usesTls } = SCENE_BACKENDS[backend];
  const options = {
    socketPath: frontendSocket(folder, instance, backend),
    path: "/healthz",
    headers: { host: "shop", authorization: `Bearer ${SCENE_TOKEN}` },
    timeout: DEADLINE_MS,
    agent: false as const,
  };
  // A backend in mode http speaks TLS to its servers itself.
  const asked = usesTls && mode === "tcp" ? requestTls({ ...options, rejectUnauthorized: false }) : request(options);
  asked.on("response", (response) => response.resume().on("error", () => {}));
  asked.on("timeout", () => asked.destroy());
  asked.on("error", () => {});
  asked.end();
}
