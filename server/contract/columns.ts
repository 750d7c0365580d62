/** One field of all rows, in their order; `all` where every row has the same value. */
export type Column = readonly unknown[] | { readonly all: unknown };

/** Rows by field: `verdict`, and for an object each of its fields, `haproxy.status`. */
export type Columns = Readonly<Record<string, Column>>;

type Row = Readonly<Record<string, unknown>>;

/**
 * Yields the columns of rows that all have the same fields. As JSON they take a fifth of the rows' size, compressed about
 * 60 %. The dashboard alone reads this layout; it may change with any release.
 */
export function* toColumns(rows: readonly object[]): Generator<readonly [name: string, column: Column]> {
  const all = rows as readonly Row[];
  for (const name of Object.keys(all[0] ?? {})) {
    const values = all.map((row) => row[name]);
    if (values.every(isRow)) {
      for (const inner of Object.keys(values[0] ?? {})) {
        yield [`${name}.${inner}`, columnOf(values.map((value) => value[inner]))];
      }
    } else {
      yield [name, columnOf(values)];
    }
  }
}

function columnOf(values: readonly unknown[]): Column {
  const [first] = values;
  return values.every((value) => isSame(value, first)) ? { all: first } : values;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && a.length === 0 && Array.isArray(b) && b.length === 0);
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Makes the `count` rows that the columns describe. */
export function fromColumns(columns: Columns, count: number): object[] {
  const rows = Array.from({ length: count }, (): Record<string, unknown> => ({}));
  /** The nested objects of all rows, by name. */
  const parts = new Map<string, Record<string, unknown>[]>();
  for (const [name, column] of Object.entries(columns)) {
    const [outer = "", inner] = name.split(".");
    if (inner === undefined) {
      fill(rows, outer, column);
      continue;
    }
    let part = parts.get(outer);
    if (part === undefined) {
      part = rows.map(() => ({}));
      parts.set(outer, part);
      fill(rows, outer, part);
    }
    fill(part, inner, column);
  }
  return rows;
}

function fill(rows: readonly Record<string, unknown>[], name: string, column: Column): void {
  rows.forEach((row, place) => {
    row[name] = "all" in column ? column.all : column[place];
  });
}
