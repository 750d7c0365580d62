import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Columns, toColumns, fromColumns } from "../../server/contract/columns.ts";
import { FALSE_UP, makeServerStatus } from "../push/fake-fleet.ts";

/** There and back again, as JSON takes it. */
function carried(rows: readonly object[]): object[] {
  const columns = JSON.parse(JSON.stringify(Object.fromEntries(toColumns(rows)))) as Columns;
  return fromColumns(columns, rows.length);
}

describe("rows in columns", () => {
  const fleet = [
    makeServerStatus("lb-1/a/b"),
    makeServerStatus("lb-1/a/c", FALSE_UP),
    makeServerStatus("lb-2/a/b", { address: null }),
  ];

  test("are the same rows, servers with and without a mismatch among them", () => {
    expect(carried(fleet)).toEqual(JSON.parse(JSON.stringify(fleet)));
    expect(carried([])).toEqual([]);
  });

  test("have a value that is the same everywhere once, an empty list too", () => {
    const columns = Object.fromEntries(toColumns([makeServerStatus("lb-1/a/b"), makeServerStatus("lb-1/a/c")]));
    expect(columns["instance"]).toEqual({ all: "lb-1" });
    expect(columns["server"]).toEqual(["b", "c"]);
    expect(columns["haproxy.status"]).toEqual({ all: "UP" });
    expect(columns["probe.failing"]).toEqual({ all: [] });
  });

  test("whatever the fields hold", () => {
    const value = fc.oneof(
      fc.constantFrom(null, "", "x", 0, 1.5, true, [], ["etcd"]),
      fc.record({ deep: fc.constantFrom(null, 1, "y") }),
    );
    const inner = fc.record({ p: value, q: value });
    const rows = fc.array(fc.record({ a: value, b: fc.oneof(inner, fc.constant(null)), c: inner }), { maxLength: 6 });
    fc.assert(
      fc.property(rows, (made) => {
        expect(carried(made)).toEqual(JSON.parse(JSON.stringify(made)));
      }),
      { seed: 20261126, numRuns: 500 },
    );
  });
});
