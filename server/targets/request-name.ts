import type { HttpRule } from "../contract/settings.ts";
import { bracketed, formatEndpoint, isHostName, parseEndpoint } from "./endpoint.ts";

/** The name that a server is asked under. */
export interface RequestName {
  /** Host header. */
  readonly hostHeader: string;
  /** SNI, and the name to verify; null where there is only an address. */
  readonly serverName: string | null;
}

/** Host header: the rule's `host`, else its `server-name`, else HAProxy's name of the server, else the address. SNI: the same, but `server-name` first, since it is the one meant for TLS. */
export function requestName(
  http: HttpRule,
  fqdn: string | null,
  scheme: "http" | "https",
  host: string,
  port: number,
): RequestName {
  const known = trustedName(fqdn);
  const usual = port === (scheme === "https" ? 443 : 80);
  const address = usual ? bracketed(host) : formatEndpoint(host, port);
  return {
    hostHeader: http.host ?? http.serverName ?? known ?? address,
    serverName: sniName(http.serverName ?? http.host ?? known ?? host),
  };
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
