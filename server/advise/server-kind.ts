import { readAddress } from "./server-address.ts";
import type { Proxy, ServerLine } from "./proxies.ts";

/** What a server speaks: it decides which check is right for it. */
export type ServerKind = "kubernetes" | "http" | "https" | "other";

/** `kubernetes` and `http` take every server for one; null recognises each. */
export type AssumedKind = "kubernetes" | "http" | null;

const API_PORTS: ReadonlySet<number> = new Set([6443, 16443, 6444]);
const TLS_PORTS: ReadonlySet<number> = new Set([443, 6443, 8443, 9345, 9443, 16443, 22623]);
const HTTP_PORTS: ReadonlySet<number> = new Set([80, 81, 3000, 5000, 8000, 8080, 8081, 8888, 9090]);
const API_NAME =
  /api[-_. ]?servers?|kube[-_]?api|k8s[-_]?api|(?:kube|k8s|k3s|rke2?|kubernetes|openshift|okd|ocp4?)|control[-_]?plane|masters?\b/i;
/** Names of what runs on a cluster, not of its API. */
const OTHER_NAME =
  /ingress|http|web|traefik|nginx|router|apps?\b|dashboard|etcd|worker|node-?port|registry|harbor|grafana|console|argocd|rancher|machine|bootstrap-?config|mcs|supervisor|konnectivity|ssh|mysql|postgres|redis/i;
const API_PORT_NAME = /api[-_]?(?:server)?[-_.]?(?:secure[-_.]?)?port|control[-_]?plane|apiserver|kube/i;
const HEALTH_PATH = /^\/(?:readyz|livez|healthz)(?:[/?]|$)/;

/** What all servers of a section have in common. */
export interface SectionTraits {
  readonly mode: string;
  /** Clients reach it at a port of an API server. */
  readonly isFrontedByApi: boolean;
  readonly isNamedForApi: boolean;
  readonly isNamedForOther: boolean;
  /** Its check requests a health path of Kubernetes. */
  readonly requestsHealth: boolean;
}

export function readSectionTraits(proxy: Proxy, isFrontedByApi: boolean): SectionTraits {
  const name = proxy.section.name?.text ?? "";
  return {
    mode: proxy.mode,
    isFrontedByApi,
    isNamedForApi: API_NAME.test(name),
    isNamedForOther: OTHER_NAME.test(name),
    requestsHealth: requestsHealth(proxy),
  };
}

/** Finds out what a server speaks, by the mode, the port, the names and what its check requests. */
export function kindOf(section: SectionTraits, server: ServerLine, assumed: AssumedKind): ServerKind {
  const { port, isSocket } = readAddress(server.address.text);
  const isTls = server.options.get("ssl")?.isOn === true || (port !== null && TLS_PORTS.has(port));
  if (assumed === "kubernetes") return port !== null && HTTP_PORTS.has(port) ? "http" : "kubernetes";
  if (assumed === "http") return isTls ? "https" : "http";
  if (!isSocket && isKubernetes(section, server, port)) return "kubernetes";
  if (section.mode === "http") return isTls ? "https" : "http";
  if (section.mode !== "tcp" || port === null) return "other";
  return TLS_PORTS.has(port) ? "https" : HTTP_PORTS.has(port) ? "http" : "other";
}

function isKubernetes(section: SectionTraits, server: ServerLine, port: number | null): boolean {
  if (isApiPort(port)) return true;
  if (section.isNamedForOther) return false;
  if (port !== null && (HTTP_PORTS.has(port) || port === 9345 || port === 22623)) return false;
  if (section.isFrontedByApi) return true;
  // The source names the variable of a template.
  const { source } = server.line;
  const address = source.slice(server.address.column - 1, server.address.endColumn - 1);
  if (port === null && API_PORT_NAME.test(address.slice(address.lastIndexOf(":")))) return true;
  if (!section.isNamedForApi) return false;
  return port === null || TLS_PORTS.has(port) || section.requestsHealth;
}

function requestsHealth({ checkOptions, ownHttpRules }: Proxy): boolean {
  const lines = [...checkOptions, ...ownHttpRules].map(({ line }) => line);
  return lines.some(({ words }) => words.some(({ text }) => HEALTH_PATH.test(text)));
}

/** True for a port of API servers. */
export function isApiPort(port: number | null): boolean {
  return port !== null && API_PORTS.has(port);
}

/** True for a port on which TLS is spoken, whatever the server line says. */
export function isTlsPort(port: number | null): boolean {
  return port !== null && TLS_PORTS.has(port);
}
