/** Hands over the rows of all pages, from the first to the one without a `next`; only one page is in memory at a time. */
export async function readPages<Row>(
  read: (cursor: string | null) => Promise<{ readonly rows: readonly Row[]; readonly next: string | null }>,
  take: (row: Row) => void,
): Promise<void> {
  for (let cursor: string | null = null; ; ) {
    const page = await read(cursor);
    for (const row of page.rows) take(row);
    if (page.next === null) return;
    cursor = page.next;
  }
}
