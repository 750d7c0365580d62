import { describe, expect, test } from "vitest";
import { formatHostPort } from "../../server/contract/host-port.ts";
import { isHostName, parseHostPort } from "../../server/targets/host-port.ts";

describe("a host with or without a port", () => {
  const right: readonly (readonly [text: string, host: string, port: number | null])[] = [
    ["10.0.0.5", "10.0.0.5", null],
    ["10.0.0.5:80", "10.0.0.5", 80],
    ["::1", "::1", null],
    ["[::1]", "::1", null],
    ["[::1]:80", "::1", 80],
    ["2001:DB8:0::1", "2001:db8::1", null],
    ["web", "web", null],
    ["web:80", "web", 80],
    ["my_app.default.svc:8080", "my_app.default.svc", 8080],
  ];

  test.each(right)("%s is %s and %s", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  test.each([
    "",
    ":80",
    "web:",
    "web:65536",
    "web:80:90",
    "[web]:80",
    "[10.0.0.1]:80",
    "10.0.0:80",
    "a b",
    "-x",
    "x\r\ny",
    "a..b",
  ])("%j is none", (text) => {
    expect(parseHostPort(text)).toBeNull();
  });

  test("is written with brackets around IPv6", () => {
    expect(formatHostPort("::1", 80)).toBe("[::1]:80");
    expect(formatHostPort("10.0.0.5", 80)).toBe("10.0.0.5:80");
  });
});

test("a name has labels of at most 63 and 253 in all, and is no address", () => {
  expect(isHostName("a".repeat(63))).toBe(true);
  expect(isHostName("a".repeat(64))).toBe(false);
  expect(isHostName(Array(64).fill("aaa").join("."))).toBe(false);
  expect(isHostName("1.2.3.4")).toBe(false);
  expect(isHostName("")).toBe(false);
});
