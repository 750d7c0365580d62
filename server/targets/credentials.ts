import type { HttpRule } from "../contract/settings.ts";
import type { CredentialsPolicy } from "../contract/target.ts";
import { type Cidr, contains, parseCidr, parseIp, within } from "./ip.ts";
import { oncePerList } from "./once-per-list.ts";

/** Link-local and the metadata services of clouds: whoever sits there is not a server of ours. */
const FORBIDDEN: readonly Cidr[] = ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254", "100.100.100.200"].flatMap(
  (text) => parseCidr(text) ?? [],
);

/** Decides who gets the rule's secrets: an address that the rule allows, a peer that its own CA verifies, or nobody. Null: it has none. `host` is the final one; a name has no address here, so only its certificate can speak for it. */
export function credentialsFor(
  http: HttpRule,
  scheme: "http" | "https",
  host: string,
  allow: readonly string[],
): CredentialsPolicy | null {
  if (http.bearerTokenFile === null) return null;
  return { bearerTokenFile: http.bearerTokenFile, sendTo: sendTo(http, scheme, host, networks(allow)) };
}

const networks = oncePerList((allow: readonly string[]) => allow.flatMap((text) => parseCidr(text) ?? []));

function sendTo(
  http: HttpRule,
  scheme: "http" | "https",
  host: string,
  allowed: readonly Cidr[],
): CredentialsPolicy["sendTo"] {
  const ip = parseIp(host);
  const forbidden = ip === null ? undefined : FORBIDDEN.find((network) => contains(network, ip));
  // `0.0.0.0/0` does not name the metadata service: only an entry that lies inside the forbidden network does.
  const naming = forbidden === undefined ? allowed : allowed.filter((network) => within(network, forbidden));
  if (ip !== null && naming.some((network) => contains(network, ip))) return "allowed-address";
  if (forbidden !== undefined) return "nobody";
  return scheme === "https" && http.caFile !== null && !http.insecureSkipVerify ? "verified-peer" : "nobody";
}
