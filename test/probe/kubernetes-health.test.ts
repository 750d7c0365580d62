import { expect, test } from "vitest";
import { healthResponse } from "../../demo/stand-in/api-responses.ts";
import { parseFailingChecks } from "../../server/probe/kubernetes-health.ts";

const TEXT = "text/plain; charset=utf-8";

test.each([
  ["a dead etcd is named with its second check", ["etcd", "etcd-readiness"]],
  ["a hook that is not done keeps its whole name", ["poststarthook/rbac/bootstrap-roles"]],
  ["a drain is exactly `shutdown`", ["shutdown"]],
])("%s", (_rule, failing) => {
  expect(parseFailingChecks(TEXT, healthResponse("/readyz", failing, false).body)).toEqual(failing);
});

test.each([
  ["the reason may be given or withheld", "[-]etcd failed: context deadline exceeded\nreadyz check failed\n", ["etcd"]],
  ["a list of nothing but good lines has no failing ones", "[+]ping ok\n[+]etcd excluded: ok\n", []],
  ["a name that comes twice is one name", "[-]etcd failed\n[-]etcd failed\n", ["etcd"]],
  ["lines may end with CR LF", "[+]ping ok\r\n[-]log failed: x\r\n", ["log"]],
  ["a mark without a name is no line of it", "[-] failed\n[+]ping ok\n", []],
  ["terminal codes end a name", "[-]etcd\u001b[31m failed\n", ["etcd"]],
  ["`ok` alone is no list", "ok", null],
  ["a mark within a line is no list", "all [-]etcd failed", null],
])("%s", (_rule, body, failing) => {
  expect(parseFailingChecks(TEXT, body)).toEqual(failing);
});

test("a page of another type is no list, whatever is in it", () => {
  expect(parseFailingChecks("text/html", "[-]etcd failed\n")).toBeNull();
  expect(parseFailingChecks("", "[-]etcd failed\n")).toBeNull();
});

test("a hostile list gives at most 64 names of at most 200 characters", () => {
  const lines = Array.from({ length: 2_000 }, (_, i) => `[-]${i}${"x".repeat(500)} failed`);
  const failing = parseFailingChecks(TEXT, lines.join("\n")) ?? [];
  expect(failing).toHaveLength(64);
  expect(Math.max(...failing.map((name) => name.length))).toBe(200);
});
