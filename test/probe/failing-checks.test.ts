import { expect, test } from "vitest";
import { healthResponse } from "../../demo/stand-in/api-responses.ts";
import { parseFailingChecks } from "../../server/probe/failing-checks.ts";

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

test.each([
  [
    "MicroProfile Health",
    {
      status: "DOWN",
      checks: [
        { name: "db", status: "DOWN" },
        { name: "disk", status: "UP" },
      ],
    },
    ["db"],
  ],
  [
    "Spring Boot, nested",
    {
      status: "DOWN",
      components: {
        db: { status: "DOWN", components: { orders: { status: "DOWN" }, users: { status: "UP" } } },
        ping: { status: "UP" },
      },
    },
    ["db/orders"],
  ],
  [
    "Spring Boot out of service",
    { status: "OUT_OF_SERVICE", components: { readiness: { status: "OUT_OF_SERVICE" } } },
    ["readiness"],
  ],
  [
    "the RFC draft",
    {
      status: "fail",
      checks: { "redis:responseTime": [{ status: "pass" }, { status: "fail" }], uptime: [{ status: "pass" }] },
    },
    ["redis:responseTime"],
  ],
  ["a check with blanks in its name", { checks: [{ name: "my db\n", status: "DOWN" }] }, ["my_db_"]],
  ["no failing check", { status: "UP", checks: [] }, []],
  ["other JSON", { status: "DOWN" }, null],
  ["a list", [1, 2], null],
])("health JSON: %s", (_what, health, failing) => {
  for (const type of [
    "application/json",
    "application/health+json; charset=utf-8",
    "application/vnd.spring-boot.actuator.v3+json",
  ]) {
    expect(parseFailingChecks(type, JSON.stringify(health))).toEqual(failing);
  }
});

test("hostile health JSON is bounded, and broken JSON is none", () => {
  const checks = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`c${i}`, { status: "DOWN" }]));
  expect(parseFailingChecks("application/json", JSON.stringify({ checks }))).toHaveLength(64);
  const deep = `${'{"status":"DOWN","components":{"a":'.repeat(2_000)}{}${"}}".repeat(2_000)}`;
  expect(parseFailingChecks("application/json", deep)).toHaveLength(1);
  expect(parseFailingChecks("application/json", '{"checks":[')).toBeNull();
});
