import type { ServerStatus } from "../../server/contract/status.ts";

/** A backend of an instance in which no server in service is both in use and healthy. */
export interface BackendOutage {
  readonly instance: string;
  readonly backend: string;
  /** The servers in service: each fails its probe, or HAProxy has it DOWN. */
  readonly failing: readonly ServerStatus[];
}

/** Backends without a healthy server in use. A server without a verdict counts as possibly healthy. */
export function backendOutages(servers: readonly ServerStatus[]): BackendOutage[] {
  const failing = new Map<string, ServerStatus[]>();
  const healthy = new Set<string>();
  for (const server of servers) {
    if (server.verdict === "out-of-service") continue;
    const id = `${server.instance}/${server.backend}`;
    if (server.verdict === "agree-up" || server.verdict === "unknown") healthy.add(id);
    const known = failing.get(id);
    if (known) known.push(server);
    else failing.set(id, [server]);
  }
  const outages: BackendOutage[] = [];
  for (const [id, members] of failing) {
    const [first] = members;
    if (first && !healthy.has(id)) outages.push({ instance: first.instance, backend: first.backend, failing: members });
  }
  return outages;
}
