import type { RuleSettings } from "../contract/settings.ts";
import type { CredentialsPolicy, TlsProfile } from "../contract/target.ts";
import type { Place } from "./address-map.ts";
import type { Endpoint } from "./endpoint.ts";
import { forbiddenAround } from "./forbidden.ts";
import { contains, parseCidr, parseIp, within } from "./ip.ts";
import { oncePerList } from "./once-per-list.ts";

/** Decides who gets the rule's secrets: an address that the rule allows, a peer that its own CA verifies, or nobody. Null: it has none. `place` is the final one; a name has no address here, so only its certificate can speak for it. */
export function credentialsFor(
  rule: RuleSettings,
  place: Place,
  tls: TlsProfile | null,
  own: readonly Endpoint[],
): CredentialsPolicy | null {
  const bearerTokenFile = (rule.http ?? rule.grpc)?.bearerTokenFile ?? null;
  const { username = null, passwordFile = null } = rule.http ?? {};
  const { clientCertFile: certFile = null, clientKeyFile: keyFile = null } = rule.http ?? rule.tcp ?? rule.grpc ?? {};
  const basic = username === null || passwordFile === null ? null : { username, passwordFile };
  // Without TLS there is no handshake to show a certificate in.
  const clientCertificate = certFile === null || keyFile === null || tls === null ? null : { certFile, keyFile };
  if (bearerTokenFile === null && basic === null && clientCertificate === null) return null;
  return { bearerTokenFile, basic, clientCertificate, sendTo: sendTo(place, tls, rule.allow, own) };
}

function sendTo(
  place: Place,
  tls: TlsProfile | null,
  allow: readonly string[],
  own: readonly Endpoint[],
): CredentialsPolicy["sendTo"] {
  const vouchedFor = tls !== null && tls.verify && tls.caFile !== null ? "verified-peer" : "nobody";
  if (place.socketPath !== null) return allow.includes(`unix:${place.socketPath}`) ? "allowed-address" : vouchedFor;
  const ip = parseIp(place.host);
  const forbidden = forbiddenAround(place, own);
  // `0.0.0.0/0` does not name the metadata service: only an entry that lies inside the forbidden network does.
  const allowed = networks(allow);
  const naming = forbidden === null ? allowed : allowed.filter((network) => within(network, forbidden));
  if (ip !== null && naming.some((network) => contains(network, ip))) return "allowed-address";
  return forbidden === null ? vouchedFor : "nobody";
}

const networks = oncePerList((allow: readonly string[]) => allow.flatMap((text) => parseCidr(text) ?? []));
