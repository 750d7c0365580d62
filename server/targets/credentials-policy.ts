import type { RuleSettings } from "../contract/settings.ts";
import type { CredentialsPolicy, TlsProfile } from "../contract/target.ts";
import type { TargetAddress } from "./address-map.ts";
import type { HostPort } from "./host-port.ts";
import { findForbiddenNetwork } from "./forbidden-network.ts";
import { containsIp, parseCidr, parseIp, isSubnetOf } from "./ip.ts";
import { memoizeByList } from "./memoize-by-list.ts";

/** Decides where the rule's secrets may be sent: to an address in `allow`, to a peer that its `ca-file` verifies under a name of the rule, or never; null for a rule without secrets. `address` is the one after the address-map; a name is verified by its certificate only. */
export function decideCredentialsPolicy(
  rule: RuleSettings,
  address: TargetAddress,
  tls: TlsProfile | null,
  ownListeners: readonly HostPort[],
): CredentialsPolicy | null {
  const { probe } = rule;
  const bearerTokenFile = probe !== null && "bearerTokenFile" in probe ? probe.bearerTokenFile : null;
  const { username = null, passwordFile = null } = probe?.type === "http" ? probe : {};
  const { clientCertFile: certFile = null, clientKeyFile: keyFile = null } = probe ?? {};
  const basic = username === null || passwordFile === null ? null : { username, passwordFile };
  // Without TLS there is no handshake to show a certificate in.
  const clientCertificate = certFile === null || keyFile === null || tls === null ? null : { certFile, keyFile };
  if (bearerTokenFile === null && basic === null && clientCertificate === null) return null;
  const verified = isVerifiedByRule(rule, tls) ? "verified-peer" : "never";
  return {
    bearerTokenFile,
    basic,
    clientCertificate,
    sendTo: decideRecipient(address, verified, rule.allow, ownListeners),
  };
}

/** True if the rule itself gives the CA and the name to verify. With a name or an address from HAProxy, the owner of any certificate of that CA could receive the secrets. */
function isVerifiedByRule({ probe }: RuleSettings, tls: TlsProfile | null): boolean {
  if (probe === null || tls === null || !tls.verify || tls.caFile === null || tls.serverName === null) return false;
  return probe.serverName !== null || ("host" in probe && probe.host !== null);
}

function decideRecipient(
  address: TargetAddress,
  verified: "verified-peer" | "never",
  allow: readonly string[],
  ownListeners: readonly HostPort[],
): CredentialsPolicy["sendTo"] {
  if (address.socketPath !== null) return allow.includes(`unix:${address.socketPath}`) ? "allowed-address" : verified;
  const ip = parseIp(address.host);
  const forbidden = findForbiddenNetwork(address, ownListeners);
  // `0.0.0.0/0` does not name the metadata service: only an entry that lies inside the forbidden network does.
  const allowed = parseNetworks(allow);
  const candidates = forbidden === null ? allowed : allowed.filter((network) => isSubnetOf(network, forbidden));
  if (ip !== null && candidates.some((network) => containsIp(network, ip))) return "allowed-address";
  return forbidden === null ? verified : "never";
}

const parseNetworks = memoizeByList((allow: readonly string[]) => allow.flatMap((text) => parseCidr(text) ?? []));
