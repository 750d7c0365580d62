import { describe, expect, test } from "vitest";
import { tcpAddress } from "../../server/targets/address-map.ts";
import { findForbiddenNetwork } from "../../server/targets/forbidden-network.ts";

const isForbidden = (host: string, own: readonly string[] = []): boolean =>
  findForbiddenNetwork(
    tcpAddress(host, 8405),
    own.map((each) => ({ host: each, port: 8405 })),
  ) !== null;

/** `a9fe:a9fe` for 169.254.169.254. */
function groupsOf(ipv4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

/** The ways to write an IPv4 address as one of IPv6 that leads there. */
const FORMS: readonly (readonly [name: string, form: (ipv4: string) => string])[] = [
  ["itself", (ipv4) => ipv4],
  ["IPv4-mapped", (ipv4) => `::ffff:${ipv4}`],
  ["IPv4-mapped in groups", (ipv4) => `::ffff:${groupsOf(ipv4)}`],
  ["IPv4-mapped at full length", (ipv4) => `0:0:0:0:0:ffff:${groupsOf(ipv4)}`],
  ["IPv4-mapped in capitals", (ipv4) => `::FFFF:${groupsOf(ipv4).toUpperCase()}`],
  ["IPv4-compatible", (ipv4) => `::${ipv4}`],
  ["IPv4-translated", (ipv4) => `::ffff:0:${ipv4}`],
  ["NAT64", (ipv4) => `64:ff9b::${groupsOf(ipv4)}`],
  ["NAT64 with dots", (ipv4) => `64:ff9b::${ipv4}`],
  ["local NAT64", (ipv4) => `64:ff9b:1::${groupsOf(ipv4)}`],
  ["6to4", (ipv4) => `2002:${groupsOf(ipv4)}::1`],
];

describe.each(FORMS)("an address as %s", (_name, form) => {
  test.each([
    ["this machine by no name", ["0.0.0.0", "0.255.255.255"]],
    ["link-local, with the metadata services", ["169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255"]],
    ["the metadata service of Oracle", ["192.0.0.192"]],
    ["the metadata service of Alibaba", ["100.100.100.200"]],
    ["the platform address of Azure", ["168.63.129.16"]],
    ["multicast", ["224.0.0.0", "239.255.255.255"]],
    ["broadcast", ["255.255.255.255"]],
  ])("is forbidden for %s", (_what, addresses) => {
    for (const each of addresses) expect([each, isForbidden(form(each))]).toEqual([each, true]);
  });

  test("is forbidden for a listener of our own", () => {
    for (const own of ["10.0.0.99", "127.0.0.1"]) expect(isForbidden(form(own), [own])).toBe(true);
  });
});

test.each([
  ["fe80::/10", ["fe80::", "fe80::1%eth0", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]],
  ["multicast of IPv6", ["ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]],
  ["AWS", ["fd00:ec2::23", "fd00:ec2::253", "fd00:ec2::254", "FD00:0EC2:0:0:0:0:0:254"]],
  ["Google Cloud", ["fd20:ce::254", "fd20:00ce:0::0254"]],
  ["Oracle Cloud", ["fd00:c1::a9fe:a9fe", "fd00:c1::169.254.169.254"]],
  ["Scaleway", ["fd00:42::42"]],
  ["Teredo", ["2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"]],
  ["no address", ["::"]],
])("%s is forbidden, however it is written", (_what, addresses) => {
  for (const each of addresses) expect([each, isForbidden(each)]).toEqual([each, true]);
});

test("what is beside those networks is not forbidden", () => {
  const beside = ["1.0.0.0", "169.253.255.255", "169.255.0.0", "192.0.0.191", "192.0.0.193", "100.100.100.199"];
  const more = ["168.63.129.15", "168.63.129.17", "223.255.255.255", "240.0.0.1", "255.255.255.254", "127.0.0.1"];
  const ipv6 = ["::1", "fe7f::1", "fec0::1", "feff::1", "fd00:ec1::1", "fd00:ec3::1", "fd20:ce::253", "fd00:c1::1"];
  const forms = ["fd00:42::41", "64:ff9a::1", "64:ff9b:2::1", "2001:1::1", "2003::1", "::ffff:10.0.0.1"];
  for (const each of [...beside, ...more, ...ipv6, ...forms]) expect([each, isForbidden(each)]).toEqual([each, false]);
});

test("a listener of our own is known in every spelling, by its port alone on loopback, and by no other port", () => {
  for (const host of ["fd00::99", "FD00::99", "fd00:0:0:0:0:0:0:99"])
    expect(isForbidden(host, ["fd00::99"])).toBe(true);
  for (const host of ["127.0.0.2", "127.255.255.254", "::ffff:127.0.0.3"])
    expect(isForbidden(host, ["127.0.0.1"])).toBe(true);
  expect(isForbidden("10.0.0.98", ["10.0.0.99"])).toBe(false);
  expect(findForbiddenNetwork(tcpAddress("10.0.0.99", 8406), [{ host: "10.0.0.99", port: 8405 }])).toBeNull();
});
