import { formatHostPort } from "../contract/host-port.ts";
import type { ServerName } from "../contract/server-key.ts";
import type { Target } from "../contract/target.ts";
import type { Verdict } from "../contract/verdict.ts";

/** Name of the network and of the site where the configuration gives none. */
const UNNAMED = "default";

/**
 * What a mismatch is about: servers with the same verdict and the same subject have the same fault. A false-up is about
 * its target, however many servers route to it; a false-down is about one server. Null for any other verdict.
 */
export function faultSubject(
  verdict: Verdict,
  server: Pick<ServerName, "key" | "site">,
  target: Target | null,
): string | null {
  if (verdict === "false-down") return server.key;
  if (verdict !== "false-up" || target === null) return null;
  const network = faultNetwork(server.site, target);
  const { host, port, socketPath } = target;
  const place = socketPath === null ? formatHostPort(host, port) : `unix:${socketPath}`;
  return network === UNNAMED ? place : `${network}/${place}`;
}

/** The network in which a target's address is unique: without a name of its own it is that of the site. */
export function faultNetwork(site: string, { network }: Pick<Target, "network">): string {
  return network === UNNAMED ? site : network;
}
