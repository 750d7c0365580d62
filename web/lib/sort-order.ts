/** Column and direction by which a table is sorted. */
export interface SortOrder<Column extends string> {
  readonly column: Column;
  readonly isDescending: boolean;
}

/** Reads `-since`, `server`; the fallback for any other text. */
export function parseSortOrder<Column extends string>(
  text: string | null,
  columns: readonly Column[],
  fallback: SortOrder<Column>,
): SortOrder<Column> {
  const column = columns.find((each) => each === text?.replace(/^-/, ""));
  if (column === undefined) return fallback;
  const isDescending = text?.startsWith("-") ?? false;
  return isSameOrder({ column, isDescending }, fallback) ? fallback : { column, isDescending };
}

/** The order as a parameter; empty for the fallback. */
export function formatSortOrder<Column extends string>(order: SortOrder<Column>, fallback: SortOrder<Column>): string {
  return isSameOrder(order, fallback) ? "" : `${order.isDescending ? "-" : ""}${order.column}`;
}

/** The order after a click on a column: texts begin with the first, numbers with the largest; a second click turns it around. */
export function nextSortOrder<Column extends string>(
  order: SortOrder<Column>,
  column: Column,
  textColumns: readonly Column[],
): SortOrder<Column> {
  return { column, isDescending: order.column === column ? !order.isDescending : !textColumns.includes(column) };
}

function isSameOrder<Column extends string>(a: SortOrder<Column>, b: SortOrder<Column>): boolean {
  return a.column === b.column && a.isDescending === b.isDescending;
}
