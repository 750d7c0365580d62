import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { decodeField } from "../../server/haproxy/field-text.ts";
import { RawRows } from "../../server/haproxy/raw-rows.ts";
import { renderResponse, serverRow } from "./rendered-response.ts";

const fixtures = join(import.meta.dirname, "../fixtures/haproxy");
const captures = readdirSync(fixtures).filter((name) => name.endsWith(".csv"));

describe("a row as it came", () => {
  test.each(captures)("has every field with a value of every server in %s", (name) => {
    const bytes = readFileSync(join(fixtures, name));
    const table = bytes.toString("latin1").endsWith("\n\n") ? bytes : Buffer.concat([bytes, Buffer.from("\n")]);
    const records: Record<string, string>[] = parse(table.toString("latin1").slice(2), {
      columns: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const rows = new RawRows();
    rows.add(table, 0, null);
    const servers = records.filter(({ type }) => type === "2");
    expect(servers.length).toBeGreaterThan(0);
    for (const server of servers) {
      const expected = Object.entries(server)
        .filter(([column, value]) => value !== "" && column !== "" && column !== "-")
        .map(([column, value]) => ({ name: column, value: decodeField(value) }));
      expect(rows.find(decodeField(server["pxname"] ?? ""), decodeField(server["svname"] ?? ""))).toEqual(expected);
    }
  });

  test("is that of the newest response that has the server", () => {
    const rows = new RawRows();
    const add = (stot: number, backend: string | null): void => {
      rows.add(renderResponse({ rows: [serverRow("s1", 1, { stot })] }).bytes, offsetOfTable(stot), backend);
    };
    const sessions = (): string | undefined => rows.find("b", "s1")?.find(({ name }) => name === "stot")?.value;
    expect(sessions()).toBeUndefined();
    add(1, null);
    expect(sessions()).toBe("1");
    add(2, "b");
    expect(sessions()).toBe("2");
    add(3, "other");
    expect(sessions()).toBe("1");
    add(4, null);
    expect(sessions()).toBe("4");
    expect(rows.find("b", "s2")).toBeNull();
  });
});

/** Where the table begins in a response with this many sessions. */
function offsetOfTable(stot: number): number {
  return renderResponse({ rows: [serverRow("s1", 1, { stot })] }).bytes.indexOf("# pxname");
}
