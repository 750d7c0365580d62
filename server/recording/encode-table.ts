import { encodeChanges, type RowWriter } from "./row-columns.ts";

const CHUNK_ROWS = 1_000;

/** What is written of a table after the one before. */
export interface EncodedTable<Row> {
  /**
   * Where the rows come from, as pairs of first place and number; null where they are those before, in the same order.
   * A place from 0 is one of the table before, -1 the next of the new rows.
   */
  readonly layout: readonly number[] | null;
  readonly newRows: readonly Row[];
  /** For each changed row its distance from the changed row before it, and its changes; some rows at a time. */
  readonly changes: Iterable<string>;
}

/** Compares two tables; `keyOf` names a row. Rows that are the same object cost nothing but the look at them. */
export function encodeTable<Row>(
  writer: RowWriter<Row>,
  before: readonly Row[],
  now: readonly Row[],
  keyOf: (row: Row) => string,
): EncodedTable<Row> {
  if (hasSameKeys(before, now, keyOf)) {
    return { layout: null, newRows: [], changes: encodeRows(writer, (place) => before[place] ?? null, now) };
  }
  const placeOf = new Map(before.map((row, place) => [keyOf(row), place]));
  const places = now.map((row) => placeOf.get(keyOf(row)) ?? -1);
  return {
    layout: toRuns(places),
    newRows: now.filter((_, place) => places[place] === -1),
    changes: encodeRows(writer, (place) => before[places[place] ?? -1] ?? null, now),
  };
}

/** The changes of those rows that have a row before, up to `CHUNK_ROWS` of them in a text. */
export function* encodeRows<Row>(
  writer: RowWriter<Row>,
  rowBefore: (place: number) => Row | null,
  now: readonly Row[],
): Generator<string, void, void> {
  let text = "";
  let last = 0;
  for (let place = 0; place < now.length; place += 1) {
    if (place % CHUNK_ROWS === 0 && text !== "") {
      yield text;
      text = "";
    }
    const row = now[place];
    const was = rowBefore(place);
    if (row === undefined || was === null || was === row) continue;
    const changes = encodeChanges(writer, was, row);
    text += `${text === "" ? "" : ","}[${place - last}${changes === "" ? "" : `,${changes}`}]`;
    last = place;
  }
  if (text !== "") yield text;
}

function hasSameKeys<Row>(before: readonly Row[], now: readonly Row[], keyOf: (row: Row) => string): boolean {
  return (
    before.length === now.length &&
    now.every((row, place) => {
      const was = before[place];
      return was === row || (was !== undefined && keyOf(was) === keyOf(row));
    })
  );
}

/** Pairs of first place and number; new rows, at -1, are one run. */
function toRuns(places: readonly number[]): number[] {
  const runs: number[] = [];
  for (const place of places) {
    const first = runs.at(-2) ?? Number.NaN;
    const count = runs.at(-1) ?? 0;
    if (place === -1 ? first === -1 : first >= 0 && first + count === place) runs[runs.length - 1] = count + 1;
    else runs.push(place, 1);
  }
  return runs;
}
