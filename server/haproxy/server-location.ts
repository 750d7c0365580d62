import type { KnownServer } from "./known-servers.ts";
import { NO_ADDRESS, parseStatAddress } from "./server-address.ts";
import { locationKey, type ServerLocation, type ServerLocations } from "./servers-state.ts";

/** The location of a server that no servers' state has. */
export const NO_LOCATION: ServerLocation = { address: NO_ADDRESS, fqdn: null, checkElsewhere: false };

/** The address from the table, else (level user, not resolved) from the servers' state. */
export function locationOf(
  proxyId: number,
  serverId: number,
  addr: string,
  locations: ServerLocations,
): ServerLocation {
  const location = locations.get(locationKey(proxyId, serverId)) ?? NO_LOCATION;
  return addr === "" ? location : { ...location, address: parseStatAddress(addr) };
}

/** Whether this state has the server at its known location; remembers the state, since it rarely changes. */
export function confirmLocation(locations: ServerLocations, known: KnownServer): boolean {
  const { view, addr, location } = known;
  if (!isSameLocation(locationOf(view.proxyId, view.serverId, addr, locations), location)) return false;
  known.verifiedLocations = locations;
  return true;
}

function isSameLocation(a: ServerLocation, b: ServerLocation): boolean {
  if (a.fqdn !== b.fqdn || a.checkElsewhere !== b.checkElsewhere || a.checkPort !== b.checkPort) return false;
  if (a.address.kind !== "ip" || b.address.kind !== "ip") return a.address.kind === b.address.kind;
  return a.address.host === b.address.host && a.address.port === b.address.port;
}
