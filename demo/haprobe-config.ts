import { join } from "node:path";
import { CERTIFICATE_NAME, HEALTH_PATH } from "./backends.ts";
import { statsSocket } from "./haproxy-config.ts";

/** The token file, beside the configuration. */
export function tokenFile(folder: string): string {
  return join(folder, "token");
}

/** The file with the secret of the alerts, beside the configuration. */
export function alertSecretFile(folder: string): string {
  return join(folder, "alerts.secret");
}

/** The text of haprobe.yaml, which names files beside it; alerts go to a receiver on this port of the machine. */
export function haprobeConfig(folder: string, receiverPort: number): string {
  const request = `scheme: https, path: ${HEALTH_PATH}, server-name: ${CERTIFICATE_NAME}, ca-file: ca.pem`;
  // Shorter than the defaults (timeout 5 s, grace 30 s), so that the tour stays short.
  const pace = "    every: 500ms\n    timeout: 2s\n    grace: 10s\n";
  return `data-dir: state
haproxy:
  - name: lb-1
    stats: ${JSON.stringify(`unix:${statsSocket(folder)}`)}
    every: 500ms
probes:
  # These servers want a token for everything. haprobe has one, and sends it only to servers that the CA verifies as kubernetes.
  - match: {backend: k8s-token}
    http: {${request}, bearer-token-file: token}
${pace}  - match: {backend: "k8s-*"}
    http: {${request}}
${pace}alerts:
  channels:
    - name: terminal
      webhook: {url: "http://127.0.0.1:${receiverPort}/", secret-file: alerts.secret}
`;
}
