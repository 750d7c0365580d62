/** A table with these rows at their places. */
export function withRows<Row>(before: readonly Row[], places: readonly number[], rows: readonly Row[]): readonly Row[] {
  const next = [...before];
  for (const [index, row] of rows.entries()) next[places[index] ?? 0] = row;
  return next;
}
