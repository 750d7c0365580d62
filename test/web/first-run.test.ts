import { expect, test } from "vitest";
import { firstRunSteps, statsLines, triedInstances } from "../../web/lib/first-run.ts";
import { sampleInstance } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const failing = (code: string, stats: string) =>
  sampleInstance(NOW, {
    stats,
    state: "failing",
    error: { code, message: `message of ${code}`, remedy: `remedy of ${code}`, at: new Date(NOW).toISOString() },
  });

test("an address that refuses haprobe is a likelier cause than one where there is nothing", () => {
  const nothing = failing("HAPROBE_STATS_SOCKET_MISSING", "unix:/a.sock");
  const forbidden = failing("HAPROBE_STATS_FORBIDDEN", "unix:/b.sock");
  expect(triedInstances([nothing, forbidden]).likeliest).toBe(1);
  expect(triedInstances([nothing, nothing]).likeliest).toBe(0);
  expect(triedInstances([nothing]).tries).toEqual([
    {
      stats: "unix:/a.sock",
      result: "message of HAPROBE_STATS_SOCKET_MISSING",
      remedy: "remedy of HAPROBE_STATS_SOCKET_MISSING",
    },
  ]);
});

test("a HAProxy that responds without a server lacks server lines, one that was not polled yet lacks nothing", () => {
  const { tries, likeliest } = triedInstances([
    sampleInstance(NOW, { state: "pending" }),
    sampleInstance(NOW, { state: "ok" }),
  ]);
  expect(tries.map(({ result }) => result)).toEqual(["not polled yet", "responds, but has no server"]);
  expect(likeliest).toBe(1);
  expect(tries[1]?.remedy).toContain("`server` line");
});

test.each([
  ["unix:/run/a.sock", ["global", "    stats socket /run/a.sock mode 660 level user"]],
  ["tcp://10.0.0.2:9999", ["global", "    stats socket ipv4@:9999 mode 660 level user"]],
  [
    "http://10.0.0.2:8404/stats",
    ["frontend stats", "    mode http", "    bind :8404", "    stats enable", "    stats uri /stats"],
  ],
])("the lines for haproxy.cfg are those of %s", (stats, lines) => {
  expect(statsLines(stats)).toEqual(lines);
});

test("only where none is configured, haprobe is pointed at a HAProxy", () => {
  const linesOf = (stats: string | null) => firstRunSteps(stats).flatMap(({ lines }) => lines);
  expect(linesOf(null)).toContain("haprobe serve --haproxy unix:/run/haproxy/admin.sock");
  expect(linesOf("unix:/a.sock").join("\n")).not.toContain("haprobe serve");
});
