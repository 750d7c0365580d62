import type { ServerStatus } from "../../server/contract/status.ts";
import { describe, expect, test } from "vitest";
import { formatTimestamp, formatTimeOfDay } from "../../web/lib/time-format.ts";
import {
  canDrain,
  curlCommand,
  drainCommands,
  restoreCommands,
  splitAdvice,
  undoCommands,
} from "../../web/lib/operator-commands.ts";
import {
  formatAge,
  formatElapsed,
  formatList,
  formatMilliseconds,
  formatPercent,
  formatShare,
  formatShortThousands,
  formatThousands,
} from "../../web/lib/quantity-format.ts";
import { failureText, haproxySideText, probeSideText } from "../../web/lib/server-text.ts";
import { faviconFile, pageTitle } from "../../web/lib/page-title.ts";
import { ongoingMismatches } from "../../web/lib/ongoing-incidents.ts";
import { latestProbeAt } from "../../web/lib/staleness.ts";
import { falseUpApiserver, sampleServer } from "./sample-fleet.ts";

const openMismatches = (servers: readonly ServerStatus[]) => ongoingMismatches(servers, [], new Map());
const NOW = Date.UTC(2026, 10, 22, 13, 7, 33);
const MINUTE = 60_000;

test("the newest probe result is that of any of the servers", () => {
  const probedAt = (ms: number | null) =>
    sampleServer(NOW, { probe: { at: ms === null ? null : new Date(ms).toISOString() } });
  expect(latestProbeAt([NOW - 8_000, NOW - 500, null, NOW - 1_000].map(probedAt))).toBe(NOW - 500);
  expect(latestProbeAt([probedAt(null)])).toBeNull();
});

describe("quantities", () => {
  test.each([
    [7_900, "7 s"],
    [0, "0 s"],
    [-5, "0 s"],
    [261_000, "4 min 21 s"],
    [22 * MINUTE + 2_000, "22 min 02 s"],
    [15 * 60 * MINUTE + 25 * MINUTE, "15 h 25 min"],
    [6 * 24 * 60 * MINUTE + 4 * 60 * MINUTE, "6 d 4 h"],
  ])("%d ms is a duration of %s", (ms, words) => expect(formatElapsed(ms)).toBe(words));

  test.each([
    [412, "0.4 s"],
    [12_000, "12 s"],
    [4 * MINUTE, "4 min"],
  ])("%d ms is an age of %s", (ms, words) => expect(formatAge(ms)).toBe(words));

  test.each([
    [12.3, "12.3 ms"],
    [0, "0 ms"],
    [2_004, "2.00 s"],
  ])("%d ms is measured as %s", (ms, words) => expect(formatMilliseconds(ms)).toBe(words));

  test("thousands have a comma; the short form starts at 100,000", () => {
    expect(formatThousands(8_412_077)).toBe("8,412,077");
    expect([999, 99_999, 128_400, 4_200_000].map(formatShortThousands)).toEqual(["999", "99,999", "128 k", "4.2 M"]);
  });

  test("a share close to a fraction is named, else it is a percentage; more than zero is never 0 %", () => {
    expect([0.33, 0.5, 0.41, 1].map(formatShare)).toEqual(["a third", "half", "41 %", "all"]);
    expect(formatPercent(0.002)).toBe("< 1 %");
  });

  test("a list names up to its limit and counts the rest", () => {
    expect(formatList(["a"])).toBe("a");
    expect(formatList(["a", "b", "c"])).toBe("a, b and c");
    expect(formatList(["a", "b", "c", "d"])).toBe("a, b and 2 more");
  });
});

test("a time of another day has its date, and of another year its year", () => {
  const clock = formatTimeOfDay(NOW);
  expect(formatTimestamp(NOW, NOW + 1_000)).toBe(clock);
  expect(formatTimestamp(NOW, NOW + 2 * 24 * 60 * MINUTE)).toBe(`22 Nov ${clock}`);
  expect(formatTimestamp(NOW, NOW + 400 * 24 * 60 * MINUTE)).toBe(`22 Nov 2026 ${clock}`);
});

describe("the text of both sides", () => {
  test("HAProxy's side starts with its status, haprobe's with the code; failing sub-checks follow", () => {
    const falseUp = falseUpApiserver(NOW);
    expect(haproxySideText(sampleServer(NOW).haproxy)).toEqual({
      primary: "UP",
      failing: "",
      secondary: "L7OK/200",
      duration: "2 ms",
    });
    expect(probeSideText(falseUp.probe)).toEqual({
      primary: "500",
      failing: "etcd",
      secondary: "",
      duration: "12.3 ms",
    });
    expect(probeSideText(sampleServer(NOW).probe)).toMatchObject({ primary: "200", secondary: "/healthz" });
  });

  test.each([
    ["refused", "connect", "refusing connections"],
    ["timed-out", "connect", "not reachable"],
    ["timed-out", "answer", "not answering /healthz"],
    ["tls-failed", "tls", "failing the TLS handshake"],
    ["answered", "answer", "failing /healthz (503)"],
  ] as const)("a probe that was %s at %s is %s", (kind, stage, words) => {
    expect(failureText(sampleServer(NOW, { probe: { kind, stage, httpStatus: 503 } }).probe)).toBe(words);
  });
});

describe("commands to copy", () => {
  const falseUp = falseUpApiserver(NOW);
  test("one drain command serves all instances with the same server name", () => {
    const other = falseUpApiserver(NOW, { instance: "lb-2", key: "lb-2/k8s-api/cp-2" });
    const elsewhere = falseUpApiserver(NOW, { backend: "join", key: "lb-1/join/cp-2" });
    expect(drainCommands([falseUp, other, elsewhere])).toEqual([
      { command: "set server k8s-api/cp-2 state drain", instances: [falseUp.instance, "lb-2"] },
      { command: "set server join/cp-2 state drain", instances: [falseUp.instance] },
    ]);
  });

  test("a name with metacharacters yields no command, a URL is quoted for the shell", () => {
    expect(drainCommands([falseUpApiserver(NOW, { server: 'x" ; reboot' })])).toEqual([]);
    expect(curlCommand(sampleServer(NOW, { probe: { url: "http://10.0.0.1/$(reboot)" } }))).toBe(
      "curl -sSig 'http://10.0.0.1/$(reboot)'",
    );
    expect(curlCommand(sampleServer(NOW, { probe: { url: "http://10.0.0.1/\u009b" } }))).toBeNull();
    expect(curlCommand(falseUp)).toBe("curl -sSig -k 'https://10.0.0.12:6443/readyz'");
  });

  test("no drain command for the last healthy server or an unconfirmed mismatch", () => {
    expect(canDrain(falseUp)).toBe(true);
    expect(canDrain(falseUpApiserver(NOW, { misrouted: { healthyLeft: 0 } }))).toBe(false);
    expect(canDrain(falseUpApiserver(NOW, { phase: "suspected" }))).toBe(false);
  });

  test("a command that takes a false-down in serves all instances with the same server name, as the one that undoes it", () => {
    const restore = {
      command: "set server api/a health up; disable health api/a",
      note: "",
      undo: "enable health api/a",
    };
    const members = ["lb-1", "lb-2"].map((instance) => sampleServer(NOW, { instance, restore }));
    const instances = ["lb-1", "lb-2"];
    expect(restoreCommands([...members, sampleServer(NOW)])).toEqual([{ command: restore.command, instances }]);
    expect(undoCommands(members)).toEqual([{ command: "enable health api/a", instances }]);
  });

  test("of an advice with two parts only the permanent fix is kept", () => {
    expect(splitAdvice("Mitigate: drain it. Permanent fix: ask better.")).toEqual({
      label: "Permanent fix",
      text: "ask better.",
    });
    expect(splitAdvice("Renew it.")).toEqual({ label: "What to do", text: "Renew it." });
  });
});

test("the title has number, server and verdict; while disconnected only that", () => {
  const mismatches = openMismatches([falseUpApiserver(NOW)]);
  expect(pageTitle(mismatches, "known")).toBe("(1) cp-2 false-up · haprobe");
  expect(pageTitle(mismatches, "disconnected")).toBe("disconnected · haprobe");
  expect(pageTitle([], "known")).toBe("haprobe");
  expect([0, 3, 12].map((n) => faviconFile(n, "known"))).toEqual([
    "favicon-ok.svg",
    "favicon-3.svg",
    "favicon-9plus.svg",
  ]);
  expect(faviconFile(3, "disconnected")).toBe("favicon-unknown.svg");
});
