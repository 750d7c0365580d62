import { bracketIpv6, formatHostPort } from "../contract/host-port.ts";
import type { TargetAddress } from "./address-map.ts";
import { isHostName, parseHostPort } from "./host-port.ts";

/** The names of a request. */
export interface RequestNames {
  /** Host header. */
  readonly hostHeader: string;
  /** SNI, and the name to verify; null where there is only an address. */
  readonly serverName: string | null;
}

/** The names that a rule gives. */
interface NameSettings {
  readonly host: string | null;
  readonly serverName: string | null;
}

/** Host header: the rule's `host`, else its `server-name`, else HAProxy's name of the server, else the address, `localhost` for a UNIX socket. SNI: the same, but `server-name` first, since it is the one meant for TLS. */
export function resolveRequestNames(
  rule: NameSettings,
  fqdn: string | null,
  scheme: "http" | "https",
  address: TargetAddress,
): RequestNames {
  const name = validFqdn(fqdn);
  return {
    hostHeader: rule.host ?? rule.serverName ?? name ?? addressHostHeader(address, scheme),
    serverName: sniName(rule.serverName ?? rule.host ?? name ?? address.host),
  };
}

function addressHostHeader({ host, port, socketPath }: TargetAddress, scheme: "http" | "https"): string {
  if (socketPath !== null) return "localhost";
  const isDefaultPort = port === (scheme === "https" ? 443 : 80);
  return isDefaultPort ? bracketIpv6(host) : formatHostPort(host, port);
}

/** HAProxy's name of the server without the dot of the root; null for one that no header can carry. */
function validFqdn(fqdn: string | null): string | null {
  const name = fqdn?.replace(/\.$/, "") ?? "";
  return isHostName(name) ? name : null;
}

/** SNI carries names only (RFC 6066), without a port. */
function sniName(text: string): string | null {
  const host = parseHostPort(text)?.host;
  return host !== undefined && isHostName(host) ? host : null;
}
