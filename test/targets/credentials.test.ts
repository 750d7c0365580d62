import { describe, expect, test } from "vitest";
import { DEFAULT_HTTP } from "../../server/config/defaults.ts";
import type { HttpRule } from "../../server/contract/settings.ts";
import { credentialsFor } from "../../server/targets/credentials.ts";

const own = { bearerTokenFile: "/etc/token", caFile: "/etc/ca.pem" };

function sendTo(http: Partial<HttpRule>, scheme: "http" | "https", host: string, allow: readonly string[]) {
  return credentialsFor({ ...DEFAULT_HTTP, bearerTokenFile: "/etc/token", ...http }, scheme, host, allow)?.sendTo;
}

describe("a token goes", () => {
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
      "to an allowed address whoever it is",
      { insecureSkipVerify: true },
      "https",
      "10.0.0.11",
      ["10.0.0.11"],
      "allowed-address",
    ],
    ["to a peer that the rule's own CA verifies", own, "https", "10.0.0.11", [], "verified-peer"],
    ["to a verified peer outside allow", own, "https", "192.0.2.1", ["10.0.0.0/8"], "verified-peer"],
    ["to a name only by its certificate", own, "https", "web", ["0.0.0.0/0", "::/0"], "verified-peer"],
    ["to no name without one", {}, "https", "web", ["0.0.0.0/0", "::/0"], "nobody"],
    ["to nobody over plain http", own, "http", "10.0.0.11", [], "nobody"],
    ["to nobody by the system's certificates", {}, "https", "10.0.0.11", [], "nobody"],
    ["to nobody who is not verified", { ...own, insecureSkipVerify: true }, "https", "10.0.0.11", [], "nobody"],
    ["to no metadata service, verified or not", own, "https", "169.254.169.254", [], "nobody"],
    ["to no metadata service by a wide network", own, "https", "169.254.169.254", ["0.0.0.0/0"], "nobody"],
    ["to none that is written as IPv6", own, "https", "::ffff:169.254.169.254", ["::/0", "0.0.0.0/0"], "nobody"],
    ["to one that is named", {}, "http", "169.254.169.254", ["169.254.169.254"], "allowed-address"],
    ["to link-local that is named", {}, "http", "fe80::7", ["fe80::/64"], "allowed-address"],
    ["to no link-local otherwise", own, "https", "fe80::7", ["::/0"], "nobody"],
    ["to no metadata service of AWS over IPv6", own, "https", "fd00:ec2::254", ["fd00::/8"], "nobody"],
    ["to no metadata service of Alibaba", own, "https", "100.100.100.200", ["100.64.0.0/10"], "nobody"],
  ];

  test.each(cases)("%s", (_rule, http, scheme, host, allow, to) => {
    expect(sendTo(http, scheme, host, allow)).toBe(to);
  });

  test("nowhere where there is none", () => {
    expect(credentialsFor(DEFAULT_HTTP, "https", "10.0.0.11", ["10.0.0.0/8"])).toBeNull();
  });
});
