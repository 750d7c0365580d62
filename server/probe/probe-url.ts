import { formatHostPort } from "../contract/host-port.ts";
import { redactQuery } from "../contract/redact-query.ts";
import type { Target } from "../contract/target.ts";

/** The URL of a probe, without the secrets of its query: `https://[::1]:6443/readyz`, `http+unix://%2Frun%2Fapp.sock/healthz`. */
export function probeUrl({ host, port, socketPath }: Target, scheme: string, path: string): string {
  const shownPath = redactQuery(path);
  if (socketPath !== null) return `${scheme}+unix://${encodeURIComponent(socketPath)}${shownPath}`;
  return `${scheme}://${formatHostPort(host, port)}${shownPath}`;
}
