import type { RuleSettings } from "../contract/settings.ts";
import type { CredentialsPolicy, TlsProfile } from "../contract/target.ts";
import type { TargetAddress } from "./address-map.ts";
import type { HostPort } from "./host-port.ts";
import { findForbiddenNetwork } from "./forbidden-network.ts";
import { containsIp, parseCidr, parseIp, isSubnetOf } from "./ip.ts";
import { memoizeByList } from "./memoize-by-list.ts";

/** Decides who gets the rule's secrets: an address that the rule allows, a peer that its own CA verifies, or nobody. Null: it has none. `place` is the final one; a name has no address here, so only its certificate can speak for it. */
export function decideCredentialsPolicy(
  rule: RuleSettings,
  place: TargetAddress,
  tls: TlsProfile | null,
  own: readonly HostPort[],
): CredentialsPolicy | null {
  const { probe } = rule;
  const bearerTokenFile = probe !== null && "bearerTokenFile" in probe ? probe.bearerTokenFile : null;
  const { username = null, passwordFile = null } = probe?.type === "http" ? probe : {};
  const { clientCertFile: certFile = null, clientKeyFile: keyFile = null } = probe ?? {};
  const basic = username === null || passwordFile === null ? null : { username, passwordFile };
  // Without TLS there is no handshake to show a certificate in.
  const clientCertificate = certFile === null || keyFile === null || tls === null ? null : { certFile, keyFile };
  if (bearerTokenFile === null && basic === null && clientCertificate === null) return null;
  return { bearerTokenFile, basic, clientCertificate, sendTo: decideRecipient(place, tls, rule.allow, own) };
}

function decideRecipient(
  place: TargetAddress,
  tls: TlsProfile | null,
  allow: readonly string[],
  own: readonly HostPort[],
): CredentialsPolicy["sendTo"] {
  const vouchedFor = tls !== null && tls.verify && tls.caFile !== null ? "verified-peer" : "never";
  if (place.socketPath !== null) return allow.includes(`unix:${place.socketPath}`) ? "allowed-address" : vouchedFor;
  const ip = parseIp(place.host);
  const forbidden = findForbiddenNetwork(place, own);
  // `0.0.0.0/0` does not name the metadata service: only an entry that lies inside the forbidden network does.
  const allowed = parseNetworks(allow);
  const naming = forbidden === null ? allowed : allowed.filter((network) => isSubnetOf(network, forbidden));
  if (ip !== null && naming.some((network) => containsIp(network, ip))) return "allowed-address";
  return forbidden === null ? vouchedFor : "never";
}

const parseNetworks = memoizeByList((allow: readonly string[]) => allow.flatMap((text) => parseCidr(text) ?? []));
