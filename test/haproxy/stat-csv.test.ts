import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanStatCsv } from "../../server/haproxy/stat-csv.ts";

const fixtures = join(import.meta.dirname, "../fixtures/haproxy");
const captures = readdirSync(fixtures).filter((name) => name.endsWith(".csv"));

/** Bytes of a text, one for each character. */
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/** All fields of all records by the scan under test. */
function scanned(text: string): string[][] {
  const columns = text.slice(2, text.indexOf("\n")).split(",");
  const records: string[][] = [];
  scanStatCsv(latin1(text), 0, columns, (record) => records.push(columns.map((_, column) => record.raw(column))));
  return records;
}

/** The same by csv-parse. */
function parseReference(text: string): string[][] {
  return parse(text, { from_line: 2, relax_column_count: true, skip_empty_lines: true });
}

describe("every record of a real HAProxy is read as csv-parse reads it", () => {
  test.each(captures)("%s", (name) => {
    const bytes = readFileSync(join(fixtures, name)).toString("latin1");
    // Over HTTP the empty line at the end is missing.
    const text = bytes.endsWith("\n\n") ? bytes : `${bytes}\n`;
    const records = scanned(text);
    expect(records).toEqual(parseReference(text));
    expect(records.length).toBeGreaterThan(2);
  });

  test("the captures have what is hard: line feeds in quotes, bytes beyond ASCII, names with commas and quotes", () => {
    const all = captures.map((name) => readFileSync(join(fixtures, name)).toString("latin1"));
    expect(
      all.some((text) => scanned(`${text}\n`).some((fields) => fields.some((field) => field.includes("\n")))),
    ).toBe(true);
    expect(all.some((text) => /[\x80-\xff]/.test(text))).toBe(true);
    expect(all.some((text) => text.includes('"a, b""q"'))).toBe(true);
  });
});

test("any table that is written as HAProxy writes it is read as csv-parse reads it", () => {
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

test("columns are found by their names, wherever they stand", () => {
  const read = (text: string): string[] => {
    const found: string[] = [];
    scanStatCsv(latin1(text), 0, ["b", "-"], (record) => found.push(record.text(0), record.text(1)));
    return found;
  };
  expect(read("# a,b,-,c,\n1,2,-,4,\n\n")).toEqual(["2", "-"]);
  expect(read("# new,c,-,a,b,\n9,3,-,1,2,\n\n")).toEqual(["2", "-"]);
});

test("the scan says where the table ended, so that what follows can be read", () => {
  const text = 'before\n# a,b,\n1,2,\n"x\n\ny",2,\n\nafter';
  expect(text.slice(scanStatCsv(latin1(text), 7, ["a"], () => {}))).toBe("after");
});

describe("numbers", () => {
  const cases: [string, number | null][] = [
    ["0", 0],
    ["-1", -1],
    ["4294967295", 4_294_967_295],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["", null],
    ["-", null],
    ["1x", null],
    ['"7"', 7],
    ["1.5", null],
  ];
  test.each(cases)("%j is %j", (field, value) => {
    let found: number | null | undefined;
    scanStatCsv(latin1(`# a,b,\n${field},x,\n\n`), 0, ["a"], (record) => {
      found = record.number(0);
    });
    expect(found).toBe(value);
  });
});

describe("a table that is not whole is an error, never a shorter table", () => {
  const text = `# pxname,svname,last_chk,\nb,s1,ok,\nb,s2,"bad, ""very"" bad",\nb,s3,"first line\n\nsecond line",\n\n`;

  test("wherever it is cut", () => {
    for (let length = 2; length < text.length; length += 1) {
      expect(() => scanned(text.slice(0, length)), `cut after ${length} bytes`).toThrow(
        expect.objectContaining({ code: "HAPROBE_STATS_TRUNCATED" }),
      );
    }
    expect(scanned(text)).toHaveLength(3);
  });

  test("even where two line feeds inside a field look like the end of the answer (2.6)", () => {
    const cut = text.slice(0, text.indexOf("\n\nsecond") + 2);
    expect(() => scanned(cut)).toThrow(/a quoted field has no end/);
  });

  test("a record with fewer fields than the header was cut", () => {
    expect(() => scanned("# a,b,c,\n1,2,\n\n")).toThrow(expect.objectContaining({ code: "HAPROBE_STATS_TRUNCATED" }));
  });

  test("a record with more fields, or with a stray quote, is nothing of HAProxy's", () => {
    const strange = expect.objectContaining({ code: "HAPROBE_STATS_NOT_HAPROXY" });
    expect(() => scanned("# a,b,\n1,2,3,\n\n")).toThrow(strange);
    expect(() => scanned('# a,b,\n1 "2" 3,4,\n\n')).toThrow(strange);
  });
});

test("a table without a column that is needed says which", () => {
  expect(() => scanStatCsv(latin1("# a,b,\n\n"), 0, ["weight"], () => {})).toThrow(/without the column weight/);
});
