import { join } from "node:path";
import { SCENE_BACKENDS, type SceneBackendName } from "./scene-servers.ts";

/** The two HAProxies of the scene and their backends, in HAProxy's order. */
export const SCENE_INSTANCES: Readonly<Record<"lb-1" | "lb-2", readonly SceneBackendName[]>> = {
  "lb-1": ["k8s-api", "rke2-join", "shop-web", "img-cache"],
  "lb-2": ["k8s-api", "rke2-join", "shop-web", "legacy-app"],
};
export type SceneInstance = keyof typeof SCENE_INSTANCES;
/** What the servers of shop-web want where they want one. */
export const SCENE_TOKEN = "a-token-of-the-scene";

export function sceneSocket(folder: string, instance: SceneInstance): string {
  return join(folder, `${instance}.sock`);
}

/** The UNIX socket of a backend's frontend, for the scene's clients. */
export function frontendSocket(folder: string, instance: SceneInstance, backend: string): string {
  return join(folder, `${instance}-${backend}.sock`);
}

/** haproxy.cfg of one instance. The check of lb-2 forgets the token, that of img-cache stops at TLS, legacy-app has none. */
export function sceneHaproxyConfig(folder: string, instance: SceneInstance): string {
  const names = SCENE_INSTANCES[instance];
  const lines = [
    "global",
    `    stats socket ${sceneSocket(folder, instance)} mode 600 level admin`,
    "    maxconn 500",
    "defaults",
    "    timeout connect 2s",
    "    timeout client 30s",
    "    timeout server 30s",
    "    timeout check 2s",
    "    default-server inter 1s fall 3 rise 2",
  ];
  for (const name of names) {
    const { mode, usesTls, servers } = SCENE_BACKENDS[name];
    lines.push(`frontend to-${name}`, `    mode ${mode}`);
    lines.push(`    bind ${frontendSocket(folder, instance, name)} mode 600`, `    default_backend ${name}`);
    lines.push(`backend ${name}`, `    mode ${mode}`, "    balance roundrobin");
    if (name === "shop-web") {
      const token = instance === "lb-1" ? ` hdr Authorization "Bearer ${SCENE_TOKEN}"` : "";
      lines.push(
        "    option httpchk",
        `    http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host shop${token}`,
        "    http-check expect status 200",
      );
    }
    for (const { name: server, host, port } of servers) {
      const check = name === "legacy-app" ? "" : name === "img-cache" ? " check check-ssl verify none" : " check";
      const traffic = usesTls && mode === "http" ? " ssl verify none" : "";
      // Counted down slowly, so that the pictures show it.
      const pace = server === "web-03" ? " inter 4s fall 6" : "";
      const state = server === "web-16" ? " disabled" : "";
      lines.push(`    server ${server} ${host}:${port}${traffic}${check}${pace}${state}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The vantage whose history the scene has. */
export const SCENE_VANTAGE = "monitor-1";

/** haprobe.yaml of the scene; alerts go to `receiverUrl`. A `blind` haprobe looks for the servers where none is. */
export function sceneHaprobeConfig(folder: string, listen: string, receiverUrl: string, isBlind = false): string {
  const map = isBlind ? ", address-map: [{from: 127.10.0.0/16, to: 127.66.0.0/16}]" : "";
  return `listen: ${listen}
vantage: ${SCENE_VANTAGE}
data-dir: ${join(folder, "state")}
alerts:
  channels: [{name: ops-oncall, webhook: {url: "${receiverUrl}"}}]
  routes: [{channels: [ops-oncall], wait: 0s, group-wait: 0s}]
haproxy:
  - {name: lb-1, stats: "unix:${sceneSocket(folder, "lb-1")}"${map}}
  - {name: lb-2, stats: "unix:${sceneSocket(folder, "lb-2")}"${map}}
${PROBES}`;
}

/** Part of the haprobe.yaml of a vantage that polls one of the HAProxies. */
export function sceneVantageConfig(folder: string, instance: SceneInstance): string {
  return `haproxy:
  - {name: ${instance}, stats: "unix:${sceneSocket(folder, instance)}"}
${PROBES.replace("bearer-token-file: token", `bearer-token-file: ${join(folder, "token")}`)}`;
}

const PROBES = `probes:
  - match: {backend: k8s-api}
    http: {scheme: https, path: /readyz, insecure-skip-verify: true}
  - match: {backend: rke2-join}
    http: {scheme: https, path: /readyz, insecure-skip-verify: true}
  - match: {backend: shop-web}
    http: {path: /healthz, bearer-token-file: token}
    allow: [127.10.2.0/24]
  - match: {backend: img-cache}
    http: {scheme: https, path: /healthz, insecure-skip-verify: true}
  - match: {backend: legacy-app}
    http: {path: /healthz}
`;
