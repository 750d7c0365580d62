/** One field of all rows, in their order; `all` where it is the same in each. */
export type Column = readonly unknown[] | { readonly all: unknown };

/** Rows, field by field: `verdict`, and of an object each of its fields, `haproxy.status`. */
export type Columns = Readonly<Record<string, Column>>;

type Row = Readonly<Record<string, unknown>>;

/**
 * The columns of rows that all have the same fields, one after the other. As JSON they are a fifth of the rows, since no name
 * is told twice, and compressed not much more than half, since like stands beside like.
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

/** The rows that such columns were made of. */
export function fromColumns(columns: Columns, count: number): object[] {
  const rows = Array.from({ length: count }, (): Record<string, unknown> => ({}));
  /** The objects within the rows, by their name. */
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
