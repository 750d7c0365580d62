import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseStatAddress } from "../../server/haproxy/server-address.ts";
import {
  createServersStateParser,
  locationKey,
  type ServerLocation,
  type ServerLocations,
  type ServersStateParser,
} from "../../server/haproxy/servers-state.ts";

/** Reads a text as if nothing had been read before, or by a reader that has read something. */
function readServersState(text: string, reader: ServersStateParser = createServersStateParser()): ServerLocations {
  // Other parts stand around it in an answer.
  const bytes = Buffer.from(`Name: x\n\n${text}\n\n# pxname,`, "latin1");
  return reader.parse(bytes, { from: 9, to: 9 + text.length + 2 });
}

function capture(name: string): ServerLocations {
  const text = readFileSync(join(import.meta.dirname, "../fixtures/haproxy", name), "latin1");
  return readServersState(text.slice(0, text.indexOf("\n\n")));
}

const ip = (host: string, port: number): ServerLocation["address"] => ({ kind: "ip", host, port });

test("2.6 and 3.5 say where a server is, and whether its check goes elsewhere", () => {
  for (const name of ["2.6-servers-state-user.txt", "3.5-servers-state-user.txt"]) {
    const places = capture(name);
    const place = (serverId: number): ServerLocation | undefined => places.get(locationKey(21, serverId));
    expect(place(1)).toEqual({ address: ip("127.0.0.77", 20001), fqdn: null, checkElsewhere: false });
    expect(place(11)?.checkElsewhere, "another port").toBe(true);
    expect(place(12)?.checkElsewhere, "another address and port").toBe(true);
    expect(place(13)?.checkElsewhere, "the same address, another port").toBe(true);
    expect(place(15)?.address).toEqual(ip("::1", 20050));
  }
});

test("2.2 has no columns for the check's address, so nothing is elsewhere", () => {
  const places = capture("2.2-user-show_servers_state.txt");
  expect(places.get(locationKey(7, 1))).toEqual({
    address: ip("127.0.0.77", 20021),
    fqdn: null,
    checkElsewhere: false,
  });
  expect(places.get(locationKey(9, 9))?.address, "unix").toEqual({ kind: "unix" });
});

test("a name that is not resolved has no address", () => {
  const place = capture("2.6-servers-state-dns.txt").get(locationKey(22, 1));
  expect(place).toEqual({ address: { kind: "none" }, fqdn: "nosuch.example.invalid", checkElsewhere: false });
});

const header =
  "1\n# be_id be_name srv_id srv_name srv_addr srv_admin_state srv_fqdn srv_port srvrecord srv_check_port srv_check_addr";

test.each([
  ["the check's own port and address given, but the same", "2 b 1 s 10.0.0.1 0 - 80 - 80 10.0.0.1", false],
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
  ["a template slot waiting for DNS, as 3.5 shows it", "2 b 1 s - 32 web.example 0 - 0 -", "none"],
  ["a template slot filled from an SRV record", "2 b 1 s - 32 - 0 _http._tcp.example 0 -", "none"],
  ["a slot in resolution whose name is not shown", "2 b 1 s - 32 - 0 - 0 -", "none"],
  ["0.0.0.0: HAProxy connects where the client wanted to go", "2 b 1 s 0.0.0.0 0 - 80 - 0 -", "none"],
])("%s", (_, line, kind) => {
  expect(readServersState(`${header}\n${line}`).get("2/1")?.address.kind).toBe(kind);
});

test("spaces in a backend's name (3.5) do not shift the fields", () => {
  expect(readServersState(`${header}\n2 a b c 1 s 10.0.0.1 0 - 80 - 0 -`).get("2/1")?.address).toEqual(
    ip("10.0.0.1", 80),
  );
});

test("a line that is too short leaves its server without a place, and the others with theirs", () => {
  const places = readServersState(`${header}\n2 b 1\n2 b 2 t 10.0.0.2 0 - 80 - 0 -`);
  expect([...places.keys()]).toEqual(["2/2"]);
});

test("another format version is refused rather than guessed at", () => {
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
])("addr %j", (field, address) => {
  expect(parseStatAddress(field)).toEqual(address);
});

describe("read again,", () => {
  const [version, columns] = header.split("\n");
  const ticking = `${version}\n${columns?.replace("srv_fqdn", "srv_time_since_last_change srv_fqdn")}`;
  const line = (serverId: number, seconds: number, host = `10.0.0.${serverId}`, name = "b"): string =>
    `2 ${name} ${serverId} s${serverId} ${host} 0 ${seconds} - 80 - 0 -`;
  const text = (...lines: string[]): string => [ticking, ...lines].join("\n");

  test("a state that says what it said before is the very same, while its seconds tick", () => {
    const reader = createServersStateParser();
    const first = readServersState(text(line(1, 9), line(2, 99)), reader);
    expect(first.get("2/2")?.address).toEqual(ip("10.0.0.2", 80));
    for (const s of [1, 2, 900]) {
      expect(readServersState(text(line(1, 9 + s), line(2, 99 + s)), reader), `after ${s} s`).toBe(first);
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
    ["one that went", [line(2, 100)], [["2/2", "10.0.0.2"]]],
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
  ])("%s is seen", (_, lines, expected) => {
    const reader = createServersStateParser();
    readServersState(text(line(1, 9), line(2, 99)), reader);
    for (let turn = 0; turn < 2; turn += 1) {
      const places = readServersState(text(...lines), reader);
      expect([...places].map(([key, { address }]) => [key, address.kind === "ip" ? address.host : null])).toEqual(
        expected,
      );
    }
  });

  test("columns in another order, as after an update of HAProxy, are found by their names again", () => {
    const reader = createServersStateParser();
    readServersState(`${header}\n2 b 1 s 10.0.0.1 0 - 80 - 0 -`, reader);
    const turned = header.replace("srv_addr srv_admin_state", "srv_admin_state srv_addr");
    expect(readServersState(`${turned}\n2 b 1 s 0 10.0.0.1 - 80 - 0 -`, reader).get("2/1")?.address).toEqual(
      ip("10.0.0.1", 80),
    );
  });
});
