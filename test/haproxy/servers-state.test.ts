import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { parseStatAddress } from "../../server/haproxy/server-address.ts";
import {
  createServersStateParser,
  locationKey,
  type ServerLocation,
  type ServerLocations,
  type ServersStateParser,
} from "../../server/haproxy/servers-state.ts";
import { runToEnd } from "./run-to-end.ts";

/** Parses a text with a new parser, or with one that keeps its last response. */
function readServersState(text: string, parser: ServersStateParser = createServersStateParser()): ServerLocations {
  // A response has other sections around it.
  const bytes = Buffer.from(`Name: x\n\n${text}\n\n# pxname,`, "latin1");
  return runToEnd(parser.parse(bytes, { from: 9, to: 9 + text.length + 2 }));
}

function capture(name: string): ServerLocations {
  const text = readFileSync(join(import.meta.dirname, "../fixtures/haproxy", name), "latin1");
  return readServersState(text.slice(0, text.indexOf("\n\n")));
}

const ip = (host: string, port: number): ServerLocation["address"] => ({ kind: "ip", host, port });

test("2.6 and 3.5 have the address of each server, and of its check", () => {
  for (const name of ["2.6-servers-state-user.txt", "3.5-servers-state-user.txt"]) {
    const locations = capture(name);
    const locationOf = (serverId: number): ServerLocation | undefined => locations.get(locationKey(21, serverId));
    expect(locationOf(1)).toEqual({ address: ip("127.0.0.77", 20001), fqdn: null, checkElsewhere: false });
    expect(locationOf(11)?.checkElsewhere, "another port").toBe(true);
    expect(locationOf(12)?.checkElsewhere, "another address and port").toBe(true);
    expect(locationOf(13)?.checkElsewhere, "the same address, another port").toBe(true);
    expect(locationOf(15)?.address).toEqual(ip("::1", 20050));
  }
});

test("2.2 has no columns for the check's address, so that none is elsewhere", () => {
  const locations = capture("2.2-user-show_servers_state.txt");
  expect(locations.get(locationKey(7, 1))).toEqual({
    address: ip("127.0.0.77", 20021),
    fqdn: null,
    checkElsewhere: false,
  });
  expect(locations.get(locationKey(9, 9))?.address, "unix").toEqual({ kind: "unix" });
});

test("an unresolved name has no address", () => {
  const location = capture("2.6-servers-state-dns.txt").get(locationKey(22, 1));
  expect(location).toEqual({ address: { kind: "unresolved" }, fqdn: "nosuch.example.invalid", checkElsewhere: false });
});

const header =
  "1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port srvrecord srv_check_port srv_check_addr";

test.each([
  ["a check port and address equal to the server's", "2 b 1 s 10.0.0.1 0 - 80 - 80 10.0.0.1", false],
  ["another check address, the same port", "2 b 1 s 10.0.0.1 0 - 80 - 80 10.0.0.2", true],
  ["another check port", "2 b 1 s 10.0.0.1 0 - 80 - 81 -", true],
])("%s", (_, line, checkElsewhere) => {
  expect(readServersState(`${header}\n${line}`).get("2/1")).toMatchObject({
    address: ip("10.0.0.1", 80),
    checkElsewhere,
  });
});

test.each([
  ["a UNIX socket", "2 b 1 s - 0 - 0 - 0 -", "unix"],
  ["a template slot waiting for DNS, as 3.5 shows it", "2 b 1 s - 32 web.example 0 - 0 -", "unresolved"],
  ["a template slot filled from an SRV record", "2 b 1 s - 32 - 0 _http._tcp.example 0 -", "unresolved"],
  ["a slot in resolution whose name is not shown", "2 b 1 s - 32 - 0 - 0 -", "none"],
  ["0.0.0.0: HAProxy connects to the address that the client requested", "2 b 1 s 0.0.0.0 0 - 80 - 0 -", "none"],
])("%s", (_, line, kind) => {
  expect(readServersState(`${header}\n${line}`).get("2/1")?.address.kind).toBe(kind);
});

test("an unresolved server is an unused slot where its name has an address in the same backend", () => {
  const slots = ["2 b 1 s1 10.0.0.1 0 web.example 80 - 0 -", "2 b 2 s2 - 32 web.example 0 - 0 -"];
  const elsewhere = "3 c 1 s1 - 32 web.example 0 - 0 -";
  const locations = readServersState([header, ...slots, elsewhere].join("\n"));
  expect([...locations.values()].map(({ address }) => address.kind)).toEqual(["ip", "none", "unresolved"]);
});

test("spaces in a backend's name (3.5) do not shift the fields", () => {
  expect(readServersState(`${header}\n2 a b c 1 s 10.0.0.1 0 - 80 - 0 -`).get("2/1")?.address).toEqual(
    ip("10.0.0.1", 80),
  );
});

test("a line that is too short leaves only its own server without a location", () => {
  const locations = readServersState(`${header}\n2 b 1\n2 b 2 t 10.0.0.2 0 - 80 - 0 -`);
  expect([...locations.keys()]).toEqual(["2/2"]);
});

test("another format version is refused", () => {
  expect(() => readServersState(header.replace("1", "2"))).toThrow(/unknown form/);
});

test.each([
  ["127.0.0.77:20001", ip("127.0.0.77", 20001)],
  ["[::1]:20050", ip("::1", 20050)],
  ["127.0.0.77:0", ip("127.0.0.77", 0)],
  ["unix", { kind: "unix" }],
  ["", { kind: "none" }],
  ["0.0.0.0:80", { kind: "none" }],
  ["[::]:80", { kind: "none" }],
  ["nonsense", { kind: "none" }],
  ["[fe80::1%eth0]:80", ip("fe80::1%eth0", 80)],
  [`[fe80::1%${"e".repeat(60)}]:80`, { kind: "none" }],
])("addr %j", (field, address) => {
  expect(parseStatAddress(field)).toEqual(address);
});

test.each([
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "169.254.43518",
  "169.254.169.254.",
  "metadata.internal",
])("%s, of which the system's resolver makes 169.254.169.254, is no address", (host) => {
  expect(parseStatAddress(`${host}:80`)).toEqual({ kind: "none" });
});

describe("parsed again,", () => {
  const [version, columns] = header.split("\n");
  const ticking = `${version}\n${columns?.replace("srv_fqdn", "srv_time_since_last_change srv_fqdn")}`;
  const line = (serverId: number, seconds: number, host = `10.0.0.${serverId}`, name = "b"): string =>
    `2 ${name} ${serverId} s${serverId} ${host} 0 ${seconds} - 80 - 0 -`;
  const text = (...lines: string[]): string => [ticking, ...lines].join("\n");

  test("a state is the same object while only its seconds increment", () => {
    const parser = createServersStateParser();
    const first = readServersState(text(line(1, 9), line(2, 99)), parser);
    expect(first.get("2/2")?.address).toEqual(ip("10.0.0.2", 80));
    for (const s of [1, 2, 900]) {
      expect(readServersState(text(line(1, 9 + s), line(2, 99 + s)), parser), `after ${s} s`).toBe(first);
    }
  });

  test.each<[string, string[], [string, string][]]>([
    [
      "an address that changed",
      [line(1, 10), line(2, 100, "10.9.9.9")],
      [
        ["2/1", "10.0.0.1"],
        ["2/2", "10.9.9.9"],
      ],
    ],
    [
      "a server that came",
      [line(1, 10), line(2, 100), line(3, 1)],
      [
        ["2/1", "10.0.0.1"],
        ["2/2", "10.0.0.2"],
        ["2/3", "10.0.0.3"],
      ],
    ],
    ["a removed server", [line(2, 100)], [["2/2", "10.0.0.2"]]],
    [
      "all in another order",
      [line(2, 100), line(1, 10)],
      [
        ["2/2", "10.0.0.2"],
        ["2/1", "10.0.0.1"],
      ],
    ],
    [
      "a name with spaces",
      [line(1, 10, "10.9.9.9", "b and c"), line(2, 100)],
      [
        ["2/1", "10.9.9.9"],
        ["2/2", "10.0.0.2"],
      ],
    ],
  ])("%s is detected", (_, lines, expected) => {
    const parser = createServersStateParser();
    readServersState(text(line(1, 9), line(2, 99)), parser);
    for (let turn = 0; turn < 2; turn += 1) {
      const locations = readServersState(text(...lines), parser);
      expect([...locations].map(([key, { address }]) => [key, address.kind === "ip" ? address.host : null])).toEqual(
        expected,
      );
    }
  });

  test("a state without servers and with another header has none", () => {
    const parser = createServersStateParser();
    readServersState(text(line(1, 9)), parser);
    expect(readServersState(header, parser).size).toBe(0);
  });

  test("columns in another order, as after an update of HAProxy, are found by name again", () => {
    const parser = createServersStateParser();
    readServersState(`${header}\n2 b 1 s 10.0.0.1 0 - 80 - 0 -`, parser);
    const reordered = header.replace("srv_addr srv_admin_state", "srv_admin_state srv_addr");
    expect(readServersState(`${reordered}\n2 b 1 s 0 10.0.0.1 - 80 - 0 -`, parser).get("2/1")?.address).toEqual(
      ip("10.0.0.1", 80),
    );
  });
});

test("a DNS name that is longer than any is cut", () => {
  const shortHeader = "1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port\n";
  const locations = readServersState(`${shortHeader}2 b 1 s1 10.0.0.1 0 ${"a".repeat(5_000)} 80`);
  expect(locations.get(locationKey(2, 1))?.fqdn).toHaveLength(BOUNDS.statNameMaxChars);
});

test("so is one by which servers of a backend are compared: what follows makes no difference", () => {
  const name = "a".repeat(BOUNDS.statNameMaxChars);
  const slots = [`2 b 1 s1 10.0.0.1 0 ${name}x 80 - 0 -`, `2 b 2 s2 - 32 ${name}y 0 - 0 -`];
  expect(readServersState([header, ...slots].join("\n")).get("2/2")?.address.kind).toBe("none");
});

describe("long sections yield to the event loop", () => {
  const LINE = "2 b 1 s1 10.0.0.1 0 - 80\n";

  /** How often a section of so many lines yields before it is parsed, or refused. */
  function yieldsOf(lines: number): number {
    const bytes = Buffer.from(
      `1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port\n${LINE.repeat(lines)}\n`,
      "latin1",
    );
    const steps = createServersStateParser().parse(bytes, { from: 0, to: bytes.length });
    for (let yields = 0; ; yields += 1) {
      try {
        if (steps.next().done === true) return yields;
      } catch {
        return yields;
      }
    }
  }

  test("while lines are parsed, and in both passes over what was parsed", () => {
    const lines = 20_000;
    const whileParsing = Math.floor((lines * (LINE.length + BOUNDS.parseRowBytes)) / (BOUNDS.parseStepBytes + 100));
    expect(yieldsOf(lines)).toBeGreaterThanOrEqual(whileParsing + 2 * (lines / 1_000));
  });

  test("while lines are counted that are too many to be parsed", () => {
    expect(yieldsOf(BOUNDS.serversMax + 2)).toBeGreaterThanOrEqual(10);
  });
});
