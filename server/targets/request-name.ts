import { bracketIpv6, formatHostPort } from "../contract/host-port.ts";
import type { TargetAddress } from "./address-map.ts";
import { isHostName, parseHostPort } from "./host-port.ts";

/** The name that a server is asked under. */
export interface RequestNames {
  /** Host header. */
  readonly hostHeader: string;
  /** SNI, and the name to verify; null where there is only an address. */
  readonly serverName: string | null;
}

/** What a rule says of names. */
interface NameSettings {
  readonly host: string | null;
  readonly serverName: string | null;
}

/** Host header: the rule's `host`, else its `server-name`, else HAProxy's name of the server, else the address, `localhost` for a UNIX socket. SNI: the same, but `server-name` first, since it is the one meant for TLS. */
export function resolveRequestNames(
  rule: NameSettings,
  fqdn: string | null,
  scheme: "http" | "https",
  place: TargetAddress,
): RequestNames {
  const known = validFqdn(fqdn);
  return {
    hostHeader: rule.host ?? rule.serverName ?? known ?? addressHostHeader(place, scheme),
    serverName: sniName(rule.serverName ?? rule.host ?? known ?? place.host),
  };
}

function addressHostHeader({ host, port, socketPath }: TargetAddress, scheme: "http" | "https"): string {
  if (socketPath !== null) return "localhost";
  const usual = port === (scheme === "https" ? 443 : 80);
  return usual ? bracketIpv6(host) : formatHostPort(host, port);
}

/** HAProxy's name as it can stand in a header, without the dot of the root; null for one that cannot: it comes from outside. */
function validFqdn(fqdn: string | null): string | null {
  const name = fqdn?.replace(/\.$/, "") ?? "";
  return isHostName(name) ? name : null;
}

/** SNI carries names only (RFC 6066), without a port. */
function sniName(text: string): string | null {
  const host = parseHostPort(text)?.host;
  return host !== undefined && isHostName(host) ? host : null;
}
