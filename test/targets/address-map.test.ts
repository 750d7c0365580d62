import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tcpAddress, mapAddress, parseMapFrom, parseMapTo } from "../../server/targets/address-map.ts";
import { formatIp, parseIp } from "../../server/targets/ip.ts";

function mapped(from: string, to: string, address: string, port = 80) {
  return mapAddress([{ from, to }], "lb-1/api/s1", parseIp(address), port);
}

describe("an address-map", () => {
  const cases: readonly (readonly [rule: string, from: string, to: string, address: string, result: unknown])[] = [
    ["an address keeps the port", "127.0.0.1", "10.0.0.5", "127.0.0.1", tcpAddress("10.0.0.5", 80)],
    ["a name keeps the port", "127.0.0.1", "web", "127.0.0.1", tcpAddress("web", 80)],
    ["a port on the right wins", "127.0.0.1", "web:8080", "127.0.0.1", tcpAddress("web", 8080)],
    ["an address with this port fits", "127.0.0.1:80", "web:8080", "127.0.0.1", tcpAddress("web", 8080)],
    ["an address with another port does not", "127.0.0.1:81", "web:8080", "127.0.0.1", null],
    ["a network keeps the host's bits", "10.0.0.0/8", "172.0.0.0/8", "10.1.2.3", tcpAddress("172.1.2.3", 80)],
    ["a network may lead to one address", "127.0.0.0/8", "10.0.0.5", "127.0.0.9", tcpAddress("10.0.0.5", 80)],
    ["an address outside the network stays", "10.0.0.0/8", "172.0.0.0/8", "11.1.2.3", null],
    ["IPv6 with a port is in brackets", "[::1]:80", "web:80", "::1", tcpAddress("web", 80)],
    ["IPv6 without a port needs none", "::1", "2001:db8::5", "::1", tcpAddress("2001:db8::5", 80)],
    ["IPv6 networks work alike", "fd00::/64", "2001:db8::/64", "fd00::7", tcpAddress("2001:db8::7", 80)],
    ["IPv4 inside IPv6 is IPv4", "127.0.0.1", "10.0.0.5", "::ffff:127.0.0.1", tcpAddress("10.0.0.5", 80)],
    ["a server's key fits it", "lb-1/api/s1", "10.0.0.5:81", "127.0.0.1", tcpAddress("10.0.0.5", 81)],
    ["another server's key does not", "lb-1/api/s2", "10.0.0.5:81", "127.0.0.1", null],
  ];

  test.each(cases)("%s: %s -> %s", (_rule, from, to, address, result) => {
    expect(mapped(from, to, address)).toEqual(result);
  });

  test("is read in order, and the first that fits wins", () => {
    const map = [
      { from: "127.0.0.1:80", to: "first" },
      { from: "127.0.0.1", to: "second" },
      { from: "127.0.0.0/8", to: "third" },
    ];
    const host = (address: string, port: number) => mapAddress(map, "lb-1/api/s1", parseIp(address), port)?.host;
    expect([host("127.0.0.1", 80), host("127.0.0.1", 81), host("127.0.0.2", 80)]).toEqual(["first", "second", "third"]);
  });

  test("finds a server without an address by its key only", () => {
    const map = [
      { from: "0.0.0.0/0", to: "wrong" },
      { from: "lb-1/a/b/s1", to: "right:80" },
    ];
    expect(mapAddress(map, "lb-1/a/b/s1", null, 0)).toEqual(tcpAddress("right", 80));
    expect(mapAddress(map, "lb-1/a/s1", null, 0)).toBeNull();
  });

  test("moves every address of a network to the same place of the other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (host) => {
        const address = formatIp({ bits: 32, value: (10n << 24n) | BigInt(host) });
        const [, , c, d] = address.split(".");
        expect(mapped("10.0.0.0/16", "192.168.0.0/16", address)?.host).toBe(`192.168.${c}.${d}`);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test.each(["", "web", "web:80", "lb-1/s1", "/a/b", "a/b/", "10.0.0.0/40"])("cannot begin with %j", (text) => {
    expect(parseMapFrom(text)).toBeNull();
  });

  test.each([
    "",
    "web:0",
    "a/b",
    "lb-1/api/s1",
    "web:port",
    "unix:",
    "unix:/",
    "unix:run/app.sock",
    "unix:/run/",
    "unix:/a\0b",
    `unix:/${"x".repeat(107)}`,
    `unix:/${"é".repeat(54)}`,
  ])("cannot lead to %j", (text) => {
    expect(parseMapTo(text)).toBeNull();
  });

  test("may lead to a UNIX socket of up to 107 bytes, whatever the address was", () => {
    const path = `/${"x".repeat(106)}`;
    expect(mapped("lb-1/api/s1", `unix:${path}`, "10.0.0.1")).toEqual({ host: "", port: 0, socketPath: path });
    expect(mapAddress([{ from: "lb-1/api/s1", to: "unix:/run/a.sock" }], "lb-1/api/s1", null, 0)).toEqual({
      host: "",
      port: 0,
      socketPath: "/run/a.sock",
    });
  });
});
