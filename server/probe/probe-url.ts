import { formatHostPort } from "../contract/host-port.ts";
import type { Target } from "../contract/target.ts";

/** The URL of a probe: `https://[::1]:6443/readyz`, `http+unix://%2Frun%2Fapp.sock/healthz`. */
export function probeUrl({ host, port, socketPath }: Target, scheme: string, path: string): string {
  if (socketPath !== null) return `${scheme}+unix://${encodeURIComponent(socketPath)}${path}`;
  return `${scheme}://${formatHostPort(host, port)}${path}`;
}
