import { describe, expect, test } from "vitest";
import { DEFAULT_HTTP, DEFAULT_RULE } from "../../server/config/defaults.ts";
import type { GrpcRule, HttpRule } from "../../server/contract/target.ts";
import { tcpAddress, type TargetAddress } from "../../server/targets/address-map.ts";
import { decideCredentialsPolicy } from "../../server/targets/credentials-policy.ts";

const GRPC: GrpcRule = { ...DEFAULT_HTTP, type: "grpc", tls: null, service: null };
const own = { bearerTokenFile: "/etc/token", caFile: "/etc/ca.pem", serverName: "kubernetes" };

/** Where haprobe itself listens, in these tests. */
const OWN = [{ host: "10.0.0.99", port: 443 }];

/** The rule's policy for a server there, as `assign` asks for it. */
function policy(http: Partial<HttpRule>, scheme: "http" | "https", place: TargetAddress, allow: readonly string[]) {
  const rule = { ...DEFAULT_RULE, probe: { ...DEFAULT_HTTP, ...http }, allow };
  const { caFile, insecureSkipVerify, serverName, host } = rule.probe;
  const offer = { minVersion: null, ciphers: null };
  const tls =
    scheme === "http" ? null : { ...offer, serverName: serverName ?? host, caFile, verify: !insecureSkipVerify };
  return decideCredentialsPolicy(rule, place, tls, OWN);
}

function sendTo(http: Partial<HttpRule>, scheme: "http" | "https", host: string, allow: readonly string[]) {
  return policy({ bearerTokenFile: "/etc/token", ...http }, scheme, tcpAddress(host, 443), allow)?.sendTo;
}

describe("a token is sent", () => {
  const cases: readonly (readonly [
    rule: string,
    http: Partial<HttpRule>,
    scheme: "http" | "https",
    host: string,
    allow: readonly string[],
    to: string,
  ])[] = [
    ["to an allowed address, even over http", {}, "http", "10.0.0.11", ["10.0.0.0/8"], "allowed-address"],
    [
      "to an allowed address without verification",
      { insecureSkipVerify: true },
      "https",
      "10.0.0.11",
      ["10.0.0.11"],
      "allowed-address",
    ],
    ["to a peer that the rule's own CA verifies", own, "https", "10.0.0.11", [], "verified-peer"],
    [
      "to a peer that is verified under host",
      { ...own, serverName: null, host: "api" },
      "https",
      "web",
      [],
      "verified-peer",
    ],
    ["never under a name of HAProxy's", { ...own, serverName: null }, "https", "10.0.0.11", [], "never"],
    ["to a verified peer outside allow", own, "https", "192.0.2.1", ["10.0.0.0/8"], "verified-peer"],
    ["to a name only by its certificate", own, "https", "web", ["0.0.0.0/0", "::/0"], "verified-peer"],
    ["to no name without one", {}, "https", "web", ["0.0.0.0/0", "::/0"], "never"],
    ["never over plain http", own, "http", "10.0.0.11", [], "never"],
    ["never by the certificates of the system", {}, "https", "10.0.0.11", [], "never"],
    ["never to an unverified peer", { ...own, insecureSkipVerify: true }, "https", "10.0.0.11", [], "never"],
    ["to no metadata service, verified or not", own, "https", "169.254.169.254", [], "never"],
    ["to no listener of our own, though its network is allowed", {}, "http", "10.0.0.99", ["10.0.0.0/8"], "never"],
    ["to no listener of our own, verified or not", own, "https", "10.0.0.99", [], "never"],
    ["to a listener of our own that is named", {}, "http", "10.0.0.99", ["10.0.0.99"], "allowed-address"],
    ["to no metadata service by a wide network", own, "https", "169.254.169.254", ["0.0.0.0/0"], "never"],
    ["to none that is written as IPv6", own, "https", "::ffff:169.254.169.254", ["::/0", "0.0.0.0/0"], "never"],
    ["to one that is named", {}, "http", "169.254.169.254", ["169.254.169.254"], "allowed-address"],
    ["to link-local that is named", {}, "http", "fe80::7", ["fe80::/64"], "allowed-address"],
    ["to no link-local otherwise", own, "https", "fe80::7", ["::/0"], "never"],
    ["to no metadata service of AWS over IPv6", own, "https", "fd00:ec2::254", ["fd00::/8"], "never"],
    ["to no metadata service of Alibaba", own, "https", "100.100.100.200", ["100.64.0.0/10"], "never"],
    ["to no metadata service of Google over IPv6", own, "https", "fd20:ce::254", ["fd00::/8"], "never"],
    ["to no metadata service of AWS for pods", own, "https", "fd00:ec2::23", ["fd00::/8"], "never"],
    ["to no metadata service of Oracle", own, "https", "192.0.0.192", ["192.0.0.0/8"], "never"],
    ["to no metadata service of Oracle over IPv6", own, "https", "fd00:c1::a9fe:a9fe", ["fd00::/8"], "never"],
    ["to no platform address of Azure", own, "https", "168.63.129.16", ["168.0.0.0/8"], "never"],
    ["to no metadata service through NAT64", own, "https", "64:ff9b::a9fe:a9fe", ["::/0"], "never"],
    ["to no metadata service through local NAT64", own, "https", "64:ff9b:1::a9fe:a9fe", ["::/0"], "never"],
    ["to no metadata service through Teredo", own, "https", "2001::5601:5601", ["::/0"], "never"],
    ["to no metadata service as IPv4-translated", own, "https", "::ffff:0:169.254.169.254", ["::/0"], "never"],
    ["to no metadata service of Scaleway", own, "https", "fd00:42::42", ["fd00::/8"], "never"],
    ["to no metadata service through 6to4", own, "https", "2002:a9fe:a9fe::1", ["::/0"], "never"],
    ["to no metadata service as an IPv4-compatible address", own, "https", "::169.254.169.254", ["::/0"], "never"],
    ["to no platform address of Azure as IPv4-compatible", own, "https", "::168.63.129.16", ["::/0"], "never"],
    ["to no link-local address with a zone", own, "https", "fe80::a9fe:a9fe%eth0", ["::/0"], "never"],
    ["to no resolver of AWS over IPv6", own, "https", "fd00:ec2::253", ["fd00::/8"], "never"],
    ["to no address that is this machine", own, "https", "0.0.0.0", ["0.0.0.0/0"], "never"],
    ["to no address that is this machine over IPv6", own, "https", "::", ["::/0"], "never"],
    ["to no multicast group", own, "https", "224.0.0.1", ["0.0.0.0/0"], "never"],
    ["to no multicast group of IPv6", own, "https", "ff02::1", ["::/0"], "never"],
    ["to no broadcast address", own, "https", "255.255.255.255", ["0.0.0.0/0"], "never"],
    ["to loopback of IPv6", {}, "http", "::1", ["::1"], "allowed-address"],
  ];

  test.each(cases)("%s", (_rule, http, scheme, host, allow, to) => {
    expect(sendTo(http, scheme, host, allow)).toBe(to);
  });

  test("never under a name of HAProxy's, though the rule's own CA verifies it", () => {
    const rule = { ...DEFAULT_RULE, probe: { ...DEFAULT_HTTP, ...own, serverName: null } };
    const chosen = { minVersion: null, ciphers: null, serverName: "any.example", caFile: "/etc/ca.pem", verify: true };
    expect(decideCredentialsPolicy(rule, tcpAddress("10.0.0.11", 443), chosen, OWN)?.sendTo).toBe("never");
  });

  test("nowhere where there is none", () => {
    expect(policy({}, "https", tcpAddress("10.0.0.11", 443), ["10.0.0.0/8"])).toBeNull();
  });
});

describe("every secret of a rule has the same policy", () => {
  const place = tcpAddress("10.0.0.11", 443);
  const login = { username: "probe", passwordFile: "/etc/password" };
  const shown = { clientCertFile: "/etc/cert.pem", clientKeyFile: "/etc/key.pem" };

  test("a password", () => {
    expect(policy({ ...login, caFile: "/ca", serverName: "api" }, "https", place, [])).toEqual({
      bearerTokenFile: null,
      basic: login,
      clientCertificate: null,
      sendTo: "verified-peer",
    });
    expect(policy(login, "http", place, [])?.sendTo).toBe("never");
  });

  test("a client key, which plain http has no use for", () => {
    expect(policy({ ...shown, caFile: "/ca", serverName: "api" }, "https", place, [])).toMatchObject({
      clientCertificate: { certFile: "/etc/cert.pem", keyFile: "/etc/key.pem" },
      sendTo: "verified-peer",
    });
    expect(policy(shown, "https", place, [])?.sendTo).toBe("never");
    expect(policy(shown, "https", place, ["10.0.0.0/8"])?.sendTo).toBe("allowed-address");
    expect(policy(shown, "http", place, ["10.0.0.0/8"])).toBeNull();
  });

  test("a token for gRPC", () => {
    const rule = { ...DEFAULT_RULE, probe: { ...GRPC, bearerTokenFile: "/t" }, allow: ["10.0.0.0/8"] };
    expect(decideCredentialsPolicy(rule, place, null, OWN)).toMatchObject({
      bearerTokenFile: "/t",
      sendTo: "allowed-address",
    });
    expect(decideCredentialsPolicy({ ...rule, allow: [] }, place, null, OWN)?.sendTo).toBe("never");
  });

  test("to a UNIX socket, which allow names by its path", () => {
    const socket = { host: "", port: 0, socketPath: "/run/app.sock" };
    const to = (allow: readonly string[]) => policy({ bearerTokenFile: "/t" }, "http", socket, allow)?.sendTo;
    expect(to(["unix:/run/app.sock"])).toBe("allowed-address");
    expect(to(["unix:/run/other.sock", "0.0.0.0/0", "::/0"])).toBe("never");
  });
});
