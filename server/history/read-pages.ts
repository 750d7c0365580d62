/** The rows of all pages, from the first to the one without a `next`. */
export async function readPages<Row>(
  read: (cursor: string | null) => Promise<{ readonly rows: readonly Row[]; readonly next: string | null }>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await read(cursor);
    for (const row of page.rows) rows.push(row);
    if (page.next === null) return rows;
    cursor = page.next;
  }
}
