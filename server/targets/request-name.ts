import type { Place } from "./address-map.ts";
import { bracketed, formatEndpoint, isHostName, parseEndpoint } from "./endpoint.ts";

/** The name that a server is asked under. */
export interface RequestName {
  /** Host header. */
  readonly hostHeader: string;
  /** SNI, and the name to verify; null where there is only an address. */
  readonly serverName: string | null;
}

/** What a rule says of names. */
interface NamedBy {
  readonly host: string | null;
  readonly serverName: string | null;
}

/** Host header: the rule's `host`, else its `server-name`, else HAProxy's name of the server, else the address, `localhost` for a UNIX socket. SNI: the same, but `server-name` first, since it is the one meant for TLS. */
export function requestName(rule: NamedBy, fqdn: string | null, scheme: "http" | "https", place: Place): RequestName {
  const known = trustedName(fqdn);
  return {
    hostHeader: rule.host ?? rule.serverName ?? known ?? addressOf(place, scheme),
    serverName: sniName(rule.serverName ?? rule.host ?? known ?? place.host),
  };
}

function addressOf({ host, port, socketPath }: Place, scheme: "http" | "https"): string {
  if (socketPath !== null) return "localhost";
  const usual = port === (scheme === "https" ? 443 : 80);
  return usual ? bracketed(host) : formatEndpoint(host, port);
}

/** HAProxy's name as it can stand in a header, without the dot of the root; null for one that cannot: it comes from outside. */
function trustedName(fqdn: string | null): string | null {
  const name = fqdn?.replace(/\.$/, "") ?? "";
  return isHostName(name) ? name : null;
}

/** SNI carries names only (RFC 6066), without a port. */
function sniName(text: string): string | null {
  const host = parseEndpoint(text)?.host;
  return host !== undefined && isHostName(host) ? host : null;
}
