import { type ApiServer, startApiServer } from "../../demo/stand-in/api-server.ts";
import type { CertificatePem } from "../../demo/stand-in/certificates.ts";

/** A backend of the scene: its servers, and how they are reached. */
export interface SceneBackend {
  readonly name: string;
  readonly mode: "tcp" | "http";
  readonly usesTls: boolean;
  readonly servers: readonly { readonly name: string; readonly host: string; readonly port: number }[];
}

const numbered = (prefix: string, count: number, subnet: string, port: number, width = 1) =>
  Array.from({ length: count }, (_, n) => ({
    name: `${prefix}-${String(n + 1).padStart(width, "0")}`,
    host: `127.${subnet}.${n + 11}`,
    port,
  }));

/** Loopback addresses and ports like those of a real network. */
export const SCENE_BACKENDS = {
  "k8s-api": { name: "k8s-api", mode: "tcp", usesTls: true, servers: numbered("cp", 3, "10.0", 6443) },
  "rke2-join": { name: "rke2-join", mode: "tcp", usesTls: true, servers: numbered("join", 3, "10.1", 9345) },
  "shop-web": { name: "shop-web", mode: "http", usesTls: false, servers: numbered("web", 16, "10.2", 8080, 2) },
  "img-cache": { name: "img-cache", mode: "http", usesTls: true, servers: numbered("img", 6, "10.3", 8443, 2) },
  "legacy-app": { name: "legacy-app", mode: "http", usesTls: false, servers: numbered("app", 2, "10.4", 8081) },
} as const satisfies Record<string, SceneBackend>;
export type SceneBackendName = keyof typeof SCENE_BACKENDS;

/** The stand-in servers by name; each answers the Kubernetes health paths. */
export async function startSceneServers(tls: CertificatePem): Promise<ReadonlyMap<string, ApiServer>> {
  const servers = new Map<string, ApiServer>();
  for (const { servers: members, usesTls } of Object.values(SCENE_BACKENDS)) {
    for (const { name, host, port } of members) {
      servers.set(name, await startApiServer({ tls: usesTls ? tls : null, host, port }));
    }
  }
  return servers;
}
