import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { decodeField } from "../../server/haproxy/field-text.ts";
import { type KnownServer, KnownServers } from "../../server/haproxy/known-servers.ts";
import { RawRows } from "../../server/haproxy/raw-rows.ts";
import { createSnapshotParser, type SnapshotParser } from "../../server/haproxy/snapshot-parser.ts";
import { parseStatTable } from "../../server/haproxy/stat-table.ts";
import { renderResponse, responseFromText, serverRow, type StatRow } from "./rendered-response.ts";
import { runToEnd } from "./run-to-end.ts";

const fixtures = join(import.meta.dirname, "../fixtures/haproxy");
const captures = readdirSync(fixtures).filter((name) => name.endsWith(".csv"));

describe("a row as it came", () => {
  test.each(captures)("has every field with a value of every server in %s", (name) => {
    const text = readFileSync(join(fixtures, name), "latin1");
    const table = text.endsWith("\n\n") ? text : `${text}\n`;
    const records: Record<string, string>[] = parse(table.slice(2), {
      columns: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const response = responseFromText(table);
    const context = {
      tableNumber: 1,
      previous: new KnownServers(),
      locations: null,
      onlyBackend: null,
      rowCache: null,
    };
    const rows = new RawRows();
    rows.add(response.bytes, 0, null, runToEnd(parseStatTable(response, 0, context)));
    const servers = records.filter(({ type }) => type === "2");
    expect(servers.length).toBeGreaterThan(0);
    for (const server of servers) {
      const expected = Object.entries(server)
        .filter(([column, value]) => value !== "" && column !== "" && column !== "-")
        .map(([column, value]) => ({ name: column, value: decodeField(value) }));
      expect(rows.find(decodeField(server["pxname"] ?? ""), decodeField(server["svname"] ?? ""))).toEqual(expected);
    }
  });

  test("is found without a look at the others, however many are asked for", () => {
    let looks = 0;
    const servers = Array.from({ length: 1_000 }, (_, n) => ({
      view: {
        backend: "b",
        get server() {
          looks += 1;
          return `s${n}`;
        },
      },
    })) as unknown as KnownServer[];
    const rows = new RawRows();
    rows.add(Buffer.alloc(0), 0, null, { servers, rowOffsets: servers.map(() => -1) });
    for (let n = 0; n < servers.length; n += 1) rows.find("b", `s${n}`);
    expect(looks).toBeLessThanOrEqual(2 * servers.length);
  });

  test("is that of the newest response that has the server", () => {
    const parser = createSnapshotParser("lb-1");
    const sessions = (server = "s1") => valueOf(parser, server, "stot");
    expect(sessions()).toBeUndefined();
    const other = serverRow("s3", 3, { pxname: "other", iid: 3 });
    read(parser, [serverRow("s1", 1, { stot: 1 }), serverRow("s2", 2, { stot: 7 }), other]);
    expect(sessions()).toBe("1");
    read(parser, [serverRow("s1", 1, { stot: 2 }), serverRow("s2", 2, { stot: 8 })], "b");
    expect([sessions(), sessions("s2")]).toEqual(["2", "8"]);
    // Of the responses about one backend only the newest is kept.
    read(parser, [other], "other");
    expect([sessions(), sessions("s2")]).toEqual(["1", "7"]);
    read(parser, [serverRow("s1", 1, { stot: 4 }), serverRow("s2", 2, { stot: 8 })]);
    expect([sessions(), sessions("s2"), sessions("s3")]).toEqual(["4", "8", undefined]);
  });

  test("is found where the row is unchanged and only its place is another one", () => {
    const parser = createSnapshotParser("lb-1");
    for (const last_chk of ["", "a longer text before it"]) {
      read(parser, [serverRow("s1", 1, { last_chk }), serverRow("s2", 2, { stot: 7 })]);
      expect(valueOf(parser, "s2", "stot")).toBe("7");
    }
  });
});

function read(parser: SnapshotParser, rows: readonly StatRow[], backend: string | null = null): void {
  const serverStates = rows.map(({ svname = "", sid = 0 }) => ({ sid: Number(sid), name: String(svname) }));
  const context = { backend, serversState: true, wallMs: 1_060_000 };
  expect(runToEnd(parser.parse(renderResponse({ rows, serverStates }), context)).kind).toBe("parsed");
}

function valueOf(parser: SnapshotParser, server: string, column: string): string | undefined {
  return parser.statsRow("b", server)?.find(({ name }) => name === column)?.value;
}
