import { describe, expect, test } from "vitest";
import { AddressMapper, mapTexts } from "../../server/recording/address-mapper.ts";

describe("a mapper of addresses", () => {
  const mapper = new AddressMapper();
  mapper.learnNames("db.Example.org:5432");

  test.each([
    ["10.1.2.3:6443", "198.18.0.0:6443"],
    ["https://10.1.2.4:6443/readyz", "https://198.18.0.1:6443/readyz"],
    ["10.1.2.3 again", "198.18.0.0 again"],
    ["192.168.7.3, another network", "198.18.1.0, another network"],
    ["[fd00:1::5]:443 and fd00:1::6", "[2001:db8:0:0::1]:443 and 2001:db8:0:0::2"],
    ["127.0.0.1, ::1 and 0.0.0.0 stay", "127.0.0.1, ::1 and 0.0.0.0 stay"],
    ["at 10:00:00, version 3.0.5, 1.2.3.4.5", "at 10:00:00, version 3.0.5, 1.2.3.4.5"],
    ["lb-1/be/10.1.2.3", "lb-1/be/198.18.0.0"],
    ["DB.example.org is down, db.example.org.uk is not", "host-1.example is down, db.example.org.uk is not"],
  ])("makes of %j: %j", (text, mapped) => {
    expect(mapper.map(text)).toBe(mapped);
  });

  test("gives two addresses never the same one", () => {
    const addresses = Array.from({ length: 2_000 }, (_, i) => `172.${16 + (i % 16)}.${i % 97}.${i % 251}`);
    const unique = new Set(addresses);
    expect(new Set([...unique].map((address) => mapper.map(address))).size).toBe(unique.size);
  });

  test("maps every text of a value, and no key", () => {
    const value = { "10.1.2.3": ["10.1.2.3", 7, null, { a: true }] };
    expect(mapTexts(value, (text) => mapper.map(text))).toEqual({ "10.1.2.3": ["198.18.0.0", 7, null, { a: true }] });
  });
});
