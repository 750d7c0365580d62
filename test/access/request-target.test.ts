import { expect, test } from "vitest";
import { basePathOf, readRequestTarget } from "../../server/access/request-target.ts";

const read = (url: string, host: string[] = ["10.0.0.5:8405"], httpVersion = "1.1") =>
  readRequestTarget({ url, httpVersion, headersDistinct: { host } });

test.each([
  ["/api/v1/servers?problems=1", "/api/v1/servers?problems=1", "10.0.0.5:8405"],
  ["//evil.example/x", "//evil.example/x", "10.0.0.5:8405"],
  ["http://haprobe:8405/metrics?a=1", "/metrics?a=1", "haprobe:8405"],
  ["HTTP://[::1]:8405", "/", "[::1]:8405"],
])("%s addresses %s on %s", (url, path, host) => {
  expect(read(url)).toEqual({ kind: "target", path, host });
});

test.each([
  "http://a:99999/x",
  "http://",
  "ftp://a/x",
  "*",
  "a/b",
  "",
  "javascript:alert(1)",
  "/api/v1/incidents/%00",
  "http://a/api/v1/notifications?channel=a%00",
])("%j is bad", (url) => {
  expect(read(url)).toMatchObject({ kind: "bad" });
});

test("two Host headers are bad, also where they are equal; none is good in HTTP/1.0 alone", () => {
  expect(read("/", ["localhost", "localhost"])).toMatchObject({ kind: "bad" });
  expect(read("/", [])).toMatchObject({ kind: "bad" });
  expect(read("/", [], "1.0")).toEqual({ kind: "target", path: "/", host: undefined });
});

test.each([
  ["/haprobe/metrics?a=1", "/metrics?a=1"],
  ["/haprobe/", "/"],
  ["/haprobe", "/"],
  ["/haprobe?a=1", "/?a=1"],
  ["/haprobes", "/haprobes"],
  ["/metrics", "/metrics"],
  ["http://lb/haprobe/metrics", "/metrics"],
])("below the public path /haprobe, %s is %s", (url, path) => {
  expect(readRequestTarget({ url, httpVersion: "1.1", headersDistinct: { host: ["lb"] } }, "/haprobe")).toMatchObject({
    path,
  });
});

test.each([
  [null, ""],
  ["https://example.org", ""],
  ["https://example.org/haprobe", "/haprobe"],
])("the path of the public URL %s is %j", (publicUrl, path) => {
  expect(basePathOf(publicUrl)).toBe(path);
});
