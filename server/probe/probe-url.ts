import { isIPv6 } from "node:net";
import type { Target } from "../contract/target.ts";

/** Where a probe went, for people: `https://[::1]:6443/readyz`, or `http://unix:/run/app.sock:/healthz` as nginx writes it. */
export function probeUrl({ host, port, socketPath }: Target, scheme: string, path: string): string {
  if (socketPath !== null) return `${scheme}://unix:${socketPath}:${path}`;
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}${path}`;
}
