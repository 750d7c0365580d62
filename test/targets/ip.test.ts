import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { containsIp, formatIp, parseCidr, parseIp, isSubnetOf } from "../../server/targets/ip.ts";

const RUNS = { seed: 1, numRuns: 1_000 };
const ipv4 = fc.ipV4();
// Node's own list treats mapped addresses as IPv6; here they are IPv4, so they have a test of their own.
const ipv6 = fc.ipV6().filter((text) => parseIp(text)?.bits === 128);

function cidrOf(text: string) {
  const cidr = parseCidr(text);
  if (cidr === null) throw new Error(`no network: ${text}`);
  return cidr;
}

function ipOf(text: string) {
  const ip = parseIp(text);
  if (ip === null) throw new Error(`no address: ${text}`);
  return ip;
}

describe("an address", () => {
  test("is one exactly where Node takes it for one", () => {
    const nearly = fc.string({ unit: fc.constantFrom("0", "1", "25", "f", ":", "::", ".", "g"), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(ipv4, fc.ipV6(), nearly), (text) => {
        expect(parseIp(text) !== null).toBe(isIP(text) !== 0);
      }),
      RUNS,
    );
  });

  test.each([
    "010.0.0.1",
    "0x7f.1",
    "1",
    "::ffff:010.0.0.1",
    "00001::",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "1.2.3.4 ",
    "fe80::1%eth0",
    "[::1]",
    ":::",
    "",
    "1::2::3",
  ])("is not %j", (text) => {
    expect(parseIp(text)).toBeNull();
  });

  test("of IPv6 is written as URLs write it", () => {
    fc.assert(
      fc.property(ipv6, (text) => {
        expect(`[${formatIp(ipOf(text))}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
      RUNS,
    );
  });

  test("of IPv4 is written as it was read", () => {
    fc.assert(
      fc.property(ipv4, (text) => {
        expect(formatIp(ipOf(text))).toBe(text);
      }),
      RUNS,
    );
  });

  test("of IPv4 inside IPv6 is the IPv4 address", () => {
    expect(parseIp("::ffff:169.254.169.254")).toEqual(parseIp("169.254.169.254"));
    expect(parseIp("::ffff:a9fe:a9fe")).toEqual(parseIp("169.254.169.254"));
    expect(parseIp("::10.0.0.1")?.bits).toBe(128);
  });
});

describe("a network", () => {
  test("holds the IPv4 addresses that Node's BlockList holds", () => {
    fc.assert(
      fc.property(
        ipv4,
        fc.integer({ min: 0, max: 32 }),
        ipv4,
        fc.integer({ min: 0, max: 32 }),
        (base, prefix, other, keep) => {
          // An address that shares `keep` bits with the base: a random one alone would nearly never be inside.
          const mask = (1n << BigInt(32 - keep)) - 1n;
          const value = (ipOf(base).value & ~mask) | (ipOf(other).value & mask);
          const text = formatIp({ bits: 32, value });
          const list = new BlockList();
          list.addSubnet(base, prefix, "ipv4");
          expect(containsIp(cidrOf(`${base}/${prefix}`), ipOf(text))).toBe(list.check(text, "ipv4"));
        },
      ),
      RUNS,
    );
  });

  test("holds the IPv6 addresses that Node's BlockList holds", () => {
    fc.assert(
      fc.property(
        ipv6,
        fc.integer({ min: 1, max: 128 }),
        ipv6,
        fc.integer({ min: 0, max: 128 }),
        (base, prefix, other, keep) => {
          const mask = (1n << BigInt(128 - keep)) - 1n;
          const value = (ipOf(base).value & ~mask) | (ipOf(other).value & mask);
          const text = formatIp({ bits: 128, value });
          const list = new BlockList();
          list.addSubnet(base, prefix, "ipv6");
          expect(containsIp(cidrOf(`${base}/${prefix}`), ipOf(text))).toBe(list.check(text, "ipv6"));
        },
      ),
      RUNS,
    );
  });

  test("of one family holds no address of the other", () => {
    expect(containsIp(cidrOf("0.0.0.0/0"), ipOf("::1"))).toBe(false);
    expect(containsIp(cidrOf("::/0"), ipOf("10.0.0.1"))).toBe(false);
  });

  test("without a length is one address", () => {
    expect(containsIp(cidrOf("10.0.0.1"), ipOf("10.0.0.1"))).toBe(true);
    expect(containsIp(cidrOf("10.0.0.1"), ipOf("10.0.0.0"))).toBe(false);
  });

  test("of IPv4 inside IPv6 is the IPv4 network", () => {
    expect(parseCidr("::ffff:10.0.0.0/104")).toEqual(parseCidr("10.0.0.0/8"));
    expect(parseCidr("::ffff:10.0.0.0/90")).toBeNull();
  });

  test.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "web/8", "/8"])(
    "is not %j",
    (text) => {
      expect(parseCidr(text)).toBeNull();
    },
  );

  test("lies in another one if all its addresses do", () => {
    expect(isSubnetOf(cidrOf("169.254.169.254"), cidrOf("169.254.0.0/16"))).toBe(true);
    expect(isSubnetOf(cidrOf("169.254.0.0/16"), cidrOf("169.254.0.0/16"))).toBe(true);
    expect(isSubnetOf(cidrOf("0.0.0.0/0"), cidrOf("169.254.0.0/16"))).toBe(false);
  });
});
