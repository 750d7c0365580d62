import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../server/config/duration.ts";
import { pickInstanceName } from "../../server/config/instance-name.ts";
import { nearestWord } from "../../server/config/nearest-word.ts";
import { redactStatsAddress } from "../../server/contract/redacted-stats-address.ts";
import { defaultStatsAddresses } from "../../server/config/default-stats-addresses.ts";

describe("a time", () => {
  test.each([
    ["200ms", 200],
    ["1s", 1_000],
    ["90s", 90_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["400d", 34_560_000_000],
    ["0s", 0],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "5", "s", "1.5s", "-1s", "1 s", "1S", "1m30s", "1e3s", "9999999999s", "1w"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test("is written so that it can be read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
      { seed: 1 },
    );
    expect([0, 200, 1_000, 90_000, 120_000, 86_400_000].map(formatDuration)).toEqual([
      "0s",
      "200ms",
      "1s",
      "90s",
      "2m",
      "1d",
    ]);
  });
});

describe("the nearest word", () => {
  const words = ["listen", "log-level", "log-format", "haproxy", "probes", "public-url"];

  test.each([
    ["lisetn", "listen"],
    ["logLevel", "log-level"],
    ["LOG_FORMAT", "log-format"],
    ["probe", "probes"],
    ["hapoxy", "haproxy"],
    ["publicurl", "public-url"],
    ["colour", null],
    ["x", null],
    ["", null],
    ["log".repeat(10_000), null],
  ])("to %j", (word, near) => {
    expect(nearestWord(word, words)).toBe(near);
  });
});

describe("an instance without a name", () => {
  const unix = { kind: "unix", path: "/a" } as const;
  const tcp = (host: string) => ({ kind: "tcp", host, port: 1 }) as const;

  test.each([
    [unix, [], "local"],
    [unix, ["local"], "local-2"],
    [unix, ["local", "local-2"], "local-3"],
    [tcp("LB1.example.org"), [], "lb1.example.org"],
    [tcp("10.0.0.2"), [], "10.0.0.2"],
    [tcp("::1"), [], "haproxy"],
    [tcp("_x"), [], "x"],
  ] as const)("%j beside %j is %s", (stats, taken, name) => {
    expect(pickInstanceName(stats, new Set(taken))).toBe(name);
  });
});

test("the usual sockets are the likeliest first, with all of /run/haproxy, each once, and the stats page last", () => {
  const inFolder = ["worker.sock", "admin.sock", "master.pid"];
  const paths = defaultStatsAddresses((folder) => (folder === "/run/haproxy" ? inFolder : []));
  expect(paths.map(redactStatsAddress)).toEqual([
    "unix:/run/haproxy/admin.sock",
    "unix:/run/haproxy/worker.sock",
    "unix:/var/run/haproxy.sock",
    "unix:/var/run/haproxy.socket",
    "unix:/var/lib/haproxy/stats",
    "unix:/tmp/haproxy.socket",
    "http://127.0.0.1:8404/stats",
  ]);
});
