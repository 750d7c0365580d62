import { describe, expect, test } from "vitest";
import { BOUNDS } from "../../server/bounds.ts";
import { createSnapshotParser, type ParseResult } from "../../server/haproxy/snapshot-parser.ts";
import { STAT_COLUMNS } from "../../server/haproxy/stat-columns.ts";
import { backendRow, renderResponseText, responseFromText, type StatRow, serverRow } from "./rendered-response.ts";

const SERVER = serverRow("s1", 1, { addr: "10.0.0.1:80" });

/** What a parse gives, and after how many yields. */
interface Outcome {
  readonly result: ParseResult | null;
  readonly code: string | null;
  readonly yields: number;
}

function parse(text: string, parser = createSnapshotParser("lb")): Outcome {
  const steps = parser.parse(responseFromText(text), { backend: null, serversState: true, wallMs: 0 });
  for (let yields = 0; ; yields += 1) {
    try {
      const step = steps.next();
      if (step.done === true) return { result: step.value, code: null, yields };
    } catch (error) {
      return { result: null, code: (error as { code: string }).code, yields };
    }
  }
}

const rendered = renderResponseText({ rows: [SERVER, backendRow(1)], serverStates: [] });
const tableAt = rendered.indexOf("# pxname");
const [info = "", state = ""] = rendered.slice(0, tableAt).split(/(?<=\n\n)/);
const table = rendered.slice(tableAt);

/** A table of these rows behind the other sections. */
function withRows(rows: readonly StatRow[]): string {
  const all = renderResponseText({ rows });
  return info + state + all.slice(all.indexOf("# pxname"));
}

function serversOf({ result }: Outcome): readonly string[] {
  if (result?.kind !== "parsed") throw new Error("not parsed");
  return result.snapshot.servers.map(({ server }) => server);
}

function malformedRows({ result }: Outcome): number {
  if (result?.kind !== "parsed") throw new Error("not parsed");
  return result.snapshot.hints.find(({ code }) => code === "malformed-rows")?.count ?? 0;
}

describe("the work of parsing a response is limited", () => {
  test.each<[string, string, string]>([
    ["a servers' state of short lines", info + state.trimEnd() + "\na".repeat(60_000) + "\n\n" + table, "NOT_HAPROXY"],
    [
      "a servers' state of millions of lines",
      info + state.trimEnd() + "\na".repeat(2_000_000) + "\n\n" + table,
      "TOO_LARGE",
    ],
    ["an endless header of the state", `${info}1\n# ${"a ".repeat(1_000_000)}\n\n${table}`, "NOT_HAPROXY"],
    [
      "a `show info` of short lines",
      `${info.trimEnd()}\n${"a: \n".repeat(1_000_000)}\n${state}${table}`,
      "NOT_HAPROXY",
    ],
    [
      "a `show info` with too many lines",
      `${info.trimEnd()}\n${"a: \n".repeat(BOUNDS.showInfoLinesMax)}\n${state}${table}`,
      "NOT_HAPROXY",
    ],
    [
      "a `show info` of one long line",
      `${info.trimEnd()}\nnode: ${"a".repeat(1_000_000)}\n\n${state}${table}`,
      "NOT_HAPROXY",
    ],
    ["a table with too many columns", info + state + table.replace("\n", `${"a,".repeat(2_000)}\n`), "NOT_HAPROXY"],
    ["an endless header of the table", `${info}${state}# pxname,${"a".repeat(1_000_000)}\n\n`, "NOT_HAPROXY"],
    ["a table of short rows", info + state + table.trimEnd() + "\na".repeat(2_000_000) + "\n\n", "TRUNCATED"],
    [
      "a table of unclosed quotes",
      info + state + table.trimEnd() + `\n"a${"b".repeat(70_000)}`.repeat(60) + "\n\n",
      "",
    ],
  ])("%s", (_, text, code) => {
    const outcome = parse(text);
    expect(outcome.code).toBe(code === "" ? null : `HAPROBE_STATS_${code}`);
    // The search for the end of a section yields per MiB, each limited row per row's largest size.
    expect(outcome.yields).toBeLessThan(BOUNDS.statMalformedRowsMax + 100);
  });

  test("of servers beyond the limit of one instance only their number is kept, in each poll", () => {
    const rowsFrom = (first: number): string => {
      const count = BOUNDS.serversPerInstanceMax + 3;
      return withRows(Array.from({ length: count }, (_, n) => serverRow(`s${first + n}`, first + n)));
    };
    const parser = createSnapshotParser("lb");
    const poll = (first: number): unknown[] => {
      const outcome = parse(rowsFrom(first), parser);
      if (outcome.result?.kind !== "parsed") throw new Error("not parsed");
      return [serversOf(outcome).length, serversOf(outcome)[0], outcome.result.snapshot.serversLeftOut];
    };
    expect(poll(1)).toEqual([BOUNDS.serversPerInstanceMax, "s1", 3]);
    expect(poll(1)).toEqual([BOUNDS.serversPerInstanceMax, "s1", 3]);
    // Servers that go make room for further ones.
    expect(poll(3)).toEqual([BOUNDS.serversPerInstanceMax, "s3", 3]);
  });

  test("more rows than the limit are an error", () => {
    const row = table.split("\n")[1];
    const listener = row?.replace(",2,http", ",3,http");
    expect(parse(`${info}${state}${table.trimEnd()}\n${`${listener}\n`.repeat(BOUNDS.statRowsMax)}\n`).code).toBe(
      "HAPROBE_STATS_TOO_LARGE",
    );
  });

  test("more lines of the servers' state than servers are monitored are an error before they are parsed", () => {
    const line = "2 b 1 s1 127.0.0.1 2 0 1 1 1 1 0 0 0 0 0 0 0 - 80 - 0 0 - -\n";
    const atLimit = parse(`${info}${state.trimEnd()}\n${line.repeat(BOUNDS.serversMax)}\n${table}`);
    expect(atLimit.code).toBeNull();
    const beyond = parse(`${info}${state.trimEnd()}\n${line.repeat(2 * BOUNDS.serversMax)}\n${table}`);
    expect(beyond.code).toBe("HAPROBE_STATS_TOO_LARGE");
    expect(beyond.yields).toBeLessThan(atLimit.yields / 10);
  });

  test("a line of the servers' state that is longer than any is malformed: its server has no address", () => {
    const addressWith = (name: string): unknown => {
      const line = ["2", name, "1", "s1", "10.0.0.1", "0", "-", "80", "-", "0", "-"].join(" ");
      const rows = renderResponseText({ rows: [serverRow("s1", 1)] });
      const text = `${info}${state.trimEnd()}\n${line}\n\n${rows.slice(rows.indexOf("# pxname"))}`;
      const { result } = parse(text);
      return result?.kind === "parsed" ? result.snapshot.servers[0]?.address : undefined;
    };
    expect(addressWith("b b b")).toEqual({ kind: "ip", host: "10.0.0.1", port: 80 });
    expect(addressWith("b ".repeat(BOUNDS.statHeaderMaxBytes))).toEqual({ kind: "none" });
  });

  test("more proxies than the limit are an error", () => {
    const proxies = Array.from({ length: BOUNDS.statProxiesMax + 1 }, (_, n) => backendRow(0, { pxname: `p${n}` }));
    expect(parse(withRows(proxies)).code).toBe("HAPROBE_STATS_TOO_LARGE");
  });

  test.each([
    ["plain", "OK"],
    ["quoted", 'say ""OK""'],
  ])("%s rows yield after a fixed number of rows", (_, text) => {
    const rows = Array.from({ length: 10_000 }, (__, n) =>
      serverRow(`s${n}`, n, { last_chk: text.replaceAll('""', '"') }),
    );
    const outcome = parse(withRows(rows));
    expect(serversOf(outcome)).toHaveLength(10_000);
    // Those of keeping the parsed servers are one for each thousand.
    expect(outcome.yields - 10).toBeGreaterThan(10_000 / (BOUNDS.parseStepBytes / BOUNDS.parseRowBytes));
  });
});

describe("the characters of a field are limited", () => {
  test("a row with a name longer than 256 characters is malformed, the others are parsed", () => {
    const long = "x".repeat(BOUNDS.statNameMaxChars + 1);
    const outcome = parse(withRows([serverRow(long, 2), serverRow("s2", 3, { pxname: long }), SERVER]));
    expect(serversOf(outcome)).toEqual(["s1"]);
    expect(malformedRows(outcome)).toBe(2);
  });

  test("a name of many megabytes costs its own row", () => {
    const outcome = parse(withRows([serverRow("x".repeat(8_000_000), 2), SERVER]));
    expect(serversOf(outcome)).toEqual(["s1"]);
    expect(malformedRows(outcome)).toBe(1);
  });

  test("a text is cut at 1 KiB", () => {
    const [view] = ((outcome) => (outcome.result?.kind === "parsed" ? outcome.result.snapshot.servers : []))(
      parse(withRows([{ ...SERVER, check_status: "L7RSP", last_chk: "y".repeat(5_000), tracked: "z".repeat(5_000) }])),
    );
    expect([view?.check.text.length, view?.tracked?.length]).toEqual([1_024, 1_024]);
  });
});

describe("a malformed row costs that row, not the response", () => {
  const good = table.split("\n")[1] ?? "";
  const rowsOf = (...rows: string[]): string => `${info}${state}${table.split("\n")[0]}\n${rows.join("\n")}\n\n`;

  test.each([
    ["a row with fewer fields", good.replace("s1", "s2").slice(0, 9)],
    ["a row with more fields", `${good.replace("s1", "s2")}extra,`],
    ["a row with a stray quote", good.replace("s1", 's"2')],
    ["a row with text after a quoted field", good.replace("s1", '"s"2')],
    ["a row without a name", good.replace("s1", "")],
    ["a row without a backend", good.replace("b,", ",")],
    ["an empty row with separators", ",".repeat(STAT_COLUMNS.length)],
    ["a row in UTF-16", good.split("").join("\0")],
  ])("%s", (_, row) => {
    for (const text of [rowsOf(row, good), rowsOf(good, row)]) {
      const outcome = parse(text);
      expect(serversOf(outcome)).toEqual(["s1"]);
      expect(malformedRows(outcome)).toBe(1);
    }
  });

  test("and a server that was known before is unknown, not removed", () => {
    const parser = createSnapshotParser("lb");
    const other = good.replace("s1", "s2");
    const states = (outcome: Outcome) =>
      outcome.result?.kind === "parsed"
        ? outcome.result.snapshot.servers.map(({ server, state: now }) => [server, now])
        : [];
    parse(rowsOf(good, other), parser);
    const both = [
      ["s1", "up"],
      ["s2", "unknown"],
    ];
    expect(states(parse(rowsOf(good, "b,,cut"), parser))).toEqual(both);
    expect(states(parse(rowsOf(good, "b,,cut"), parser))).toEqual(both);
    expect(states(parse(rowsOf(good, other), parser))).toEqual([
      ["s1", "up"],
      ["s2", "up"],
    ]);
    expect(states(parse(rowsOf(good), parser)), "without a malformed row it is removed").toEqual([["s1", "up"]]);
  });

  test("and is reported in each poll, while the other rows keep their views", () => {
    const parser = createSnapshotParser("lb");
    const text = rowsOf("b,s2,cut", good);
    const [first, second] = [parse(text, parser), parse(text, parser)];
    expect([malformedRows(first), malformedRows(second)]).toEqual([1, 1]);
    const view = ({ result }: Outcome) => (result?.kind === "parsed" ? result.snapshot.servers[0] : null);
    expect(view(second)).toBe(view(first));
  });
});

describe("each number of HAProxy is clamped", () => {
  const values = ["999999999999999", "9".repeat(400), "-1", `-${"9".repeat(400)}`, "1e400", "0x10", "NaN", " ", "٣"];

  test("a text of `show info` is cut", () => {
    const { result } = parse(`${info.trimEnd()}\nnode: ${"a".repeat(5_000)}\n\n${state}${table}`);
    if (result?.kind !== "parsed") throw new Error("not parsed");
    expect(result.snapshot.info?.node).toHaveLength(BOUNDS.statTextMaxChars);
  });

  test.each(["Pid", "Uptime_sec", "Start_time_sec", "Stopping"])("%s of `show info`", (name) => {
    for (const value of values) {
      const lines = info.replace(new RegExp(`${name}: .*\n`), "").replace("\n\n", `\n${name}: ${value}\n\n`);
      const { result, code } = parse(lines + state + table);
      if (result?.kind !== "parsed") expect([name, code]).toEqual(["Pid", "HAPROBE_STATS_NOT_HAPROXY"]);
      else expect(() => new Date((result.snapshot.info?.startTimeSeconds ?? 0) * 1_000).toISOString()).not.toThrow();
    }
  });

  test.each(STAT_COLUMNS.map((column) => [column]))("column %s of the table", (column) => {
    for (const value of values) {
      const { result } = parse(
        withRows([
          { ...SERVER, [column]: value },
          { ...backendRow(1), [column]: value },
        ]),
      );
      const parsed = result?.kind === "parsed" ? [...result.snapshot.servers, ...result.snapshot.backends] : [];
      const numbers = parsed.flatMap((view) => Object.values(view)).filter((each) => typeof each === "number");
      for (const number of numbers) expect(number).toSatisfy((n: number) => Number.isSafeInteger(n) && n >= 0);
    }
  });

  test("each field of the servers' state", () => {
    const names = (state.split("\n")[1] ?? "").slice(2).split(" ");
    for (const name of names) {
      for (const value of values.filter((each) => each !== " ")) {
        const line = ["2", "b", "1", "s1", "10.0.0.1", "0", "-", "80", "-", "0", "-"];
        line[names.indexOf(name)] = value;
        const rows = renderResponseText({ rows: [serverRow("s1", 1)] });
        const text = `${info}${state.trimEnd()}\n${line.join(" ")}\n\n${rows.slice(rows.indexOf("# pxname"))}`;
        const { result } = parse(text);
        const address = result?.kind === "parsed" ? result.snapshot.servers[0]?.address : undefined;
        if (address?.kind === "ip") expect(address.port).toSatisfy((port: number) => port >= 0 && port <= 65_535);
        else expect(address).toBeDefined();
      }
    }
  });
});
