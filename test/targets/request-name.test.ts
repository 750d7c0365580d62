import { describe, expect, test } from "vitest";
import { DEFAULT_HTTP } from "../../server/config/defaults.ts";
import type { HttpRule } from "../../server/contract/target.ts";
import { tcpAddress } from "../../server/targets/address-map.ts";
import { resolveRequestNames } from "../../server/targets/request-name.ts";

describe("a server is asked under", () => {
  const cases: readonly (readonly [
    rule: string,
    http: Partial<HttpRule>,
    fqdn: string | null,
    host: string,
    port: number,
    hostHeader: string,
    serverName: string | null,
  ])[] = [
    ["its address and port, without SNI", {}, null, "10.0.0.11", 6443, "10.0.0.11:6443", null],
    ["its address without the usual port", {}, null, "10.0.0.11", 443, "10.0.0.11", null],
    ["its IPv6 address in brackets", {}, null, "::1", 6443, "[::1]:6443", null],
    ["the name that the address-map gives it", {}, null, "web", 8443, "web:8443", "web"],
    ["HAProxy's name of it", {}, "cp-1.example.org", "10.0.0.11", 6443, "cp-1.example.org", "cp-1.example.org"],
    [
      "… without the dot of the root",
      {},
      "cp-1.example.org.",
      "10.0.0.11",
      6443,
      "cp-1.example.org",
      "cp-1.example.org",
    ],
    [
      "server-name before HAProxy's",
      { serverName: "kubernetes" },
      "cp-1",
      "10.0.0.11",
      6443,
      "kubernetes",
      "kubernetes",
    ],
    ["host before HAProxy's", { host: "example.org" }, "cp-1", "10.0.0.11", 6443, "example.org", "example.org"],
    [
      "host with a port, SNI without",
      { host: "example.org:81" },
      null,
      "10.0.0.11",
      6443,
      "example.org:81",
      "example.org",
    ],
    [
      "host in HTTP and server-name in TLS",
      { host: "a.org", serverName: "b.org" },
      null,
      "10.0.0.11",
      443,
      "a.org",
      "b.org",
    ],
    ["a host that is an address without SNI", { host: "10.0.0.1" }, null, "10.0.0.11", 443, "10.0.0.1", null],
    ["its address where HAProxy's name cannot be a header", {}, "a\r\nX: y", "10.0.0.11", 81, "10.0.0.11:81", null],
  ];

  test.each(cases)("%s", (_rule, http, fqdn, host, port, hostHeader, serverName) => {
    expect(resolveRequestNames({ ...DEFAULT_HTTP, ...http }, fqdn, "https", tcpAddress(host, port))).toEqual({
      hostHeader,
      serverName,
    });
  });

  test("its address without port 80 over http", () => {
    expect(resolveRequestNames(DEFAULT_HTTP, null, "http", tcpAddress("10.0.0.11", 80)).hostHeader).toBe("10.0.0.11");
    expect(resolveRequestNames(DEFAULT_HTTP, null, "http", tcpAddress("10.0.0.11", 443)).hostHeader).toBe(
      "10.0.0.11:443",
    );
  });

  test("localhost behind a UNIX socket, unless there is a name", () => {
    const place = { host: "", port: 0, socketPath: "/run/app.sock" };
    expect(resolveRequestNames(DEFAULT_HTTP, null, "http", place)).toEqual({
      hostHeader: "localhost",
      serverName: null,
    });
    expect(resolveRequestNames(DEFAULT_HTTP, "app.example.org", "http", place).hostHeader).toBe("app.example.org");
  });
});
