import { BOUNDS } from "../bounds.ts";

/** The last item of the previous page, and its index in the list. */
export interface Cursor {
  readonly index: number;
  readonly id: string;
}

/** Selects one page of the items that match; `next` is the cursor of the following page, null on the last one. */
export function selectPage<T>(
  items: readonly T[],
  {
    idOf,
    matches,
    limit = BOUNDS.pageRowsDefault,
    next: after = null,
  }: {
    readonly idOf: (item: T) => string;
    readonly matches: (item: T) => boolean;
    readonly limit?: number | undefined;
    readonly next?: Cursor | null | undefined;
  },
): { items: readonly T[]; next: string | null } {
  const page: T[] = [];
  let last: Cursor | null = null;
  for (let index = startOf(items, idOf, after); index < items.length; index++) {
    const item = items[index];
    if (item === undefined || !matches(item)) continue;
    if (last !== null && page.length === limit) return { items: page, next: encodeCursor(last) };
    page.push(item);
    last = { index, id: idOf(item) };
  }
  return { items: page, next: null };
}

/** The index after the cursor's item; the cursor's own index where that item is gone. */
function startOf<T>(items: readonly T[], idOf: (item: T) => string, after: Cursor | null): number {
  if (after === null) return 0;
  const there = items[after.index];
  if (there !== undefined && idOf(there) === after.id) return after.index + 1;
  const found = items.findIndex((item) => idOf(item) === after.id);
  return found < 0 ? after.index : found + 1;
}

function encodeCursor({ index, id }: Cursor): string {
  return Buffer.from(`${index}:${id}`).toString("base64url");
}

/** Reads the `next` of a page; null for any other text. */
export function decodeCursor(text: string): Cursor | null {
  const match = /^(\d{1,9}):(.+)$/s.exec(Buffer.from(text, "base64url").toString());
  return match?.[1] === undefined || match[2] === undefined ? null : { index: Number(match[1]), id: match[2] };
}
