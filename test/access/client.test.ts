import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { TrustedProxies } from "../../server/access/client.ts";

const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);

/** The client of a request from this peer with these headers; a text is the sentence of a 400. */
function clientOf(peer: string | undefined, headers: Record<string, string | string[]>, trusted = proxies) {
  const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()]));
  const reading = trusted.readClient({ headersDistinct, socket: { remoteAddress: peer } });
  return reading.kind === "bad" ? reading.detail : reading.client;
}

const addressOf = (peer: string | undefined, headers: Record<string, string | string[]>, trusted = proxies) => {
  const client = clientOf(peer, headers, trusted);
  return typeof client === "string" ? client : client.address;
};

const SPOOFED = {
  "x-forwarded-for": "203.0.113.9",
  "x-forwarded-proto": "https",
  forwarded: "for=203.0.113.9;proto=https",
  "x-real-ip": "203.0.113.9",
  "x-forwarded-user": "root",
};

describe("a peer that is no trusted proxy", () => {
  test.each(["198.51.100.1", "127.0.0.1", "::1", "192.0.2.8", "2001:db9::1", undefined])(
    "is the client itself, whatever its headers say: %s",
    (peer) => {
      expect(clientOf(peer, SPOOFED)).toEqual({ address: peer ?? "", isSecure: false, proxyHeaders: null });
    },
  );

  test("is every one where none is named", () => {
    expect(clientOf("10.0.0.1", SPOOFED, new TrustedProxies([]))).toMatchObject({ address: "10.0.0.1" });
  });
});

describe("a trusted proxy", () => {
  test.each([
    ["names the client", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["is known by its IPv4 address in an IPv6 socket", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["may have IPv6", "2001:db8::1", "2001:db9::5", "2001:db9::5"],
    [
      "is believed only for the hop before it, not what that one was told",
      "10.0.0.1",
      "1.1.1.1, 203.0.113.9",
      "203.0.113.9",
    ],
    ["may stand behind another trusted one", "10.0.0.1", "1.1.1.1, 203.0.113.9, 192.0.2.7", "203.0.113.9"],
    ["may be the client itself", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["may add a port", "10.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["may add a port to IPv6", "10.0.0.1", "[2001:db9::5]:4711", "2001:db9::5"],
    ["that hides the client stands for it", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
    ["that hides it behind another one stops there", "10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"],
    ["that sends nonsense stands for the client", "10.0.0.1", "evil<script>", "10.0.0.1"],
    ["that sends an empty header stands for the client", "10.0.0.1", "", "10.0.0.1"],
  ])("%s", (_what, peer, forwardedFor, expected) => {
    expect(addressOf(peer, { "x-forwarded-for": forwardedFor })).toBe(expected);
  });

  test("that appends a line of its own is read in the order of the lines", () => {
    expect(addressOf("10.0.0.1", { "x-forwarded-for": ["1.1.1.1", "203.0.113.9"] })).toBe("203.0.113.9");
  });

  test("is not followed over more than forwardedHopsMax hops", () => {
    const hops = ["203.0.113.9", ...Array<string>(BOUNDS.forwardedHopsMax).fill("10.0.0.2")];
    expect(addressOf("10.0.0.1", { "x-forwarded-for": hops.join(",") })).toBe("10.0.0.2");
    expect(addressOf("10.0.0.1", { forwarded: hops.map((hop) => `for=${hop}`).join(",") })).toBe("10.0.0.2");
  });

  test.each([
    ["for=203.0.113.9", "203.0.113.9", false],
    ['For="[2001:db9::5]:4711";Proto=HTTPS', "2001:db9::5", true],
    ['for="1.1.1.1, for=203.0.113.1", for=203.0.113.9;by=10.0.0.1;proto=https', "203.0.113.9", true],
    ['for="_a\\",for=1.1.1.1"', "10.0.0.1", false],
    ["for=unknown", "10.0.0.1", false],
  ])("may send Forwarded: %s", (forwarded, address, isSecure) => {
    expect(clientOf("10.0.0.1", { forwarded })).toMatchObject({ address, isSecure });
  });

  test("that sends both headers has to mean the same client, since one may be the client's own", () => {
    const both = (address: string) => ({ "x-forwarded-for": "203.0.113.9", forwarded: `for=${address}` });
    expect(addressOf("10.0.0.1", both("203.0.113.9"))).toBe("203.0.113.9");
    expect(addressOf("10.0.0.1", both("1.1.1.1"))).toMatch(/name different clients/);
  });

  test.each([
    [{ "x-forwarded-proto": "https" }, true],
    [{ "x-forwarded-proto": "http, HTTPS" }, true],
    [{ "x-forwarded-proto": "https, http" }, false],
    [{ "x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https" }, true],
    [{}, false],
  ])("says whether the client came over TLS: %j", (headers, isSecure) => {
    expect(clientOf("10.0.0.1", headers)).toMatchObject({ isSecure });
  });

  test("may come through a UNIX socket, where that is named", () => {
    const headers = { "x-forwarded-for": "203.0.113.9" };
    expect(addressOf(undefined, headers, new TrustedProxies(["unix"]))).toBe("203.0.113.9");
    expect(addressOf("127.0.0.1", headers, new TrustedProxies(["unix"]))).toBe("127.0.0.1");
  });
});
