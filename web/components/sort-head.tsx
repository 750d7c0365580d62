import type { ReactNode } from "react";
import type { SortOrder } from "../lib/sort-order.ts";

interface SortHeadProps<Column extends string> {
  readonly column: Column;
  readonly sort: SortOrder<Column>;
  readonly onSort: (column: Column) => void;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Head of a column that a click sorts by. */
export function SortHead<Column extends string>({ column, sort, onSort, className, children }: SortHeadProps<Column>) {
  const isSorted = sort.column === column;
  return (
    <span
      role="columnheader"
      aria-sort={isSorted ? (sort.isDescending ? "descending" : "ascending") : "none"}
      className={className}
    >
      <button type="button" className="sort" onClick={() => onSort(column)}>
        {children}
        <span aria-hidden="true">{isSorted ? (sort.isDescending ? " ↓" : " ↑") : ""}</span>
      </button>
    </span>
  );
}
