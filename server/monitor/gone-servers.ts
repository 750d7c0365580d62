import type { LiveState } from "../contract/ports.ts";
import { serverKey } from "../contract/server-key.ts";
import type { StoredServerName } from "../contract/store.ts";

/** Those of these servers that are not there any more. One of an instance that does not answer may still be. */
export function listGoneServers(
  live: Pick<LiveState, "instances" | "server">,
  servers: readonly StoredServerName[],
): readonly StoredServerName[] {
  const instances = new Map(live.instances().map((instance) => [instance.name, instance]));
  return servers.filter(({ site, instance, backend, server }) => {
    const found = instances.get(instance);
    if (found === undefined || found.site !== site) return true;
    return found.state === "ok" && live.server(serverKey(instance, backend, server)) === null;
  });
}
