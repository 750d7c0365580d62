import type { ServerStatus } from "../../server/contract/status.ts";

/** True where haprobe's own connection does not reach a server of which HAProxy says UP. */
export function isUnreached({ reason, probe }: ServerStatus): boolean {
  if (reason === "prober-blind") return true;
  return (reason === "path-differs" || reason === "never-reached") && probe.stage === "connect";
}

/** The servers that a blind haprobe does not reach; none while it is not blind. */
export function unreachedByBlindProber(servers: readonly ServerStatus[]): readonly ServerStatus[] {
  return servers.some(({ reason }) => reason === "prober-blind") ? servers.filter(isUnreached) : [];
}
