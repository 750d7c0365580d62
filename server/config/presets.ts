import { isMapping } from "./document.ts";

/** Keys of `http:` that a preset sets, in the form of the file. */
interface Preset {
  /** Only where the health endpoint has a port of its own; else the port of the traffic. */
  readonly port?: number;
  readonly scheme?: "https";
  readonly path: string;
  readonly expect: { readonly status: readonly number[]; readonly body?: string };
}

const OK = { status: [200] };

/** Health endpoints by the name of their preset. Each comment names the documentation that the entry follows. */
export const PRESETS = {
  // Consul, "Status HTTP API": without a leader the answer is an empty JSON text.
  consul: { path: "/v1/status/leader", expect: { ...OK, body: '/^"[^"]+"/' } },
  // Elasticsearch, "Cluster health API": green, yellow or red, all with status 200.
  elasticsearch: {
    path: "/_cluster/health?local=true",
    expect: { ...OK, body: '/"status"\\s*:\\s*"(green|yellow)"/' },
  },
  // etcd, "Checking health of an etcd member node".
  etcd: { path: "/health", expect: { ...OK, body: '/"health"\\s*:\\s*"true"/' } },
  // GitLab, "Health check": clients outside the IP allowlist get 404.
  gitlab: { path: "/-/readiness", expect: OK },
  // Grafana, "Health API".
  grafana: { path: "/api/health", expect: { ...OK, body: '/"database"\\s*:\\s*"ok"/' } },
  // Keycloak, "Tracking instance status with health checks": 503 on failure, on the management port.
  keycloak: { port: 9000, path: "/health/ready", expect: OK },
  // Kubernetes, "Kubernetes API health endpoints".
  "kube-apiserver": { scheme: "https", path: "/readyz", expect: OK },
  // MinIO, "MinIO Healthcheck": the cluster probe answers 503 without a quorum.
  minio: { path: "/minio/health/ready", expect: OK },
  "minio-cluster": { path: "/minio/health/cluster", expect: OK },
  // Sonatype, "System Status Checks" of Nexus Repository 3: 503 on failure.
  nexus: { path: "/service/rest/v1/status", expect: OK },
  // Patroni, "Patroni REST API".
  "patroni-health": { port: 8008, path: "/health", expect: OK },
  "patroni-primary": { port: 8008, path: "/primary", expect: OK },
  "patroni-replica": { port: 8008, path: "/replica", expect: OK },
  // Prometheus, "Management API".
  prometheus: { path: "/-/ready", expect: OK },
  // RabbitMQ, "Management HTTP API": 503 while an alarm of memory or disk is in effect on the node.
  rabbitmq: { port: 15_672, path: "/api/health/checks/local-alarms", expect: OK },
  // HashiCorp Vault, "/sys/health": 429 standby, 473 performance standby. A DR secondary (472) serves no clients.
  vault: { path: "/v1/sys/health", expect: { status: [200, 429, 473] } },
} as const satisfies Readonly<Record<string, Preset>>;

/** Names that `http: {preset: …}` takes. */
export const PRESET_NAMES = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

/** The file's value with the keys of each rule's preset filled in; keys that the rule has win. Unknown names and invalid values stay as written. */
export function fillPresets(file: unknown): unknown {
  if (!isMapping(file) || !Array.isArray(file.probes)) return file;
  return { ...file, probes: file.probes.map(fillRule) };
}

function fillRule(rule: unknown): unknown {
  if (!isMapping(rule) || !isMapping(rule.http)) return rule;
  const { http } = rule;
  const name = PRESET_NAMES.find((each) => each === http.preset);
  if (name === undefined) return rule;
  const preset: Preset = PRESETS[name];
  const expect = isMapping(http.expect) ? { expect: { ...preset.expect, ...http.expect } } : {};
  return { ...rule, http: { ...preset, ...http, ...expect } };
}
