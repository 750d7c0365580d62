import { describe, expect, test } from "vitest";
import type { Finding } from "../../server/contract/finding.ts";
import type { NumbersRow } from "../../server/contract/history.ts";
import { cureText, groupByCure, readCureLines } from "../../web/lib/cure.ts";
import { isKiosk, KIOSK_PAGE_MS, mergeRuns, pageAt, toCells } from "../../web/lib/kiosk.ts";
import { niceTickMs, niceValues } from "../../web/lib/nice-ticks.ts";
import { messageLine } from "../../web/lib/notification-text.ts";
import {
  DEFAULT_SORT,
  NUMBERS_COLUMNS,
  type NumbersColumn,
  sortNumbers,
  verdictShares,
} from "../../web/lib/numbers-table.ts";
import { formatSortOrder, nextSortOrder, parseSortOrder } from "../../web/lib/sort-order.ts";
import { formatMatch, matchersOf, toMatch } from "../../web/lib/silence-match.ts";
import type { StripRun } from "../../web/lib/strip-history.ts";
import { withLocalTimes } from "../../web/lib/time-format.ts";
import { sampleServer } from "./sample-fleet.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0);

describe("findings by cure", () => {
  const finding = (backend: string, advice: string): Finding => ({
    id: `check-blind/lb-1/${backend}`,
    code: "check-blind",
    subject: { instance: "lb-1", backend, server: null },
    sentence: `Every server of ${backend} …`,
    advice,
    since: new Date(NOW).toISOString(),
    vantages: [],
  });
  const cure = (backend: string, path: string): string =>
    ["Let the check ask.", `# backend ${backend}, above its server lines`, "option httpchk", `uri ${path}`].join("\n");

  test("the same lines are one group, which counts the servers that it helps", () => {
    const servers = ["a", "a", "b", "c"].map((backend, n) => sampleServer(NOW, { backend, server: `s-${n}` }));
    const groups = groupByCure(
      [finding("a", cure("a", "/healthz")), finding("b", cure("b", "/healthz")), finding("c", cure("c", "/readyz"))],
      servers,
    );
    expect(groups.map(({ findings, servers: count }) => [findings.length, count])).toEqual([
      [2, 3],
      [1, 1],
    ]);
    expect(groups[0]?.lines.map(({ text }) => text)).toEqual(["option httpchk", "uri /healthz"]);
    expect(groups[1]?.lines[0]?.text).toBe("# backend c, above its server lines");
  });

  test("of a diff, what is copied is what is afterwards", () => {
    const lines = readCureLines([
      "--- a/etc/haproxy.cfg",
      "+++ b/etc/haproxy.cfg",
      "@@ -12,1 +12,1 @@",
      "-    option tcp-check",
      "+    option httpchk",
    ]);
    expect(lines.map(({ kind }) => kind)).toEqual(["plain", "removed", "added"]);
    expect(cureText(lines)).toBe("# etc/haproxy.cfg, line 12\n    option httpchk");
    expect(cureText(readCureLines(["- not a diff"]))).toBe("- not a diff");
  });
});

describe("numbers", () => {
  const row = (server: string, part: Partial<NumbersRow> = {}): NumbersRow => ({
    site: "default",
    instance: "lb-1",
    backend: "web",
    server,
    servers: 1,
    verdictMs: { "false-up": 0, "false-down": 0, "agree-down": 0, unknown: 0, "out-of-service": 0, "agree-up": 100 },
    notRecordedMs: 0,
    falselyUpMinutes: 0,
    misrouted: 0,
    incidents: 0,
    meanDetectionLagMs: null,
    worstDetectionLagMs: null,
    unnoticed: 0,
    ...part,
  });

  test("rows without a value are last, whichever way a column is sorted", () => {
    const rows = [row("a"), row("b", { worstDetectionLagMs: 10 }), row("c", { worstDetectionLagMs: 20 })];
    const names = (isDescending: boolean) =>
      sortNumbers(rows, { column: "worstLag", isDescending }).map(({ server }) => server);
    expect(names(true)).toEqual(["c", "b", "a"]);
    expect(names(false)).toEqual(["b", "c", "a"]);
  });

  test("the sort is in the address, and a second click turns it around", () => {
    const parse = (text: string | null) => parseSortOrder(text, NUMBERS_COLUMNS, DEFAULT_SORT);
    const next = (column: NumbersColumn) => nextSortOrder(DEFAULT_SORT, column, ["name"]);
    expect([parse(null), parse("nonsense")]).toEqual([DEFAULT_SORT, DEFAULT_SORT]);
    expect(formatSortOrder(DEFAULT_SORT, DEFAULT_SORT)).toBe("");
    const misrouted = { column: "misrouted", isDescending: true } as const;
    expect(parse(formatSortOrder<NumbersColumn>(misrouted, DEFAULT_SORT))).toEqual(misrouted);
    expect(next("falselyUp")).toEqual({ column: "falselyUp", isDescending: false });
    expect(next("misrouted")).toEqual(misrouted);
    expect(next("name")).toEqual({ column: "name", isDescending: false });
  });

  test("a second in 30 days is still seen in the bar", () => {
    const verdictMs = { ...row("a").verdictMs, "false-up": 1_000, "agree-up": 2_592_000_000 };
    const [bad, good] = verdictShares(row("a", { verdictMs, falselyUpMinutes: 1 / 60 }));
    expect(bad).toMatchObject({ verdict: "false-up", from: 0 });
    expect(bad?.width).toBeGreaterThan(0.01);
    expect((bad?.width ?? 0) + (good?.width ?? 0)).toBeCloseTo(1);
  });

  test("only what is counted as falsely UP is red, not what was never confirmed", () => {
    const verdictMs = { ...row("a").verdictMs, "false-up": 90_000, "agree-up": 0 };
    const shares = verdictShares(row("a", { verdictMs, falselyUpMinutes: 1 }));
    expect(shares.map(({ verdict, ms }) => [verdict, ms])).toEqual([
      ["false-up", 60_000],
      ["suspected", 30_000],
    ]);
  });
});

describe("silences", () => {
  test("a server's matchers come from its key, and patterns are separated by spaces or commas", () => {
    expect(toMatch(matchersOf("lb-1/a/b/cp-2"))).toEqual({ instance: ["lb-1"], backend: ["a/b"], server: ["cp-2"] });
    expect(
      toMatch([
        { key: "server", patterns: "cp-1, cp-2" },
        { key: "backend", patterns: " " },
      ]),
    ).toEqual({
      server: ["cp-1", "cp-2"],
    });
    expect(matchersOf("new")).toEqual([{ key: "backend", patterns: "" }]);
    expect(formatMatch({ backend: ["a", "b"], labels: { team: ["x"] } })).toBe("backend a or b, label team x");
  });

  test("times in a sentence of haprobe are shown as the page shows times", () => {
    expect(withLocalTimes("silenced by Ada until 2026-11-22T10:30:00.000Z: x", NOW)).toMatch(/until \d\d:30:00: x$/);
  });
});

test("a message that arrived at the second attempt says so, and why the first did not", () => {
  const attempt = (status: number, error: string | null) => ({
    at: new Date(NOW).toISOString(),
    durationMs: 1,
    status,
    error,
  });
  const line = messageLine({
    id: "m",
    channel: "chat",
    kind: "firing",
    status: "sent",
    madeAt: new Date(NOW).toISOString(),
    attemptLog: [attempt(503, "HTTP 503"), attempt(200, null)],
  } as never);
  expect(line).toMatchObject({ text: "Sent to chat", detail: " at the 2nd attempt (firing); the 1st: HTTP 503" });
});

describe("the wall screen", () => {
  const run = (at: number, verdict: StripRun["verdict"]): StripRun => ({
    at,
    haproxy: verdict === "agree-down" ? "down" : "up",
    probe: verdict === "agree-up" ? "up" : "down",
    verdict,
    expected: false,
  });

  test("is asked for by the address, and only backends turn pages", () => {
    expect([isKiosk("?kiosk=1"), isKiosk("?kiosk=0"), isKiosk("")]).toEqual([true, false, false]);
    const items = [1, 2, 3, 4, 5];
    expect(pageAt(items, 2, 0)).toEqual({ items: [1, 2], page: 1, pages: 3 });
    expect(pageAt(items, 2, 2 * KIOSK_PAGE_MS).items).toEqual([5]);
    expect(pageAt(items, 2, 3 * KIOSK_PAGE_MS).page).toBe(1);
    expect(pageAt([], 2, 0)).toEqual({ items: [], page: 1, pages: 1 });
  });

  test("beyond 48 servers a cell stands for several, and the worst is shown", () => {
    const states = Array.from({ length: 100 }, (_, i) => run(0, i === 99 ? "false-up" : "agree-up"));
    const cells = toCells(states);
    expect(cells.length).toBeLessThanOrEqual(48);
    expect(cells.at(-1)?.verdict).toBe("false-up");
  });

  test("a backend's strip shows the worst server, and one of four that is down is no wall", () => {
    const up = [run(0, "agree-up")];
    expect(
      mergeRuns([up, [run(0, "agree-up"), run(10, "false-up"), run(20, "agree-up")]]).map(({ at, verdict }) => [
        at,
        verdict,
      ]),
    ).toEqual([
      [0, "agree-up"],
      [10, "false-up"],
      [20, "agree-up"],
    ]);
    expect(mergeRuns([up, up, up, [run(0, "agree-down")]]).map(({ verdict }) => verdict)).toEqual(["agree-up"]);
    expect(mergeRuns([[run(0, "agree-down")]]).map(({ verdict }) => verdict)).toEqual(["agree-down"]);
  });
});

test("axes have round values and times", () => {
  expect(niceValues(1_204)).toEqual([0, 500, 1_000, 1_500]);
  expect(niceValues(1)).toEqual([0, 1]);
  expect(niceTickMs(321_000)).toBe(60_000);
  expect(niceTickMs(86_400_000)).toBe(4 * 3_600_000);
});
