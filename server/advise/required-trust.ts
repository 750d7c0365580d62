import type { ServerKind } from "./server-kind.ts";

/** What follows `verify` where certificates of this authority alone are accepted, of an API server by the name that each of them has. */
export function requiredTrust(caFile: string, kind: ServerKind): string {
  const name = kind === "kubernetes" ? " verifyhost kubernetes check-sni kubernetes" : "";
  return `required ca-file ${caFile}${name}`;
}
