import { BOUNDS } from "../bounds.ts";
import { InvalidRecording, number } from "./checked-values.ts";
import { applyChanges, type RowReader } from "./row-columns.ts";

/** A row with the cells that it was made of. */
export interface DecodedRow<Row> {
  readonly cells: readonly unknown[];
  readonly row: Row;
}

/** The row of a line of cells; throws InvalidRecording where there are too many. */
export function newRow<Row>(reader: RowReader<Row>, fields: readonly unknown[], count: number): DecodedRow<Row> {
  if (count >= BOUNDS.serversMax) throw new InvalidRecording("too many rows");
  const cells = fields.slice(1);
  return { cells, row: reader.toRow(cells) };
}

/** The rows of a poll: those of `layout`, of the whole table (runs) or of one backend (places), with their changes. */
export function decodeTable<Row>(
  reader: RowReader<Row>,
  before: readonly DecodedRow<Row>[],
  newRows: readonly DecodedRow<Row>[],
  layout: readonly number[] | undefined,
  isAll: boolean,
  changes: unknown,
): readonly DecodedRow<Row>[] {
  if (!Array.isArray(changes)) throw new InvalidRecording("rows are missing");
  if (layout === undefined && changes.length === 0) return before;
  const rows = layout === undefined ? [...before] : isAll ? runsOf(before, newRows, layout) : placesOf(before, layout);
  let place = 0;
  for (const change of changes as readonly unknown[]) {
    if (!Array.isArray(change)) throw new InvalidRecording("a row is missing");
    place += number(change[0]);
    const was = rows[place];
    if (was === undefined) throw new InvalidRecording("a row is missing");
    const cells = applyChanges(reader, was.cells, change as readonly unknown[], 1);
    rows[place] = { cells, row: reader.toRow(cells) };
  }
  return rows;
}

function runsOf<Row>(
  before: readonly DecodedRow<Row>[],
  newRows: readonly DecodedRow<Row>[],
  runs: readonly number[],
): DecodedRow<Row>[] {
  const rows: DecodedRow<Row>[] = [];
  let used = 0;
  for (let run = 0; run < runs.length; run += 2) {
    const first = runs[run] ?? 0;
    const count = runs[run + 1] ?? 0;
    const from = first < 0 ? newRows.slice(used, used + count) : before.slice(first, first + count);
    if (from.length !== count || rows.length + count > BOUNDS.statRowsMax)
      throw new InvalidRecording("a row is missing");
    if (first < 0) used += count;
    for (const row of from) rows.push(row);
  }
  return rows;
}

function placesOf<Row>(before: readonly DecodedRow<Row>[], places: readonly number[]): DecodedRow<Row>[] {
  return places.map((place) => {
    const row = before[place];
    if (row === undefined) throw new InvalidRecording("a row is missing");
    return row;
  });
}
