import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanStatCsv } from "../../server/haproxy/stat-csv.ts";
import type { StatRecord } from "../../server/haproxy/stat-record.ts";
import { runToEnd } from "./run-to-end.ts";

const fixtures = join(import.meta.dirname, "../fixtures/haproxy");
const captures = readdirSync(fixtures).filter((name) => name.endsWith(".csv"));

/** One byte per character. */
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** All fields of all records, parsed by the scan under test. */
function scanned(text: string): string[][] {
  const columns = text.slice(2, text.indexOf("\n")).split(",");
  const records: string[][] = [];
  const onRecord = (record: StatRecord) => void records.push(columns.map((_, column) => record.raw(column)));
  runToEnd(scanStatCsv(latin1(text), 0, columns, { onRecord }));
  return records;
}

/** The same, parsed by csv-parse. */
function parseReference(text: string): string[][] {
  return parse(text, { from_line: 2, relax_column_count: true, skip_empty_lines: true });
}

describe("every record of a real HAProxy is parsed as csv-parse does", () => {
  test.each(captures)("%s", (name) => {
    const bytes = readFileSync(join(fixtures, name)).toString("latin1");
    // HTTP has no empty line at the end.
    const text = bytes.endsWith("\n\n") ? bytes : `${bytes}\n`;
    const records = scanned(text);
    expect(records).toEqual(parseReference(text));
    expect(records.length).toBeGreaterThan(2);
  });

  test("the captures have line feeds in quotes, non-ASCII bytes, and names with commas and quotes", () => {
    const all = captures.map((name) => readFileSync(join(fixtures, name)).toString("latin1"));
    expect(
      all.some((text) => scanned(`${text}\n`).some((fields) => fields.some((field) => field.includes("\n")))),
    ).toBe(true);
    expect(all.some((text) => /[\x80-\xff]/.test(text))).toBe(true);
    expect(all.some((text) => text.includes('"a, b""q"'))).toBe(true);
  });
});

test("any table that is quoted as HAProxy does is parsed as csv-parse does", () => {
  const field = fc.oneof(
    fc.constantFrom(
      "",
      "-",
      "0",
      "12",
      "-1",
      "UP 1/3",
      "* L7OK",
      "caf\xe9",
      '"',
      '""',
      ",",
      "\n",
      "\n\n",
      'a "b", c',
      "\r\n",
    ),
    fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 8 }),
  );
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const table = fc
    .integer({ min: 2, max: 6 })
    .chain((columns) =>
      fc
        .array(fc.array(field, { minLength: columns, maxLength: columns }), { maxLength: 6 })
        .map((rows) => ({ columns, rows })),
    );
  fc.assert(
    fc.property(table, ({ columns, rows }) => {
      const header = Array.from({ length: columns }, (_, column) => `c${column}`);
      const text = `# ${header.join(",")},\n${rows.map((row) => `${row.map(quote).join(",")},\n`).join("")}\n`;
      const records = scanned(text);
      expect(records).toEqual(rows.map((row) => [...row, ""]));
      expect(records).toEqual(parseReference(text));
    }),
    { seed: 20261122, numRuns: 300 },
  );
});

test("columns are found by name, in any order", () => {
  const read = (text: string): string[] => {
    const found: string[] = [];
    const onRecord = (record: StatRecord) => void found.push(record.text(0), record.text(1));
    runToEnd(scanStatCsv(latin1(text), 0, ["b", "-"], { onRecord }));
    return found;
  };
  expect(read("# a,b,-,c,\n1,2,-,4,\n\n")).toEqual(["2", "-"]);
  expect(read("# new,c,-,a,b,\n9,3,-,1,2,\n\n")).toEqual(["2", "-"]);
});

test("the scan returns the offset after the table", () => {
  const text = 'before\n# a,b,\n1,2,\n"x\n\ny",2,\n\nafter';
  expect(text.slice(runToEnd(scanStatCsv(latin1(text), 7, ["a"], { onRecord: () => {} })))).toBe("after");
});

describe("numbers", () => {
  const cases: [string, number | null][] = [
    ["0", 0],
    ["-1", -1],
    ["4294967295", 4_294_967_295],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["-99999999999999999999", -Number.MAX_SAFE_INTEGER],
    ["9".repeat(2_000), Number.MAX_SAFE_INTEGER],
    ["", null],
    ["-", null],
    ["1x", null],
    ['"7"', 7],
    ["1.5", null],
  ];
  test.each(cases)("%j is %j", (field, value) => {
    let found: number | null | undefined;
    const onRecord = (record: StatRecord) => {
      found = record.number(0);
    };
    runToEnd(scanStatCsv(latin1(`# a,b,\n${field},x,\n\n`), 0, ["a"], { onRecord }));
    expect(found).toBe(value);
  });
});

describe("a truncated table is an error, never a shorter table", () => {
  const text = `# pxname,svname,last_chk,\nb,s1,ok,\nb,s2,"bad, ""very"" bad",\nb,s3,"first line\n\nsecond line",\n\n`;

  test("at each offset", () => {
    for (let length = 2; length < text.length; length += 1) {
      expect(() => scanned(text.slice(0, length)), `cut after ${length} bytes`).toThrow(
        expect.objectContaining({ code: "HAPROBE_STATS_TRUNCATED" }),
      );
    }
    expect(scanned(text)).toHaveLength(3);
  });

  test("even where two line feeds inside a field look like its end (2.6)", () => {
    const cut = text.slice(0, text.indexOf("\n\nsecond") + 2);
    expect(() => scanned(cut)).toThrow(/a quoted field has no end/);
  });

  test("a table whose only row has fewer fields than the header is truncated", () => {
    expect(() => scanned("# a,b,c,\n1,2,\n\n")).toThrow(expect.objectContaining({ code: "HAPROBE_STATS_TRUNCATED" }));
  });

  test("a table whose only row has more fields, or a stray quote, is not HAProxy's", () => {
    const strange = expect.objectContaining({ code: "HAPROBE_STATS_NOT_HAPROXY" });
    expect(() => scanned("# a,b,\n1,2,3,\n\n")).toThrow(strange);
    expect(() => scanned('# a,b,\n1 "2" 3,4,\n\n')).toThrow(strange);
  });
});

test("the error for a missing column names it", () => {
  expect(() => runToEnd(scanStatCsv(latin1("# a,b,\n\n"), 0, ["weight"], { onRecord: () => {} }))).toThrow(
    /without the column weight/,
  );
});
