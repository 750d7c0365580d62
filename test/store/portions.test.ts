import { expect, test } from "vitest";
import { inPortions } from "../../server/store/tables.ts";

test("rows are cut into portions of few sizes, each row once and in order", () => {
  const sizes = new Set<number>();
  for (let count = 0; count <= 1_000; count += 1) {
    const rows = Array.from({ length: count }, (_, row) => row);
    const portions = [...inPortions(rows)];
    expect(portions.flat()).toEqual(rows);
    for (const { length } of portions) sizes.add(length);
  }
  expect([...sizes].toSorted((a, b) => a - b)).toEqual([1, 4, 16, 64]);
});

test("the largest portion can be chosen", () => {
  const rows = Array.from({ length: 250 }, (_, row) => row);
  expect([...inPortions(rows, 100)].map(({ length }) => length)).toEqual([100, 100, 25, 25]);
});
